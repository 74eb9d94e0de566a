//! The rules of `exempt_linq.toml`: where our text differs from an older client's on purpose, and what is not asked at all.

use serde::Deserialize;
use synctable::wire::Dialect;
use synctable::{ColumnDef, Decimal, Timestamp};

use super::case::{Case, ConstantType, Generation};
use super::text::{self, Nulls, Part};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    rule: Vec<Rule>,
}

/// One rule: a difference, and why it is there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) name: Difference,
    pub(crate) reason: String,
    /// The rule is for cases that are not in the repository.
    #[serde(default)]
    pub(crate) unseen: bool,
}

/// Where ours differs. All but the last three say what is asserted instead of the older client's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Difference {
    HexBytes,
    TwelveHourTimes,
    UnescapedQuotes,
    NumericKey,
    PrefixOfInstants,
    OffsetOfInstants,
    DigitsOfDecimals,
    ConstantFirst,
    FlatLists,
    NullTests,
    ConstantCondition,
    TiesById,
    IdSelectedFirst,
    DeletedParameter,
    CountOfPages,
    /// Not asked of the local stores: they keep no deleted rows.
    DeletedRowsLocally,
    /// Not asked of the local stores: they order an enumeration by its texts.
    OrderOfEnumerations,
    /// Not asked: no typed query says it.
    NotTyped,
}

impl Rules {
    pub(crate) fn all(&self) -> &[Rule] {
        &self.rule
    }

    pub(crate) fn reason(&self, difference: Difference) -> &str {
        let rule = self.rule.iter().find(|rule| rule.name == difference);
        rule.map(|rule| rule.reason.as_str()).unwrap_or_else(|| panic!("exempt_linq.toml has no rule {difference:?}"))
    }
}

/// The text that is expected, fragment by fragment, and which differences made it.
pub(crate) struct Expected {
    pub(crate) fragments: Vec<String>,
    pub(crate) differences: Vec<Difference>,
}

impl Expected {
    pub(crate) fn has(&self, difference: Difference) -> bool {
        self.differences.contains(&difference)
    }

    fn set(&mut self, difference: Difference, fragments: Vec<String>) {
        if self.fragments != fragments {
            self.fragments = fragments;
            self.differences.push(difference);
        }
    }

    fn each(&mut self, difference: Difference, change: impl Fn(&str) -> String) {
        let changed = self.fragments.iter().map(|fragment| change(fragment)).collect();
        self.set(difference, changed);
    }

    fn filter(&mut self, difference: Difference, change: impl Fn(Part) -> Part) -> Result<(), String> {
        let change = |fragment: &String| match fragment.strip_prefix("$filter=") {
            Some(filter) => Ok(format!("$filter={}", change(text::parse(filter)?))),
            None => Ok(fragment.clone()),
        };
        let changed = self.fragments.iter().map(change).collect::<Result<_, String>>()?;
        self.set(difference, changed);
        Ok(())
    }
}

