//! Reads the options of a query string.

use super::parser::{parse_filter, parse_order};
use super::{Expr, Grammar, Limits, OrderKey, QueryError};

/// How option names are recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionNames {
    /// Exactly as `$filter`.
    Exact,
    /// In any case, with the `$`.
    AnyCase,
    /// In any case, and the `$` may be left out.
    AnyCaseDollarOptional,
}

/// How a query string is read.
#[derive(Debug, Clone, Copy)]
pub struct QueryOptions {
    /// The language of filters and orders.
    pub grammar: Grammar,
    /// How option names are recognised.
    pub names: OptionNames,
    /// How large a filter may be.
    pub limits: Limits,
    /// Read `$inlinecount=allpages` as a wish for the count.
    pub inline_count: bool,
    /// Read `$count=true` as a wish for the count.
    pub count: bool,
}

/// A query as asked for, names and types not yet looked up.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Which rows.
    pub filter: Option<Expr>,
    /// In which order.
    pub order: Vec<OrderKey>,
    /// At most so many rows.
    pub top: Option<u64>,
    /// After so many rows.
    pub skip: Option<u64>,
    /// Which members, in the order asked for.
    pub select: Option<Vec<String>>,
    /// The number of all matching rows is asked for.
    pub count: bool,
    /// Deleted rows are asked for (`__includedeleted=true`, any case).
    pub include_deleted: bool,
}

/// Splits a raw query string into its options, percent-decoded, with `+` as a space.
///
/// # Errors
/// When an escape is broken or the decoded text is not UTF-8.
pub fn query_pairs(raw: &str) -> Result<Vec<(String, String)>, QueryError> {
    raw.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let decode = |text: &str| {
                percent_decode(&text.replace('+', " ")).ok_or_else(|| {
                    QueryError::new("the query string", 0, format!("'{text}' is not percent-encoded UTF-8"))
                })
            };
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

/// Undoes percent-encoding; `None` when an escape is broken or the result is not UTF-8.
pub fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let (escape, tail) = tail.split_at_checked(2)?;
            let digit = |byte: u8| char::from(byte).to_digit(16);
            bytes.push(u8::try_from(digit(escape[0])? * 16 + digit(escape[1])?).ok()?);
            rest = tail;
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

/// Reads a raw query string.
///
/// # Errors
/// When an option that is understood has a wrong value or comes twice; options that are not understood are ignored.
pub fn parse_query(raw: &str, options: &QueryOptions) -> Result<Query, QueryError> {
    let mut query = Query::default();
    let mut seen: Vec<&'static str> = Vec::new();
    for (name, value) in query_pairs(raw)? {
        let Some(option) = option_named(&name, options.names) else { continue };
        if option != "__includedeleted" && seen.contains(&option) {
            return Err(QueryError::new(
                option,
                0,
                format!("Query option '{option}' was specified more than once, but it must be specified at most once."),
            ));
        }
        seen.push(option);
        match option {
            "$filter" => query.filter = Some(parse_filter(&value, options.grammar, options.limits)?),
            "$orderby" => query.order = parse_order(&value, options.grammar, options.limits)?,
            "$top" => query.top = Some(number(option, &value)?),
            "$skip" => query.skip = Some(number(option, &value)?),
            "$select" => query.select = Some(names(&value)?),
            "$count" if options.count => {
                query.count |= match value.to_ascii_lowercase().as_str() {
                    "true" => true,
                    "false" => false,
                    _ => {
                        return Err(QueryError::new(
                            option,
                            0,
                            format!(
                                "Invalid value '{value}' for $count query option found. Valid values are 'true' or 'false'."
                            ),
                        ));
                    }
                };
            }
            "$inlinecount" if options.inline_count => {
                query.count |= match value.as_str() {
                    "allpages" => true,
                    "none" => false,
                    _ => {
                        return Err(QueryError::new(
                            option,
                            0,
                            format!("Invalid value '{value}' for $inlinecount query option found."),
                        ));
                    }
                };
            }
            "__includedeleted" => query.include_deleted |= value.eq_ignore_ascii_case("true"),
            _ => {}
        }
    }
    Ok(query)
}

fn option_named(name: &str, names: OptionNames) -> Option<&'static str> {
    const OPTIONS: [&str; 7] = ["$filter", "$orderby", "$top", "$skip", "$select", "$count", "$inlinecount"];
    if name.eq_ignore_ascii_case("__includedeleted") {
        return Some("__includedeleted");
    }
    OPTIONS.into_iter().find(|option| match names {
        OptionNames::Exact => name == *option,
        OptionNames::AnyCase => name.eq_ignore_ascii_case(option),
        OptionNames::AnyCaseDollarOptional => {
            name.eq_ignore_ascii_case(option) || name.eq_ignore_ascii_case(&option[1..])
        }
    })
}

