//! The server's words in an error body (protocol.md 8.1), made fit to be shown.

use serde_json::Value;

/// The longest message, in bytes.
const LIMIT_BYTES: usize = 1024;
/// Above this a body is not parsed for its message.
const PARSED_BYTES: usize = 256 * 1024;

/// Finds the message in an error body: at most 1 KiB, one line, without markup; empty if there is none.
pub(crate) fn find(body: &[u8]) -> String {
    let parsed = if body.len() <= PARSED_BYTES { serde_json::from_slice(body).ok() } else { None };
    let words = match parsed {
        Some(value) => in_value(&value, true).unwrap_or_default(),
        // Markup is cut before the length, so that a long head does not hide the words.
        None => String::from_utf8_lossy(&body[..body.len().min(16 * LIMIT_BYTES)]).into_owned(),
    };
    clean(&words)
}

fn in_value(value: &Value, may_descend: bool) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        // A row or the echo of one: its columns may be called `title` or `message`.
        Value::Object(members) if members.contains_key("id") => None,
        Value::Object(members) => {
            let member = |wanted: &str| {
                members.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
            };
            let words =
                ["error", "description", "message", "detail", "title"].into_iter().find_map(|name| {
                    match member(name)? {
                        Value::String(text) if !text.is_empty() => Some(text.clone()),
                        nested @ Value::Object(_) if may_descend => in_value(nested, false),
                        _ => None,
                    }
                });
            // V3 says in `title` that there are errors, and in `errors` which.
            match (words, member("errors")) {
                (Some(words), Some(Value::Object(errors))) if !errors.is_empty() => {
                    let errors = errors.iter().map(|(name, texts)| format!("{name}: {}", all_texts(texts)));
                    Some(format!("{words} {}", errors.collect::<Vec<_>>().join("; ")))
                }
                (words, _) => words.or_else(|| member("errorMessage")?.as_str().map(str::to_owned)),
            }
        }
        Value::Array(values) => {
            let words: Vec<_> = values.iter().filter_map(|value| in_value(value, false)).collect();
            (!words.is_empty()).then(|| words.join("; "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn all_texts(value: &Value) -> String {
    match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

/// Removes tags, control characters and double spaces, and cuts at the limit.
pub(crate) fn clean(words: &str) -> String {
    let mut out = String::new();
    let mut rest = words;
    while let Some(next) = rest.chars().next() {
        if out.len() >= LIMIT_BYTES {
            break;
        }
        if let Some(after) = tag_end(rest) {
            rest = after;
            push_space(&mut out);
            continue;
        }
        rest = &rest[next.len_utf8()..];
        if next.is_whitespace() || next.is_control() || is_direction(next) {
            push_space(&mut out);
        } else {
            out.push(next);
        }
    }
    let mut end = out.len().min(LIMIT_BYTES);
    while !out.is_char_boundary(end) {
        end -= 1;
    }
    out.truncate(end);
    out.truncate(out.trim_end().len());
    out
}

fn push_space(out: &mut String) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
}

/// Characters that turn the direction of what follows could disguise a message.
fn is_direction(character: char) -> bool {
    matches!(character, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// What follows the tag that the text starts with; scripts and styles go with what they hold.
fn tag_end(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('<')?;
    if !inner.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '/' | '!' | '?')) {
        return None;
    }
    for hidden in ["script", "style", "head"] {
        let named = inner.get(..hidden.len()).is_some_and(|name| name.eq_ignore_ascii_case(hidden))
            && !inner[hidden.len()..].starts_with(|next: char| next.is_ascii_alphanumeric());
        if named {
            let closing = format!("</{hidden}");
            let lower = inner.to_ascii_lowercase();
            let end = lower.find(&closing).map(|start| &inner[start..]).unwrap_or_default();
            return Some(end.split_once('>').map_or("", |(_, after)| after));
        }
    }
    Some(inner.split_once('>').map_or("", |(_, after)| after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_member_counts() {
        let cases: [(&str, &str); 13] = [
            (r#"{"id":"1","title":"a row's column"}"#, ""),
            (r#"{"error":"The item does not exist","message":"m"}"#, "The item does not exist"),
            (r#"{"message":"m","Description":"d"}"#, "d"),
            (r#"{"Message":"An exception","title":"t"}"#, "An exception"),
            (r#"{"title":"Not Found","detail":"no row"}"#, "no row"),
            (r#"{"type":"x","title":"Not Found","status":404}"#, "Not Found"),
            (r#"{"code":"400","message":"bad filter"}"#, "bad filter"),
            (r#""just text""#, "just text"),
            (r#"[{"errorMessage":"a"},{"errorMessage":"b"}]"#, "a; b"),
            (r#"{"error":{"code":"1","message":"inner"}}"#, "inner"),
            (r#"{"title":"Invalid","errors":{"Title":["too long","bad"]}}"#, "Invalid Title: too long bad"),
            (r#"{"error":5}"#, ""),
            ("", ""),
        ];
        for (body, expected) in cases {
            assert_eq!(find(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn nothing_raw_is_shown() {
        let page = "<!DOCTYPE html><html><head><title>E</title></head><body>\n<pre>Cannot GET /x</pre><script>steal()</script></body>";
        assert_eq!(find(page.as_bytes()), "Cannot GET /x");
        assert_eq!(find(br#"{"error":"<b>bold</b>\n a < b \u0000 \u202e"}"#), "bold a < b");
        assert_eq!(find(b"<unclosed"), "");
        assert_eq!(find(&[0xFF, b'a']), "\u{FFFD}a");
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let long = format!("a{}", "é".repeat(2000));
        let cut = find(long.as_bytes());
        assert_eq!(cut.len(), 1023);
        assert!(long.starts_with(&cut));
    }
}