/// Splits a query string at `&` outside of quoted text.
pub(crate) fn fragments(query: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_quoted = false;
    for char in query.chars() {
        is_quoted ^= char == '\'';
        match parts.last_mut() {
            Some(last) if char != '&' || is_quoted => last.push(char),
            _ => parts.push(String::new()),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Says what we write where an older client writes `text`.
///
/// # Errors
/// The filter that cannot be read.
pub(crate) fn expected(
    case: &Case,
    text: &str,
    dialect: Dialect,
    column: &dyn Fn(&str) -> Option<&'static ColumnDef>,
) -> Result<Expected, String> {
    let (older, is_literal) = (case.dialect == Some(Generation::Three), case.value.is_some());
    let repaired = repaired(case, text);
    let first = if repaired == text { vec![] } else { vec![Difference::UnescapedQuotes] };
    let mut expected = Expected { fragments: fragments(&repaired), differences: first };
    for byte in case.constants(ConstantType::Byte).iter().filter_map(serde_json::Value::as_u64) {
        let (hex, decimal) = (format!("{byte:X}"), byte.to_string());
        if hex != decimal {
            // Where the two look alike there is nothing to tell apart.
            expected.each(Difference::HexBytes, |fragment| with_word(fragment, &hex, &decimal));
        }
    }
    for time in case.constants(ConstantType::Time).iter().filter_map(serde_json::Value::as_str) {
        let (twelve, ours) = (twelve_hours(time), short(time));
        expected.each(Difference::TwelveHourTimes, |fragment| {
            twelve.iter().fold(fragment.to_owned(), |fragment, other| {
                fragment.replace(&format!("cast({other},Edm.TimeOfDay)"), &format!("cast({ours},Edm.TimeOfDay)"))
            })
        });
    }
    for decimal in case.constants(ConstantType::Decimal).iter().filter_map(serde_json::Value::as_str) {
        let ours = decimal.parse::<Decimal>().map_err(|error| error.to_string())?;
        let (theirs, ours) = (format!("{decimal}M"), format!("{}M", ours.as_str()));
        expected.each(Difference::DigitsOfDecimals, |fragment| with_word(fragment, &theirs, &ours));
    }
    if older {
        expected.each(Difference::PrefixOfInstants, |fragment| fragment.replace("datetime'", "datetimeoffset'"));
        expected.each(Difference::OffsetOfInstants, in_utc);
        if column("id").is_some_and(|column| !column.is_id()) {
            expected.each(Difference::NumericKey, |fragment| with_word(fragment, "id", "number"));
        }
    }
    if is_literal {
        return Ok(expected);
    }
    let constant = |fragment: &String| match fragment.as_str() {
        "$filter=true" => None,
        "$filter=false" => Some("$filter=(id eq null)".to_owned()),
        _ => Some(fragment.clone()),
    };
    expected.set(Difference::ConstantCondition, expected.fragments.iter().filter_map(constant).collect());
    let nulls = Nulls { column, knows_null: dialect != Dialect::DotNetV2 && dialect != Dialect::NodeV2 };
    expected
        .filter(Difference::ConstantFirst, |part| text::with_constants_right(part, &|part| nulls.is_constant(part)))?;
    expected.filter(Difference::FlatLists, text::flat)?;
    expected.filter(Difference::NullTests, |part| nulls.tested(part))?;
    if older {
        expected.set(Difference::TiesById, with_id_at_the_end(&expected.fragments));
    }
    expected.each(Difference::IdSelectedFirst, id_first);
    expected.each(Difference::DeletedParameter, |fragment| {
        fragment.replace("__includedeleted=true", "__includeDeleted=true")
    });
    let uncounted = |fragment: &&String| !matches!(fragment.as_str(), "$count=true" | "$inlinecount=allpages");
    expected.set(Difference::CountOfPages, expected.fragments.iter().filter(uncounted).cloned().collect());
    Ok(expected)
}

/// Doubles the quotes within the texts of lists, which one older client leaves single.
fn repaired(case: &Case, text: &str) -> String {
    let mut text = text.to_owned();
    if case.mentions("in") {
        for list in case.constants(ConstantType::List) {
            let items = list.as_array().map_or(&[][..], Vec::as_slice);
            for item in items.iter().filter_map(|item| item["v"].as_str()).filter(|item| item.contains('\'')) {
                let (single, double) = (format!("'{item}'"), format!("'{}'", item.replace('\'', "''")));
                if !text.contains(&double) {
                    text = text.replace(&single, &double);
                }
            }
        }
    }
    text
}

/// Puts another word in the place of each that stands alone outside of quoted text.
fn with_word(fragment: &str, word: &str, other: &str) -> String {
    let mut out = String::new();
    for (at, piece) in fragment.split('\'').enumerate() {
        if at > 0 {
            out.push('\'');
        }
        if at % 2 == 1 {
            out.push_str(piece);
            continue;
        }
        let mut rest = piece;
        while let Some(end) = rest.find(|char: char| !(char.is_alphanumeric() || char == '.' || char == '_')) {
            let (found, after) = rest.split_at(end);
            out.push_str(if found == word { other } else { found });
            let separator = after.chars().next().map_or(0, char::len_utf8);
            out.push_str(&after[..separator]);
            rest = &after[separator..];
        }
        out.push_str(if rest == word { other } else { rest });
    }
    out
}

/// Writes the instants of a text in UTC, with milliseconds.
fn in_utc(fragment: &str) -> String {
    const PREFIX: &str = "datetimeoffset'";
    let mut parts = fragment.split(PREFIX);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (instant, rest) = part.split_once('\'').unwrap_or((part, ""));
        let written = instant.parse::<Timestamp>().map(Timestamp::to_millis_string);
        out.push_str(&format!("{PREFIX}{}'{rest}", written.unwrap_or_else(|_| instant.to_owned())));
    }
    out
}

/// The time as we write it: a fraction only where there is one.
fn short(time: &str) -> String {
    time.strip_suffix(".000").unwrap_or(time).to_owned()
}

/// The forms of a time that an older client makes of it: twelve hours, no fraction.
fn twelve_hours(time: &str) -> Vec<String> {
    let Some((hour, rest)) = time.split_once(':') else { return Vec::new() };
    let Ok(hour) = hour.parse::<u8>() else { return Vec::new() };
    let seconds = rest.split('.').next().unwrap_or(rest);
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    [twelve, hour]
        .iter()
        .flat_map(|hour| [format!("{hour:02}:{seconds}"), format!("{hour:02}:{rest}")])
        .filter(|other| *other != short(time))
        .collect()
}

fn with_id_at_the_end(fragments: &[String]) -> Vec<String> {
    let mut fragments = fragments.to_vec();
    match fragments.iter_mut().find(|fragment| fragment.starts_with("$orderby=")) {
        Some(order) => {
            let has_id = order["$orderby=".len()..].split(',').any(|key| key == "id" || key == "id desc");
            if !has_id {
                order.push_str(",id");
            }
        }
        None => {
            let at = usize::from(fragments.first().is_some_and(|first| first.starts_with("$filter=")));
            fragments.insert(at, "$orderby=id".to_owned());
        }
    }
    fragments
}

/// Selected columns with the id in front.
fn id_first(fragment: &str) -> String {
    let Some(columns) = fragment.strip_prefix("$select=") else { return fragment.to_owned() };
    let others = columns.split(',').filter(|column| *column != "id");
    format!("$select={}", std::iter::once("id").chain(others).collect::<Vec<_>>().join(","))
}

#[test]
fn differences_change_what_they_name_and_nothing_else() {
    assert_eq!(
        with_word("((id mod 2L) eq id2) and x eq 'id'", "id", "number"),
        "((number mod 2L) eq id2) and x eq 'id'"
    );
    assert_eq!(with_word("(b eq 2A)", "2A", "42"), "(b eq 42)");
    assert_eq!(
        in_utc("x eq datetimeoffset'1994-10-13T17:00:00.0000000+07:00')"),
        "x eq datetimeoffset'1994-10-13T10:00:00.000Z')"
    );
    assert_eq!(twelve_hours("18:33:45.876"), ["06:33:45", "06:33:45.876", "18:33:45"]);
    assert_eq!(with_id_at_the_end(&["$filter=a".into(), "$top=1".into()]), ["$filter=a", "$orderby=id", "$top=1"]);
    assert_eq!(with_id_at_the_end(&["$orderby=a desc".into()]), ["$orderby=a desc,id"]);
    assert_eq!(id_first("$select=a,id,b"), "$select=id,a,b");
    assert_eq!(fragments("a=1&b='x&y'&c"), ["a=1", "b='x&y'", "c"]);
}
