//! Bodies of responses: expansion within bounds, and whether they are JSON.

use std::io::Read;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;

use crate::wire::transport::Headers;

/// Undoes the content encoding.
///
/// The error is a message: the body is cut, damaged, expands beyond the limit, or is encoded in a
/// way that was not asked for.
pub(crate) fn expand(headers: &Headers, body: Bytes, limit_bytes: u64) -> Result<Bytes, String> {
    match headers.get("content-encoding").map(str::trim) {
        None | Some("") => {}
        Some(encoding) if encoding.eq_ignore_ascii_case("identity") => {}
        Some(encoding) if encoding.eq_ignore_ascii_case("gzip") || encoding.eq_ignore_ascii_case("x-gzip") => {
            return if body.is_empty() { Ok(body) } else { gunzip(&body, limit_bytes) };
        }
        Some(encoding) => {
            let encoding: String = encoding.chars().filter(char::is_ascii_graphic).take(40).collect();
            return Err(format!("expected an answer in gzip or plain, found the encoding `{encoding}`"));
        }
    }
    if body.len() as u64 > limit_bytes { Err(too_long(limit_bytes)) } else { Ok(body) }
}

fn gunzip(body: &[u8], limit_bytes: u64) -> Result<Bytes, String> {
    // JSON of rows shrinks to about a fifth; the buffer grows if it does not.
    let mut expanded = Vec::with_capacity(body.len().saturating_mul(4).min(limit_bytes as usize));
    MultiGzDecoder::new(body)
        .take(limit_bytes.saturating_add(1))
        .read_to_end(&mut expanded)
        .map_err(|error| format!("the gzip of the answer is cut or damaged: {error}"))?;
    if expanded.len() as u64 > limit_bytes { Err(too_long(limit_bytes)) } else { Ok(Bytes::from(expanded)) }
}

fn too_long(limit_bytes: u64) -> String {
    format!("the answer is longer than {limit_bytes} bytes once expanded")
}

/// Whether the headers allow the body to be JSON: a missing content type does, HTML does not.
pub(crate) fn may_be_json(headers: &Headers) -> bool {
    match headers.get("content-type") {
        None => true,
        Some(content_type) => {
            let media_type = content_type.split(';').next().unwrap_or_default().trim();
            let (kind, subtype) = media_type.split_once('/').unwrap_or_default();
            let json = subtype.eq_ignore_ascii_case("json")
                || subtype.rsplit_once('+').is_some_and(|(_, suffix)| suffix.eq_ignore_ascii_case("json"));
            json && (kind.eq_ignore_ascii_case("application") || kind.eq_ignore_ascii_case("text"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn encoded(encoding: &str, body: &[u8], limit_bytes: u64) -> Result<Bytes, String> {
        expand(&Headers::from_iter([("Content-Encoding", encoding)]), Bytes::copy_from_slice(body), limit_bytes)
    }

    #[test]
    fn gzip_is_expanded_within_the_limit() {
        let zeros = vec![b'0'; 100_000];
        assert_eq!(encoded("gzip", &gzip(&zeros), 100_000).unwrap().len(), 100_000);
        assert!(encoded("gzip", &gzip(&zeros), 99_999).unwrap_err().contains("99999 bytes"));
        assert_eq!(encoded("GZIP", &gzip(b"[]"), 10).unwrap(), "[]");
        assert_eq!(encoded("identity", b"[]", 10).unwrap(), "[]");
        assert!(encoded("identity", b"[    ]", 5).is_err());
    }

    #[test]
    fn cut_damaged_and_foreign_encodings_are_errors() {
        let whole = gzip(b"[1,2,3]");
        assert!(encoded("gzip", &whole[..whole.len() - 3], 100).is_err());
        assert!(encoded("gzip", b"[1,2,3]", 100).is_err());
        assert!(encoded("br", b"[]", 100).unwrap_err().contains("`br`"));
    }

    #[test]
    fn content_types() {
        let json = |content_type| may_be_json(&Headers::from_iter([("content-type", content_type)]));
        assert!(json("application/json; charset=utf-8") && json("application/problem+json") && json("text/json"));
        assert!(!json("text/html") && !json("text/plain") && !json("json") && !json(""));
        assert!(may_be_json(&Headers::new()));
    }
}
