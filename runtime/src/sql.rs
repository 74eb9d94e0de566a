//! Reads by SQL: a statement with its values, and what its rows are read as.

mod name;
mod output;
mod row;
mod typed;

pub use name::SqlName;
pub(crate) use output::{Collect, CollectWith};
pub use output::{SqlOutput, SqlStop};
pub use row::{SqlColumns, SqlPlace, SqlRow};
pub use typed::{FromSqlRow, StructReader};

use std::borrow::Cow;

use crate::error::{Error, ErrorKind};
use crate::value::{ColumnValue, Id, Value, ValueError};

/// One `SELECT` in SQLite's SQL, with the values of its parameters: plain data that can be cloned,
/// kept and run again.
///
/// Parameters are written `?` or `?1`, `?2` and so on, and get their values in the order of the
/// calls of [`bind`](Self::bind). Names of tables and columns are written by their generated
/// constants, so that a rename in the struct is a rename in the text; see
/// [the guide](crate::guide::sql).
///
/// ```
/// # use synctable::{Id, SyncTable, Timestamp};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String, pub due: Option<Timestamp> }
/// use synctable::SqlQuery;
///
/// let c = TodoItem::COLUMNS;
/// let text = format!("SELECT {}, {} FROM {} WHERE {} < ?1", c.title, c.due, TodoItem::SCHEMA, c.due);
/// let overdue = SqlQuery::new(text).bind(Timestamp::from_millis(1_700_000_000_000));
/// assert!(overdue.text().contains(r#"WHERE "todoitem"."due" < ?1"#));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SqlQuery {
    text: Cow<'static, str>,
    values: Vec<Value>,
    refused: Option<ValueError>,
}

impl SqlQuery {
    /// Makes a query of a text; it is looked at when it is run.
    #[must_use]
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), values: Vec::new(), refused: None }
    }

    /// Gives the next parameter its value, in the form in which columns of its type are stored.
    ///
    /// A value that has no stored form, such as NaN, makes every use of the query an error.
    #[must_use]
    pub fn bind(mut self, value: impl SqlParameter) -> Self {
        match value.into_value() {
            Ok(value) => self.values.push(value),
            Err(error) => {
                self.refused.get_or_insert(error);
                self.values.push(Value::Null);
            }
        }
        self
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The values of the parameters, in order.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Refuses what is no single read as far as the text tells; a store asks its SQL engine too.
    ///
    /// # Errors
    /// `Invalid`: the text has a NUL or begins with another word than `SELECT`, `VALUES` or `WITH`,
    /// or a bound value has no stored form.
    pub fn check(&self) -> Result<(), Error> {
        let invalid = |message: String| Err(Error::new(ErrorKind::Invalid, message));
        if let Some(error) = &self.refused {
            return invalid(format!("a value bound to the SQL cannot be stored: {error}"));
        }
        if self.text.contains('\0') {
            return invalid("the SQL text has a NUL character, at which SQLite would stop reading".to_owned());
        }
        match first_word(&self.text) {
            word if ["SELECT", "VALUES", "WITH"].iter().any(|known| word.eq_ignore_ascii_case(known)) => Ok(()),
            "" => invalid("the SQL text is not a query: begin it with SELECT, VALUES or WITH".to_owned()),
            word => invalid(format!(
                "the SQL text begins with `{word}`: only reads run here, which begin with SELECT, VALUES or WITH"
            )),
        }
    }
}

/// The first word of a text, behind spaces and comments; empty if something else stands there.
fn first_word(text: &str) -> &str {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
        let comment = |open, close| rest.strip_prefix(open).map(|rest: &str| rest.split_once(close));
        match comment("--", "\n").or_else(|| comment("/*", "*/")) {
            Some(Some((_, after))) => rest = after,
            Some(None) => return "",
            None => break,
        }
    }
    let end = rest.find(|next: char| !next.is_ascii_alphanumeric() && next != '_').unwrap_or(rest.len());
    // A character past ASCII is part of a word to SQLite.
    if rest[end..].starts_with(|next: char| !next.is_ascii()) { "" } else { &rest[..end] }
}

