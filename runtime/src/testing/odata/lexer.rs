//! Cuts the text of a filter or an order into tokens.

use super::super::value::{Decimal, Value, parse_date, parse_guid, parse_instant, parse_time};
use super::QueryError;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name, an operator word or a type name; may hold dots.
    Word(String),
    /// A constant that is no word.
    Literal(super::Literal),
    /// `prefix'text'`, as `datetime'…'`.
    Prefixed(String, String),
    Open,
    Close,
    Comma,
    Minus,
    End,
}

pub(super) struct Lexer<'a> {
    option: &'static str,
    chars: Vec<char>,
    at: usize,
    source: &'a str,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

impl<'a> Lexer<'a> {
    pub(super) fn new(option: &'static str, source: &'a str) -> Self {
        Self { option, chars: source.chars().collect(), at: 0, source }
    }

    pub(super) fn source(&self) -> &'a str {
        self.source
    }

    fn error(&self, at: usize, message: impl Into<String>) -> QueryError {
        QueryError::new(self.option, at, message)
    }

    fn run(&self, from: usize, fits: impl Fn(char) -> bool) -> String {
        self.chars[from..].iter().take_while(|c| fits(**c)).collect()
    }

    /// Returns the next token and where it begins.
    pub(super) fn next(&mut self) -> Result<(Token, usize), QueryError> {
        while self.chars.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        let at = self.at;
        let Some(&first) = self.chars.get(at) else { return Ok((Token::End, at)) };
        let single = match first {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            ',' => Some(Token::Comma),
            '-' => Some(Token::Minus),
            _ => None,
        };
        if let Some(token) = single {
            self.at += 1;
            return Ok((token, at));
        }
        if first == '\'' {
            return Ok((Token::Literal(super::Literal(Value::Text(self.quoted()?))), at));
        }
        if is_word(first) {
            if let Some(guid) = self.guid() {
                return Ok((Token::Literal(super::Literal(Value::Guid(guid))), at));
            }
            if first.is_ascii_digit() {
                return Ok((Token::Literal(super::Literal(self.number_or_time()?)), at));
            }
            let word = self.run(at, |c| is_word(c) || c == '.');
            self.at += word.chars().count();
            if self.chars.get(self.at) == Some(&'\'') {
                let text = self.quoted()?;
                return Ok((Token::Prefixed(word, text), at));
            }
            return Ok((Token::Word(word), at));
        }
        Err(self.error(
            at,
            format!("Syntax error: character '{first}' is not valid at position {at} in '{}'.", self.source),
        ))
    }

    /// Reads a quoted text that begins here, in which a quote is doubled.
    fn quoted(&mut self) -> Result<String, QueryError> {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        while let Some(&c) = self.chars.get(self.at) {
            self.at += 1;
            if c != '\'' {
                text.push(c);
            } else if self.chars.get(self.at) == Some(&'\'') {
                text.push('\'');
                self.at += 1;
            } else {
                return Ok(text);
            }
        }
        Err(self
            .error(start, format!("There is an unterminated string literal at position {start} in '{}'.", self.source)))
    }

    fn guid(&mut self) -> Option<String> {
        let text: String = self.chars[self.at..].iter().take(36).collect();
        let ends = self.chars.get(self.at + 36).is_none_or(|c| !is_word(*c) && *c != '-');
        let guid = ends.then(|| parse_guid(&text)).flatten()?;
        self.at += 36;
        Some(guid)
    }

    /// Tells whether digits (`9`) and other characters of a pattern stand here.
    fn looks_like(&self, pattern: &str) -> bool {
        pattern.chars().enumerate().all(|(offset, expected)| {
            self.chars
                .get(self.at + offset)
                .is_some_and(|c| if expected == '9' { c.is_ascii_digit() } else { *c == expected })
        })
    }

    fn number_or_time(&mut self) -> Result<Value, QueryError> {
        let start = self.at;
        if self.looks_like("9999-99-99") {
            let mut end = start + 10;
            if self.chars.get(end).is_some_and(|c| matches!(c, 'T' | 't')) {
                end += 1;
                end += self.run(end, |c| c.is_ascii_digit() || c == ':' || c == '.').len();
                match self.chars.get(end) {
                    Some('Z' | 'z') => end += 1,
                    Some('+' | '-') => end += 1 + self.run(end + 1, |c| c.is_ascii_digit() || c == ':').len(),
                    _ => {}
                }
                let text: String = self.chars[start..end].iter().collect();
                self.at = end;
                return parse_instant(&text)
                    .map(Value::Instant)
                    .ok_or_else(|| self.error(start, format!("'{text}' is not an instant.")));
            }
            let text: String = self.chars[start..end].iter().collect();
            self.at = end;
            return parse_date(&text)
                .map(Value::Date)
                .ok_or_else(|| self.error(start, format!("'{text}' is not a day of the calendar.")));
        }
        if self.looks_like("99:99") {
            let text = self.run(start, |c| c.is_ascii_digit() || c == ':' || c == '.');
            self.at += text.len();
            return parse_time(&text)
                .map(Value::Time)
                .ok_or_else(|| self.error(start, format!("'{text}' is not a time of day.")));
        }
        self.number()
    }

    fn number(&mut self) -> Result<Value, QueryError> {
        let start = self.at;
        let mut end = start + self.run(start, |c| c.is_ascii_digit()).len();
        let mut whole = true;
        if self.chars.get(end) == Some(&'.') && self.chars.get(end + 1).is_some_and(char::is_ascii_digit) {
            whole = false;
            end += 1 + self.run(end + 1, |c| c.is_ascii_digit()).len();
        }
        if self.chars.get(end).is_some_and(|c| matches!(c, 'e' | 'E')) {
            let sign = usize::from(self.chars.get(end + 1).is_some_and(|c| matches!(c, '+' | '-')));
            let digits = self.run((end + 1 + sign).min(self.chars.len()), |c| c.is_ascii_digit()).len();
            if digits > 0 {
                whole = false;
                end += 1 + sign + digits;
            }
        }
        let text: String = self.chars[start..end].iter().collect();
        let suffix = self.run(end, is_word);
        self.at = end + suffix.chars().count();
        let value = match suffix.as_str() {
            "" if whole => text.parse().ok().map(Value::Int).or_else(|| Decimal::parse(&text).map(Value::Decimal)),
            // Behind a minus it is the least 64-bit number; as a decimal it lasts until the minus is read.
            "L" | "l" if text == "9223372036854775808" && start > 0 && self.chars[start - 1] == '-' => {
                Decimal::parse(&text).map(Value::Decimal)
            }
            "L" | "l" if whole => text.parse().ok().map(Value::Int),
            "M" | "m" => Decimal::parse(&text).map(Value::Decimal),
            "" | "D" | "d" => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Double),
            // A single is compared as the double nearest to its own, shorter, value.
            "F" | "f" => text
                .parse()
                .ok()
                .filter(|number: &f32| number.is_finite())
                .map(|number| Value::Double(f64::from(number))),
            _ => None,
        };
        value.ok_or_else(|| {
            self.error(start, format!("Unrecognized literal '{text}{suffix}' at '{start}' in '{}'.", self.source))
        })
    }
}
