//! Links to the next page.

use axum::http::HeaderMap;

use super::{Generation, Protocol};
use crate::answer;

/// What a request was sent to.
#[derive(Debug)]
pub(crate) struct Address<'a> {
    /// `http://host:port`
    pub(crate) origin: &'a str,
    /// The path as sent.
    pub(crate) path: &'a str,
    /// The options of the query, decoded.
    pub(crate) query: &'a [(String, String)],
}

/// What a page tells about those after it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    /// The `$top` that was asked for.
    pub(crate) top: Option<u64>,
    /// The rows that the page could hold.
    pub(crate) limit: u64,
    pub(crate) skip: u64,
    pub(crate) rows: u64,
    /// Rows follow.
    pub(crate) more: bool,
}

/// Where a list says how it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NextPage {
    None,
    /// The member `nextLink` of the body.
    Member(String),
    /// The header `Link`.
    Header(String),
}

impl Protocol {
    /// Tells how a list goes on.
    ///
    /// A member is given while rows follow and the requested `$top` is not yet served; Node gives its header with every full page (protocol 7.5).
    pub(crate) fn next_page(self, address: &Address<'_>, headers: &HeaderMap, page: Progress) -> NextPage {
        let skip = page.skip + page.rows;
        let rest = page.top.map(|top| top.saturating_sub(page.rows));
        let goes_on = page.more && rest != Some(0);
        match self.generation {
            Generation::NodeV2 if page.rows > 0 && page.rows == page.limit => {
                NextPage::Header(node_link(address, page.limit, skip))
            }
            Generation::DotNetV2 if goes_on => NextPage::Header(self.link(address, headers, skip, rest) + "; rel=next"),
            Generation::Toolkit | Generation::V3 if goes_on && !self.compatible => {
                NextPage::Member(self.link(address, headers, skip, rest))
            }
            _ => NextPage::None,
        }
    }

    /// What the request asked for, with `$skip` and the rest of `$top`.
    fn link(self, address: &Address<'_>, headers: &HeaderMap, skip: u64, top: Option<u64>) -> String {
        let is_paging = |name: &str| match (self.generation, name.strip_prefix('$')) {
            (Generation::V3, name_of_option) => {
                let name = name_of_option.unwrap_or(name);
                name.eq_ignore_ascii_case("skip") || name.eq_ignore_ascii_case("top")
            }
            (_, Some(name)) => name.eq_ignore_ascii_case("skip") || name.eq_ignore_ascii_case("top"),
            (_, None) => false,
        };
        let kept = address.query.iter().filter(|(name, _)| !is_paging(name));
        let encoded = |encode: fn(&str) -> String| -> Vec<String> {
            kept.clone().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect()
        };
        let skip = format!("$skip={skip}");
        let top = top.map(|top| format!("$top={top}"));
        match self.generation {
            Generation::V3 => {
                let path_only = asks_for_path(headers);
                // Recorded: the absolute link has spaces and other characters undone, and `%26 %2B %25` kept.
                let mut parts = encoded(if path_only { answer::encode_query } else { answer::encode_reserved });
                parts.push(skip);
                parts.extend(top);
                let origin = if path_only { "" } else { address.origin };
                format!("{origin}{}?{}", address.path, parts.join("&"))
            }
            Generation::DotNetV2 => {
                let mut parts = encoded(answer::encode_query);
                parts.push(skip);
                parts.extend(top);
                // The header has no brackets around its address: a semicolon ends it.
                format!("{}{}?{}", address.origin, address.path, parts.join("&")).replace(';', "%3B")
            }
            Generation::Toolkit | Generation::NodeV2 => {
                let mut parts = encoded(answer::encode_query);
                parts.extend(top);
                parts.push(skip);
                parts.join("&")
            }
        }
    }
}

/// `X-ZUMO-Options: nextLink=path`, beside other options too.
fn asks_for_path(headers: &HeaderMap) -> bool {
    let options = headers.get("x-zumo-options").and_then(|options| options.to_str().ok());
    options.is_some_and(|options| options.to_ascii_lowercase().contains("nextlink=path"))
}

/// Node's link keeps the options in their places and its `$top` as it was.
///
/// The real one loses the port and the path of the address; this one leads to the page.
fn node_link(address: &Address<'_>, top: u64, skip: u64) -> String {
    let mut options: Vec<(String, String)> = Vec::new();
    let paging = [("$top".to_owned(), top.to_string()), ("$skip".to_owned(), skip.to_string())];
    for (name, value) in address.query.iter().cloned().chain(paging) {
        match options.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => options.push((name, value)),
        }
    }
    let encode = |text: &str| {
        answer::percent_encode(text, |byte| {
            answer::is_unreserved(byte) || matches!(byte, b'!' | b'*' | b'\'' | b'(' | b')')
        })
    };
    let options: Vec<_> = options.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    format!("{}{}?{}; rel=next", address.origin, address.path, options.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(generation: Generation, options: &[(&str, &str)], page: Progress) -> NextPage {
        let query: Vec<_> = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let address = Address { origin: "http://host:5000", path: "/tables/t", query: &query };
        Protocol { generation, compatible: false }.next_page(&address, &HeaderMap::new(), page)
    }

    #[test]
    fn node_links_every_full_page_and_keeps_its_top() {
        let page = Progress { top: Some(2), limit: 2, skip: 4, rows: 2, more: false };
        let options = [("$filter", "a eq 'x y'"), ("$skip", "4"), ("$top", "2")];
        assert_eq!(
            next(Generation::NodeV2, &options, page),
            NextPage::Header(
                "http://host:5000/tables/t?%24filter=a%20eq%20'x%20y'&%24skip=6&%24top=2; rel=next".to_owned()
            )
        );
        assert_eq!(next(Generation::NodeV2, &options, Progress { rows: 1, ..page }), NextPage::None);
    }

    #[test]
    fn dotnet_links_a_page_that_was_cut_with_the_rest_of_its_top() {
        let page = Progress { top: Some(70), limit: 50, skip: 0, rows: 50, more: true };
        let options = [("$filter", "a eq 'x;y'"), ("$top", "70")];
        assert_eq!(
            next(Generation::DotNetV2, &options, page),
            NextPage::Header(
                "http://host:5000/tables/t?$filter=a%20eq%20%27x%3By%27&$skip=50&$top=20; rel=next".to_owned()
            )
        );
        assert_eq!(next(Generation::DotNetV2, &options, Progress { top: Some(50), ..page }), NextPage::None);
        assert_eq!(next(Generation::DotNetV2, &options, Progress { more: false, ..page }), NextPage::None);
    }
}
