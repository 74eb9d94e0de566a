//! All that differs between the server generations.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use synctable::testing::odata::{Grammar, Limits, OptionNames, QueryError, QueryOptions};
use synctable::testing::value::format_time;

use crate::answer;
use crate::body::BodyFault;
use crate::projection::Member;
use crate::value;

/// The server generation that the server speaks as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dialect {
    /// `CommunityToolkit.Datasync.Server`.
    #[default]
    Toolkit,
    /// `Microsoft.AspNetCore.Datasync`, which checks the header `ZUMO-API-VERSION` and has a compatibility mode for version 2.0.
    V3,
}

impl FromStr for Dialect {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "toolkit" => Ok(Self::Toolkit),
            "v3" => Ok(Self::V3),
            _ => Err(format!("'{name}' is not a dialect; use toolkit or v3")),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Toolkit => "toolkit",
            Self::V3 => "v3",
        })
    }
}

/// How one request is answered: the dialect, and the protocol version that the request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Protocol {
    pub(crate) dialect: Dialect,
    /// V3 asked with version 2.0: lists are bare arrays or results with a count, and dates may be quoted.
    pub(crate) compatible: bool,
}

impl Dialect {
    /// Reads the protocol version of a request; `Err` is the answer to a version that is missing or unknown.
    #[expect(clippy::result_large_err, reason = "the error is the answer itself")]
    pub(crate) fn admit(self, headers: &HeaderMap, query: &[(String, String)]) -> Result<Protocol, Response> {
        match self {
            Self::Toolkit => Ok(Protocol { dialect: self, compatible: false }),
            Self::V3 => {
                let in_query = query
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case("zumo-api-version"))
                    .map(|(_, value)| value.as_str());
                let in_header = headers.get("zumo-api-version").map(|value| value.to_str().unwrap_or(""));
                let Some(version) = in_query.or(in_header) else {
                    return Err(answer::problem(
                        StatusCode::BAD_REQUEST,
                        "Missing ZUMO-API-VERSION",
                        Some("The value of ZUMO-API-VERSION is not specified in headers or query parameters"),
                    ));
                };
                match version.as_bytes() {
                    [major @ (b'2' | b'3'), b'.', b'0'] => Ok(Protocol { dialect: self, compatible: *major == b'2' }),
                    [major @ (b'2' | b'3'), b'.', b'0', b'.', patch] if patch.is_ascii_digit() => {
                        Ok(Protocol { dialect: self, compatible: *major == b'2' })
                    }
                    _ => Err(answer::problem(
                        StatusCode::BAD_REQUEST,
                        "Invalid ZUMO-API-VERSION Header",
                        Some("The value of the ZUMO-API-VERSION header does not match a known version"),
                    )),
                }
            }
        }
    }

    /// The verbs of a row's address, as `Allow` lists them.
    pub(crate) fn row_verbs(self) -> &'static str {
        match self {
            Self::Toolkit => "DELETE, GET, PUT",
            Self::V3 => "DELETE, GET, PATCH, PUT",
        }
    }

    /// Tells whether a row's address takes a verb.
    pub(crate) fn takes(self, verb: &Method) -> bool {
        self.row_verbs().split(", ").any(|known| known == verb.as_str())
    }

    /// The system members in the order in which they follow the columns.
    pub(crate) fn system_members(self) -> Vec<Member> {
        match self {
            Self::Toolkit => vec![Member::UpdatedAt, Member::Version, Member::Id, Member::Deleted],
            Self::V3 => vec![Member::Version, Member::Id, Member::UpdatedAt, Member::Deleted],
        }
    }

    /// What follows an instant.
    pub(crate) fn zone_text(self) -> &'static str {
        match self {
            Self::Toolkit => "Z",
            Self::V3 => "+00:00",
        }
    }

    /// Writes a time of day: the Toolkit cuts it to milliseconds, V3 writes the digits that are not zero.
    pub(crate) fn time_text(self, ticks: i64) -> String {
        match self {
            Self::Toolkit => value::time_ms(ticks),
            Self::V3 => format_time(ticks, 7).trim_end_matches('0').trim_end_matches('.').to_owned(),
        }
    }

    /// Tells whether the double 3 is written as `3` and not as `3.0`.
    pub(crate) fn whole_doubles_are_bare(self) -> bool {
        match self {
            Self::Toolkit => true,
            Self::V3 => false,
        }
    }

    /// `If-Unmodified-Since`: the Toolkit takes the same instant for a change, V3 does not.
    pub(crate) fn is_modified_since(self, stamp: SystemTime, since: SystemTime) -> bool {
        match self {
            Self::Toolkit => stamp >= since,
            Self::V3 => stamp > since,
        }
    }

    /// `If-Modified-Since`: the Toolkit takes the same instant for a change, V3 does not.
    pub(crate) fn is_modified_after(self, stamp: SystemTime, since: SystemTime) -> bool {
        self.is_modified_since(stamp, since)
    }

    /// The last segment of `Location`.
    pub(crate) fn location_id(self, id: &str) -> String {
        match self {
            // Recorded: `a.b:c|d-e_f` stands as it is. What a header cannot carry is encoded all the same.
            Self::Toolkit => answer::percent_encode(id, |byte| {
                byte.is_ascii_graphic() && !matches!(byte, b'%' | b'/' | b'?' | b'#' | b'\\' | b'"')
            }),
            Self::V3 => answer::percent_encode(id, answer::is_unreserved),
        }
    }
}

