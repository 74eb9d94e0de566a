//! What only the server on Node does.

use axum::http::header::{ALLOW, ETAG};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use synctable::testing::ColumnType;
use synctable::testing::odata::{Query, QueryError, QueryOptions, parse_query, percent_decode};
use synctable::testing::typed::Typed;
use synctable::testing::value::parse_date;

use crate::body::{BodyFault, Members};
use crate::dialect::Generation;
use crate::store::StoredTable;
use crate::{TableDefinition, answer, value};

mod logic;
mod numbers;
mod refusals;
mod stamps;

pub(super) use numbers::number_text;
use refusals::{check_datetimes, check_replacements};
use stamps::without_ties_in_a_millisecond;

/// A filter as Node's database takes it.
pub(crate) fn filter(typed: Typed) -> Typed {
    without_ties_in_a_millisecond(logic::with_unknown(typed))
}

/// The table as Node has it: texts, numbers, booleans and instants, all of which may be null.
pub(super) fn table(definition: &TableDefinition) -> TableDefinition {
    let columns = definition.columns().iter().fold(TableDefinition::new(definition.name()), |table, column| {
        let column_type = match column.column_type() {
            kept @ (ColumnType::Text | ColumnType::Bool | ColumnType::Instant) => kept,
            ColumnType::Int32 | ColumnType::Int64 | ColumnType::Single | ColumnType::Double | ColumnType::Decimal => {
                ColumnType::Double
            }
            ColumnType::Date
            | ColumnType::Time
            | ColumnType::Guid
            | ColumnType::Bytes
            | ColumnType::Json
            | ColumnType::Enum(_) => ColumnType::Text,
        };
        table.column(column.name(), column_type)
    });
    if definition.is_soft_delete() { columns.soft_delete() } else { columns }
}

/// A page of HTML, as Express answers what it has no route for.
pub(super) fn html(status: StatusCode, body: String) -> Response {
    answer::with_body(status, "text/html; charset=utf-8", body)
}

/// 404 for a verb or an address without a route.
pub(super) fn cannot(verb: &Method, path: &str) -> Response {
    let escaped: String = path
        .chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\'' => "&#39;".to_owned(),
            c => c.to_string(),
        })
        .collect();
    html(
        StatusCode::NOT_FOUND,
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>Cannot {verb} {escaped}</pre>\n</body>\n</html>\n"
        ),
    )
}

/// The verbs of a table and of its rows alike.
pub(super) fn options() -> Response {
    const VERBS: &str = "GET,HEAD,POST,PATCH,DELETE";
    let mut response = html(StatusCode::OK, VERBS.to_owned());
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(VERBS));
    if let Ok(tag) = HeaderValue::try_from(answer::body_tag(VERBS)) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// Reads the query of a list: numbers as JavaScript reads them, and options that are not understood ignored.
pub(super) fn read_query(raw: &str, options: &[(String, String)], how: &QueryOptions) -> Result<Query, QueryError> {
    const OWN: [&str; 3] = ["$top", "$skip", "$inlinecount"];
    let name_of = |part: &str| percent_decode(&part.split('=').next().unwrap_or(part).replace('+', " "));
    let others: Vec<&str> = raw
        .split('&')
        // An option without a value is none.
        .filter(|part| part.split_once('=').is_some_and(|(_, value)| !value.is_empty()))
        .filter(|part| name_of(part).is_none_or(|name| !OWN.contains(&name.as_str())))
        .collect();
    let mut query = parse_query(&others.join("&"), how)?;
    let value = |wanted: &str| options.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    if let Some(filter) = &query.filter {
        check_datetimes(value("$filter").unwrap_or_default())?;
        check_replacements(filter)?;
    }
    // 0 and what is no number ask for a page of the usual size.
    query.top = match value("$top").and_then(parse_int).filter(|top| *top != 0) {
        // The real server then returns the whole table.
        Some(top) if top < 0 => {
            let message = format!("'{top}' is not a number of rows; $top must not be negative");
            return Err(QueryError { option: "$top", at: 0, message });
        }
        top => top.map(i64::unsigned_abs),
    };
    query.skip = value("$skip").and_then(parse_int).map(|skip| skip.max(0).unsigned_abs());
    query.count = value("$inlinecount") == Some("allpages");
    Ok(query)
}