/// A value that can be bound to a parameter: every column type and `Option` of it, and borrowed
/// text, ids and bytes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be bound to a parameter of SQL",
    label = "expected a value of a column type",
    note = "column types, Option of each, `&str`, `&String`, `&Id` and `&[u8]` can be bound"
)]
pub trait SqlParameter {
    /// The stored form.
    ///
    /// # Errors
    /// The value has none.
    fn into_value(self) -> Result<Value, ValueError>;
}

impl<V: ColumnValue> SqlParameter for V {
    fn into_value(self) -> Result<Value, ValueError> {
        Value::of(&self)
    }
}

/// Lets a borrowed value, or an option of one, be bound.
macro_rules! borrowed_parameter {
    ($($borrowed:ty: |$value:ident| $stored:expr),+ $(,)?) => {
        $(
            #[diagnostic::do_not_recommend]
            impl SqlParameter for $borrowed {
                fn into_value(self) -> Result<Value, ValueError> {
                    let $value = self;
                    Ok($stored)
                }
            }
            #[diagnostic::do_not_recommend]
            impl SqlParameter for Option<$borrowed> {
                fn into_value(self) -> Result<Value, ValueError> {
                    self.map_or(Ok(Value::Null), SqlParameter::into_value)
                }
            }
        )+
    };
}

borrowed_parameter!(
    &str: |text| Value::Text(text.to_owned()),
    &String: |text| Value::Text(text.clone()),
    &Id: |id| Value::Text(id.as_str().to_owned()),
    &[u8]: |bytes| Value::Blob(bytes.to_owned()),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_is_found_behind_spaces_and_comments() {
        for text in ["select 1", "\n\t SELECT 1", "-- why\nSELECT 1", "/* a -- b */ -- c\n\r\nselect(1)"] {
            assert!(first_word(text).eq_ignore_ascii_case("select"), "{text}");
        }
        for text in [
            "",
            "  ",
            "-- select 1",
            "/* select",
            "; select 1",
            "(select 1)",
            "séléct 1",
            "selectß 1",
            "\u{feff}select 1",
        ] {
            assert!(!first_word(text).eq_ignore_ascii_case("select"), "{text}");
            assert_eq!(SqlQuery::new(text).check().unwrap_err().kind(), ErrorKind::Invalid, "{text}");
        }
    }

    #[test]
    fn what_is_no_read_is_refused_by_its_first_word() {
        for text in ["INSERT INTO a VALUES (1)", "pragma user_version", "EXPLAIN SELECT 1", "attach 'a' AS a", "BEGIN"]
        {
            let error = SqlQuery::new(text).check().unwrap_err();
            assert!(error.message().contains(first_word(text)), "{error}");
        }
        for text in ["SELECT 1", "values (1)", "With a AS (SELECT 1) SELECT * FROM a"] {
            SqlQuery::new(text).check().unwrap();
        }
    }

    #[test]
    fn values_are_bound_in_their_stored_form() {
        let id = Id::parse("a").unwrap();
        let query = SqlQuery::new("SELECT ?, ?, ?, ?, ?, ?")
            .bind("it's")
            .bind(None::<&str>)
            .bind(true)
            .bind(&id)
            .bind(Some(1.5))
            .bind(&[0_u8][..]);
        let text = |text: &str| Value::Text(text.to_owned());
        let blob = Value::Blob(vec![0]);
        assert_eq!(query.values(), [text("it's"), Value::Null, Value::Integer(1), text("a"), Value::Real(1.5), blob]);
        query.check().unwrap();
        let error = query.bind(f64::NAN).bind(1).check().unwrap_err();
        assert!(error.kind() == ErrorKind::Invalid && error.message().contains("NaN"), "{error}");
        assert!(SqlQuery::new("SELECT 1\0").check().is_err());
    }
}