fn number(option: &'static str, value: &str) -> Result<u64, QueryError> {
    let fits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| value.parse::<u32>().ok()).flatten().map(u64::from).ok_or_else(|| {
        QueryError::new(
            option,
            0,
            format!("Invalid value '{value}' for {option} query option found. The {option} query option requires a non-negative integer value."),
        )
    })
}

fn names(value: &str) -> Result<Vec<String>, QueryError> {
    let mut names: Vec<String> = Vec::new();
    let mut at = 0;
    for part in value.split(',') {
        let name = part.trim();
        let fits = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '*');
        if !fits {
            return Err(QueryError::new("$select", at, format!("'{name}' is not a member name in '{value}'.")));
        }
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name.to_owned());
        }
        at += part.chars().count() + 1;
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOLKIT: QueryOptions = QueryOptions {
        grammar: Grammar::V4,
        names: OptionNames::AnyCase,
        limits: Limits { nodes: 100, depth: 50 },
        inline_count: false,
        count: true,
    };

    #[test]
    fn options_are_read_from_a_raw_query() {
        let raw = "$filter=title%20eq%20'a%26b+c'&$orderby=id&$TOP=3&$skip=4&$select=id,%20title&$count=true&__includeDeleted=TRUE&$frob=1&x";
        let query = parse_query(raw, &TOOLKIT).unwrap();
        let literal = parse_filter("title eq 'a&b c'", Grammar::V4, Limits::default()).unwrap();
        assert_eq!(query.filter, Some(literal));
        assert_eq!((query.order.len(), query.top, query.skip), (1, Some(3), Some(4)));
        assert_eq!(query.select, Some(vec!["id".to_owned(), "title".to_owned()]));
        assert!(query.count && query.include_deleted);
    }

    #[test]
    fn names_are_recognised_as_each_server_does() {
        let top = |raw: &str, names| parse_query(raw, &QueryOptions { names, ..TOOLKIT }).unwrap().top;
        for (raw, exact, any_case, without_dollar) in [
            ("$top=1", Some(1), Some(1), Some(1)),
            ("%24top=1", Some(1), Some(1), Some(1)),
            ("$TOP=1", None, Some(1), Some(1)),
            ("Top=1", None, None, Some(1)),
        ] {
            let found = (
                top(raw, OptionNames::Exact),
                top(raw, OptionNames::AnyCase),
                top(raw, OptionNames::AnyCaseDollarOptional),
            );
            assert_eq!(found, (exact, any_case, without_dollar), "{raw}");
        }
    }

    #[test]
    fn counts_are_those_of_the_generation() {
        let count = |raw: &str, inline_count, count| {
            parse_query(raw, &QueryOptions { inline_count, count, ..TOOLKIT }).map(|query| query.count)
        };
        assert_eq!(count("$count=true", false, true), Ok(true));
        assert_eq!(count("$count=true", true, false), Ok(false));
        assert_eq!(count("$inlinecount=allpages", true, false), Ok(true));
        assert_eq!(count("$inlinecount=allpages", false, true), Ok(false));
        assert!(count("$count=1", false, true).is_err());
        assert_eq!(parse_query("__includedeleted=1", &TOOLKIT).map(|query| query.include_deleted), Ok(false));
    }

    #[test]
    fn wrong_values_name_their_option() {
        for (raw, option) in [
            ("$top=-1", "$top"),
            ("$top=abc", "$top"),
            ("$top=", "$top"),
            ("$skip=NaN", "$skip"),
            ("$skip=4294967296", "$skip"),
            ("$select=year%20rating", "$select"),
            ("$select=", "$select"),
            ("$filter=", "$filter"),
            ("$orderby=a%20b", "$orderby"),
            ("$top=1&$top=1", "$top"),
            ("$filter=%", "the query string"),
            ("$filter=%FF", "the query string"),
        ] {
            assert_eq!(parse_query(raw, &TOOLKIT).unwrap_err().option, option, "{raw}");
        }
    }
}
