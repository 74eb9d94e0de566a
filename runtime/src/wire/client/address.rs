//! Where tables and rows are: the endpoint, paths and query strings.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

use crate::error::{Error, ErrorKind};
use crate::query::odata;
use crate::table::TableSchema;

/// Everything but `A-Za-z0-9-._~` (protocol.md 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The address of a server, checked.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    endpoint: Url,
    /// The endpoint without a slash at its end.
    base: String,
    tables_path: String,
}

impl Address {
    pub(crate) fn new(endpoint: &str, tables_path: &str, allow_http: bool) -> Result<Self, Error> {
        let invalid = |message: String| Error::new(ErrorKind::Invalid, message);
        // The text is not repeated: it may hold a password.
        let endpoint = Url::parse(endpoint.trim())
            .map_err(|error| invalid(format!("the endpoint is not a url, such as https://example.com: {error}")))?;
        if !endpoint.username().is_empty() || endpoint.password().is_some() {
            return Err(invalid("the endpoint holds a user name or password; send them in a header".into()));
        }
        if endpoint.query().is_some() || endpoint.fragment().is_some() {
            return Err(invalid(
                "the endpoint has a query or fragment; give only the path in front of the tables".into(),
            ));
        }
        match endpoint.scheme() {
            "https" => {}
            "http" if allow_http || is_loopback(&endpoint) => {}
            "http" => {
                return Err(invalid(format!(
                    "the endpoint {endpoint} is plain http, which is refused but for loopback; use https, or allow it with `allow_http`"
                )));
            }
            other => return Err(invalid(format!("the endpoint's scheme is `{other}`; expected https or http"))),
        }
        let base = endpoint.as_str().trim_end_matches('/').to_owned();
        let tables_path = path_of(tables_path)?;
        Ok(Self { endpoint, base, tables_path })
    }

    /// The endpoint without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The folder of the tables, with a slash at its end.
    pub(crate) fn tables(&self) -> String {
        if self.tables_path.is_empty() {
            format!("{}/", self.base)
        } else {
            format!("{}/{}/", self.base, self.tables_path)
        }
    }

    pub(crate) fn table(&self, table: &TableSchema) -> Result<String, Error> {
        let path = match table.wire_route() {
            Some(route) => path_of(route)?,
            None => {
                let name = segment(table.name())?;
                if self.tables_path.is_empty() { name } else { format!("{}/{name}", self.tables_path) }
            }
        };
        Ok(format!("{}/{path}", self.base))
    }

    /// Where a path or URL leads that is taken relative to the endpoint.
    ///
    /// # Errors
    /// `Invalid`: it is no path, or leads to another origin.
    pub(crate) fn resolve(&self, path: &str) -> Result<Url, Error> {
        // The text is not repeated: it may hold a password.
        let invalid = |message: String| Error::new(ErrorKind::Invalid, message);
        let below = Url::parse(&format!("{}/", self.base)).and_then(|base| base.join(path.trim()));
        let mut url = below.map_err(|error| invalid(format!("the path cannot stand in a url: {error}")))?;
        if !self.owns(&url) {
            let message = format!("the path leads away from {}; send to other servers by another client", self.base);
            return Err(invalid(message));
        }
        url.set_fragment(None);
        Ok(url)
    }

