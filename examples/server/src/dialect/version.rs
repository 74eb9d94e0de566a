//! The protocol version that a request asks for.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::{Generation, Protocol};
use crate::answer;

const NAME: &str = "zumo-api-version";

fn in_header(headers: &HeaderMap) -> Option<&str> {
    headers.get(NAME).map(|value| value.to_str().unwrap_or("?"))
}

fn in_query(query: &[(String, String)]) -> Option<&str> {
    query.iter().find(|(name, _)| name.eq_ignore_ascii_case(NAME)).map(|(_, value)| value.as_str())
}

/// The version that a request names anywhere.
pub(super) fn asked<'a>(headers: &'a HeaderMap, query: &'a [(String, String)]) -> Option<&'a str> {
    in_header(headers).or_else(|| in_query(query)).filter(|version| !version.is_empty())
}

/// `2.0.` and digits.
fn is_v2(version: &str) -> bool {
    version
        .strip_prefix("2.0.")
        .is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Generation {
    /// Reads the protocol version of a request; `Err` is the answer to a version that is missing or unknown.
    #[expect(clippy::result_large_err, reason = "the error is the answer itself")]
    pub(crate) fn admit(self, headers: &HeaderMap, query: &[(String, String)]) -> Result<Protocol, Response> {
        let (in_header, in_query) = (in_header(headers), in_query(query));
        let plain = Protocol { generation: self, compatible: false };
        match self {
            Self::Toolkit => Ok(plain),
            // An empty header counts as none.
            Self::NodeV2 if in_header.filter(|version| !version.is_empty()).or(in_query).is_some_and(is_v2) => Ok(plain),
            Self::DotNetV2 if in_query.or(in_header).is_some_and(is_v2) => Ok(plain),
            Self::NodeV2 | Self::DotNetV2 => Err(plain.refuse(
                StatusCode::BAD_REQUEST,
                "An invalid API version was specified in the request, this request needs to specify a ZUMO-API-VERSION of 2.0.0.",
            )),
            Self::V3 => {
                let Some(version) = in_query.or(in_header) else {
                    return Err(answer::problem(
                        StatusCode::BAD_REQUEST,
                        "Missing ZUMO-API-VERSION",
                        Some("The value of ZUMO-API-VERSION is not specified in headers or query parameters"),
                    ));
                };
                let known = match version.as_bytes() {
                    [major @ (b'2' | b'3'), b'.', b'0'] => Some(*major),
                    [major @ (b'2' | b'3'), b'.', b'0', b'.', patch] if patch.is_ascii_digit() => Some(*major),
                    _ => None,
                };
                match known {
                    Some(major) => Ok(Protocol { compatible: major == b'2', ..plain }),
                    None => {
                        let (title, detail) = match in_query {
                            Some(_) => (
                                "Invalid ZUMO-API-VERSION Query Parameter",
                                "The value of the ZUMO-API-VERSION query parameter does not match a known version",
                            ),
                            None => (
                                "Invalid ZUMO-API-VERSION Header",
                                "The value of the ZUMO-API-VERSION header does not match a known version",
                            ),
                        };
                        Err(answer::problem(StatusCode::BAD_REQUEST, title, Some(detail)))
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_generation_admits_its_versions_and_prefers_header_or_query() {
        let admits = |generation: Generation, header: &str, query: &str| {
            let mut headers = HeaderMap::new();
            if !header.is_empty() {
                headers.insert(NAME, header.parse().unwrap());
            }
            let query: Vec<_> =
                (!query.is_empty()).then(|| ("Zumo-Api-Version".to_owned(), query.to_owned())).into_iter().collect();
            generation.admit(&headers, &query).is_ok()
        };
        use Generation::{DotNetV2, NodeV2, Toolkit, V3};
        for (header, query, expected) in [
            ("", "", [true, false, false, false]),
            ("2.0.0", "", [true, true, true, true]),
            ("2.0.17", "", [true, false, true, true]),
            ("2.0", "", [true, true, false, false]),
            ("3.0.0", "", [true, true, false, false]),
            ("banana", "", [true, false, false, false]),
            ("", "2.0.0", [true, true, true, true]),
            ("2.0.0", "banana", [true, false, true, false]),
            ("banana", "2.0.0", [true, true, false, true]),
        ] {
            assert_eq!(
                [Toolkit, V3, NodeV2, DotNetV2].map(|of| admits(of, header, query)),
                expected,
                "{header} {query}"
            );
        }
    }
}