/// The whole number that a text begins with.
fn parse_int(text: &str) -> Option<i64> {
    let text = text.trim_start();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return None;
    }
    let number = digits[..length].parse().unwrap_or(i64::from(i32::MAX)).min(i64::from(u32::MAX));
    Some(if text.starts_with('-') { -number } else { number })
}

/// Rewrites the members of a body as the columns take them: JavaScript stores what comes, as far as nothing is lost.
///
/// A number or a truth value in a text column becomes text, any value in a boolean column is true or false, and an id may be a
/// number. Null is the default of a column that is never null, which only a server of several generations has. A nested value in a text column is kept as its JSON text; the real server keeps `[object Object]`.
pub(crate) fn fit(members: &mut Members, table: &StoredTable) -> Result<(), BodyFault> {
    let reserved = members
        .names()
        .find(|name| ["createdAt", "updatedAt", "deleted"].iter().any(|reserved| name.eq_ignore_ascii_case(reserved)));
    if let Some(name) = reserved {
        let message = format!("Cannot update item with property '{name}' as it is reserved");
        return Err(BodyFault::new(name, message));
    }
    let unknown = members.names().find(|name| {
        !name.eq_ignore_ascii_case("id") && !name.eq_ignore_ascii_case("version") && table.column(name).is_none()
    });
    if let Some(name) = unknown {
        return Err(BodyFault::new(name, format!("the table has no column named {name}")));
    }
    members.rewrite(|name, json| {
        if name.eq_ignore_ascii_case("id") {
            return as_text(json).filter(|_| !json.starts_with(['{', '[']));
        }
        let column = table.column(name)?;
        if json == "null" && !column.is_nullable() {
            let mut default = String::new();
            value::write(&mut default, (&value::missing(column)).into(), column.column_type(), Generation::NodeV2);
            return Some(default);
        }
        match column.column_type() {
            ColumnType::Text => as_text(json),
            ColumnType::Bool if !matches!(json, "true" | "false" | "null") => {
                let is_zero = json.parse::<f64>().is_ok_and(|number| number == 0.0);
                Some(if is_zero || json == "\"\"" { "false" } else { "true" }.to_owned())
            }
            ColumnType::Double => digit(json).map(str::to_owned),
            // A day is its first instant in UTC; an empty text is none.
            ColumnType::Instant if json == "\"\"" => Some("null".to_owned()),
            ColumnType::Instant => {
                let day = json.strip_prefix('"')?.strip_suffix('"')?;
                parse_date(day).map(|_| format!("\"{day}T00:00:00Z\""))
            }
            _ => None,
        }
    });
    Ok(())
}

/// What is no text as the text that the database makes of it: a truth value is a digit.
fn as_text(json: &str) -> Option<String> {
    (!json.starts_with('"') && json != "null").then(|| answer::json_text(digit(json).unwrap_or(json)))
}

fn digit(json: &str) -> Option<&'static str> {
    match json {
        "true" => Some("1"),
        "false" => Some("0"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_options_are_read_as_javascript_reads_them() {
        for (text, expected) in [
            ("3", Some(3)),
            (" 12abc", Some(12)),
            ("-1", Some(-1)),
            ("abc", None),
            ("", None),
            ("-", None),
            ("99999999999999999999", Some(2_147_483_647)),
        ] {
            assert_eq!(parse_int(text), expected, "{text}");
        }
    }

    #[test]
    fn the_tag_of_a_body_is_weak_and_changes_with_it() {
        assert!(
            answer::body_tag("[]").starts_with("W/\"2-")
                && answer::body_tag("[]").len() == "W/\"2-l9Fw4VUO7kr8CvBlt4zaMCqXZ0w\"".len()
        );
        assert_ne!(answer::body_tag("[1]"), answer::body_tag("[2]"));
    }

    #[test]
    fn the_page_of_a_missing_route_is_escaped() {
        let response = cannot(&Method::GET, "/tables/<script>");
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
}