    /// Whether a URL is of the same scheme, host and port, and without user info.
    pub(crate) fn owns(&self, url: &Url) -> bool {
        url.origin() == self.endpoint.origin() && url.username().is_empty() && url.password().is_none()
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A path of several segments, without slashes at its ends.
fn path_of(path: &str) -> Result<String, Error> {
    let segments: Result<Vec<_>, _> = path.split('/').filter(|part| !part.is_empty()).map(segment).collect();
    Ok(segments?.join("/"))
}

/// One segment of a path.
///
/// `.` and `..` have no safe form: every client and server resolves them, encoded or not.
pub(crate) fn segment(text: &str) -> Result<String, Error> {
    match text {
        "" => Err(Error::new(ErrorKind::Invalid, "the id is empty; a row is addressed by its id")),
        "." | ".." => Err(Error::new(
            ErrorKind::Invalid,
            format!("`{text}` cannot stand in a url, since it means a folder; use another id or name"),
        )),
        text => Ok(utf8_percent_encode(text, SEGMENT).to_string()),
    }
}

/// Adds an option to a query string; the name stays as it is (protocol.md 7.4).
pub(crate) fn add_option(query: &mut String, name: &str, value: &str) {
    add_plain(query, name);
    query.push('=');
    query.push_str(&odata::encoded(value));
}

/// Adds text that needs no encoding to a query string.
pub(crate) fn add_plain(query: &mut String, text: &str) {
    query.push(if query.is_empty() { '?' } else { '&' });
    query.push_str(text);
}

/// Adds options to the query of a URL; names and values are encoded.
pub(crate) fn append_query(url: &mut Url, options: &[(String, String)]) {
    if options.is_empty() {
        return;
    }
    let mut query = url.query().unwrap_or_default().to_owned();
    for (name, value) in options {
        if !query.is_empty() {
            query.push('&');
        }
        query.extend(utf8_percent_encode(name, SEGMENT));
        query.push('=');
        query.extend(utf8_percent_encode(value, SEGMENT));
    }
    url.set_query(Some(&query));
}

/// A URL as it may be shown: without query and user info.
pub(crate) fn shown(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_checked() {
        let ok = |endpoint: &str| Address::new(endpoint, "tables", false).unwrap().base().to_owned();
        assert_eq!(ok("https://example.com"), "https://example.com");
        assert_eq!(ok("https://example.com/app/v1/"), "https://example.com/app/v1");
        for loopback in ["http://localhost:8080", "http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:8"] {
            ok(loopback);
        }
        for endpoint in [
            "http://example.com",
            "http://localhost.example.com",
            "http://10.0.0.1",
            "ftp://example.com",
            "example.com",
            "https://user:secret@example.com",
            "https://user@example.com",
            "https://example.com/?a=b",
            "https://example.com/#x",
            "",
        ] {
            let error = Address::new(endpoint, "tables", false).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{endpoint}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        assert!(Address::new("http://example.com", "tables", true).is_ok());
    }

    #[test]
    fn ids_and_options_are_encoded() {
        assert_eq!(segment("a/b c+ü'&?#%~-._").unwrap(), "a%2Fb%20c%2B%C3%BC%27%26%3F%23%25~-._");
        for id in ["", ".", ".."] {
            assert_eq!(segment(id).unwrap_err().kind(), ErrorKind::Invalid, "{id}");
        }
        assert_eq!(segment("...").unwrap(), "...");
        let mut query = String::new();
        add_option(&mut query, "$filter", "(a eq 'x&#+%?ü') and b ge 2024-01-01T00:00:00Z");
        add_plain(&mut query, "$count=true");
        assert_eq!(
            query,
            "?$filter=(a%20eq%20'x%26%23%2B%25%3F%C3%BC')%20and%20b%20ge%202024-01-01T00:00:00Z&$count=true"
        );
    }

    #[test]
    fn paths_stay_with_the_server() {
        let address = Address::new("https://example.com/app", "tables", false).unwrap();
        let resolve = |path: &str| address.resolve(path).map(String::from).map_err(|error| error.kind());
        for (path, expected) in [
            ("api/report", "https://example.com/app/api/report"),
            ("/report?a=b#c", "https://example.com/report?a=b"),
            ("https://example.com/x", "https://example.com/x"),
            ("../x", "https://example.com/x"),
            ("", "https://example.com/app/"),
        ] {
            assert_eq!(resolve(path).as_deref(), Ok(expected), "{path}");
        }
        for path in [
            "https://evil.example/x",
            "//evil.example/x",
            "\\\\evil.example/x",
            "http://example.com/x",
            "https://example.com:8443/x",
            "https://user:secret@example.com/x",
            "javascript:alert(1)",
            "file:///etc/passwd",
        ] {
            assert_eq!(resolve(path), Err(ErrorKind::Invalid), "{path}");
        }
        let mut url = address.resolve("x?a=1").unwrap();
        append_query(&mut url, &[("b c".to_owned(), "&=#+ü".to_owned())]);
        assert_eq!(url.as_str(), "https://example.com/app/x?a=1&b%20c=%26%3D%23%2B%C3%BC");
    }

    #[test]
    fn what_is_shown_has_no_query() {
        assert_eq!(shown("https://a/b?$filter=secret"), "https://a/b");
    }
}