impl Protocol {
    /// How query strings are read.
    pub(crate) fn query_options(self) -> QueryOptions {
        QueryOptions {
            grammar: if self.compatible { Grammar::V4QuotedDates } else { Grammar::V4 },
            names: match self.dialect {
                Dialect::Toolkit => OptionNames::AnyCase,
                Dialect::V3 => OptionNames::AnyCaseDollarOptional,
            },
            limits: Limits::default(),
            inline_count: self.compatible,
            count: true,
        }
    }

    /// Tells whether tombstones are asked for by a header.
    pub(crate) fn includes_deleted(self, headers: &HeaderMap) -> bool {
        self.dialect == Dialect::V3 && has_option(headers, "include:deleted")
    }

    /// Answers a query that cannot be read.
    pub(crate) fn query_error(self, error: &QueryError) -> Response {
        self.bad_query(&error.message)
    }

    /// Answers a query that is refused.
    pub(crate) fn bad_query(self, message: &str) -> Response {
        match self.dialect {
            Dialect::Toolkit => answer::toolkit_error(message),
            Dialect::V3 => answer::json(StatusCode::BAD_REQUEST, answer::json_text(message)),
        }
    }

    /// Answers a body that does not fit; the real Toolkit answers 500 without a body, this one says what is wrong.
    pub(crate) fn bad_body(self, fault: &BodyFault) -> Response {
        match self.dialect {
            Dialect::Toolkit => answer::toolkit_error(&fault.message),
            Dialect::V3 => answer::validation_problem(&fault.member, &fault.message),
        }
    }

    /// Answers a body that is no JSON object; V3 answers that of a PATCH with a serialised exception.
    pub(crate) fn unreadable_body(self, verb: &Method, fault: &BodyFault) -> Response {
        if self.dialect == Dialect::V3 && verb == Method::PATCH {
            return answer::json(
                StatusCode::BAD_REQUEST,
                format!(r#"{{"Message":{}}}"#, answer::json_text(&fault.message)),
            );
        }
        self.bad_body(fault)
    }

    /// Answers a body of another media type; V3 describes only that there is none.
    pub(crate) fn unsupported_media_type(self, is_absent: bool) -> Response {
        if is_absent {
            self.status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        } else {
            answer::empty(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        }
    }

    /// Answers with a bare status: V3 describes it, the Toolkit sends no body.
    pub(crate) fn status(self, status: StatusCode) -> Response {
        match self.dialect {
            Dialect::Toolkit => answer::empty(status),
            Dialect::V3 => answer::status_problem(status),
        }
    }

    /// The body of a list.
    pub(crate) fn envelope(self, items: &str, count: Option<u64>, next_link: Option<&str>) -> String {
        if self.compatible {
            return match count {
                Some(count) => format!(r#"{{"results":{items},"count":{count}}}"#),
                None => items.to_owned(),
            };
        }
        let count = count.map_or_else(|| "null".to_owned(), |count| count.to_string());
        let next_link = next_link.map_or_else(|| "null".to_owned(), answer::json_text);
        format!(r#"{{"items":{items},"count":{count},"nextLink":{next_link}}}"#)
    }

    /// The link to the next page: what the request asked for, with `$skip` and the rest of `$top`.
    pub(crate) fn next_link(self, address: &Address<'_>, headers: &HeaderMap, skip: u64, top: Option<u64>) -> String {
        let is_paging = |name: &str| {
            let name = if self.dialect == Dialect::V3 {
                name.strip_prefix('$').unwrap_or(name)
            } else {
                name.strip_prefix('$').unwrap_or("")
            };
            name.eq_ignore_ascii_case("skip") || name.eq_ignore_ascii_case("top")
        };
        let kept = address.query.iter().filter(|(name, _)| !is_paging(name));
        let encoded = |raw_spaces: bool| -> Vec<String> {
            kept.clone()
                .map(|(name, value)| {
                    let encode = |text: &str| {
                        if raw_spaces { answer::encode_reserved(text) } else { answer::encode_query(text) }
                    };
                    format!("{}={}", encode(name), encode(value))
                })
                .collect()
        };
        let skip = format!("$skip={skip}");
        let top = top.map(|top| format!("$top={top}"));
        match self.dialect {
            Dialect::Toolkit => {
                let mut parts = encoded(false);
                parts.extend(top);
                parts.push(skip);
                parts.join("&")
            }
            Dialect::V3 => {
                let path_only = has_option(headers, "nextLink=path");
                // Recorded: the absolute link has spaces and other characters undone, and `%26 %2B %25` kept.
                let mut parts = encoded(!path_only);
                parts.push(skip);
                parts.extend(top);
                let origin = if path_only { "" } else { address.origin };
                format!("{origin}{}?{}", address.path, parts.join("&"))
            }
        }
    }
}

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

/// `X-ZUMO-Options` counts when an option is a header value of its own.
fn has_option(headers: &HeaderMap, option: &str) -> bool {
    headers
        .get_all("x-zumo-options")
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.trim().eq_ignore_ascii_case(option)))
}

/// Cuts an instant to whole seconds, as HTTP dates carry it.
pub(crate) fn http_date(ticks: i64) -> String {
    let seconds = u64::try_from(ticks.div_euclid(10_000_000)).unwrap_or(0);
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}
