//! Which column of a file a column of the app goes on from, and whether its values can follow.

use super::RefusedChange;
use crate::store::ddl;
use crate::store::definition::{ColumnDefinition, Standing, TableDefinition};
use crate::table::{ColumnDef, TableSchema};
use crate::value::ColumnType;

/// Where the values of a column come from.
#[derive(Debug)]
pub(super) enum Follow<'a> {
    /// From nowhere: the column is new.
    Added,
    /// From a column of the file.
    Source {
        source: &'a ColumnDefinition,
        /// Whether the declaration in the file has to change.
        redeclared: bool,
    },
}

impl<'a> Follow<'a> {
    pub(super) const fn source(&self) -> Option<&'a ColumnDefinition> {
        match self {
            Self::Added => None,
            Self::Source { source, .. } => Some(source),
        }
    }

    pub(super) const fn is_redeclared(&self) -> bool {
        matches!(self, Self::Source { redeclared: true, .. })
    }
}

/// Type changes beside those of numbers that lose no value and change none of its forms, in the file
/// and on the wire.
const WIDER: [(ColumnType, ColumnType); 6] = [
    (ColumnType::Char, ColumnType::Text),
    (ColumnType::Uuid, ColumnType::Id),
    (ColumnType::Uuid, ColumnType::Text),
    (ColumnType::Id, ColumnType::Text),
    (ColumnType::Version, ColumnType::Text),
    (ColumnType::Date, ColumnType::Text),
];

/// Whether every value of a type is one of another too.
fn is_wider(before: ColumnType, now: ColumnType) -> bool {
    match (before.integer_limits(), now.integer_limits()) {
        (Some((least, greatest)), Some((new_least, new_greatest))) => least >= new_least && greatest <= new_greatest,
        // An `f64` has every integer of 53 bits.
        (Some(_), None) => now == ColumnType::F64 && before != ColumnType::I64,
        (None, _) => before == ColumnType::F32 && now == ColumnType::F64 || WIDER.contains(&(before, now)),
    }
}

/// What to do where values cannot follow.
const ELSE: &str =
    "keep what the file has and give the new column another name, or push what is pending and open a new file";

/// Finds the column of the file that a column goes on from.
pub(super) fn column<'a>(
    before: &'a TableDefinition,
    schema: &TableSchema,
    column: &ColumnDef,
) -> Result<Follow<'a>, Box<RefusedChange>> {
    let refused = |file: Option<&ColumnDefinition>, reason: String| {
        Box::new(RefusedChange {
            column: Some(column.wire_name().to_owned()),
            file: file.map(ColumnDefinition::describe),
            app: Some(ColumnDefinition::of(column).describe()),
            reason,
        })
    };
    let Some(source) = source(before, schema, column).map_err(|(file, reason)| refused(file, reason))? else {
        if column.is_nullable() || column.has_default() {
            return Ok(Follow::Added);
        }
        let reason =
            "the column is new, and rows from before have no value for it: make it an Option or give it a `default`";
        return Err(refused(None, reason.to_owned()));
    };
    check(source, column).map_err(|reason| refused(Some(source), reason))?;
    let redeclared = source.optional != column.is_nullable() || source.sql_type != ddl::sql_type(column.column_type());
    Ok(Follow::Source { source, redeclared })
}

/// A column's own name wins; an earlier name counts only where the app has no column of that name.
fn source<'a>(
    before: &'a TableDefinition,
    schema: &TableSchema,
    column: &ColumnDef,
) -> Result<Option<&'a ColumnDefinition>, (Option<&'a ColumnDefinition>, String)> {
    let name = column.sql_name();
    let named = |name: &str| before.columns.iter().find(|column| column.name == name);
    let own = named(name);
    if let Some(own) = own.filter(|own| own.standing == Standing::Read) {
        return Ok(Some(own));
    }
    let is_todays = |name: &str| schema.columns().iter().any(|column| column.sql_name() == name);
    let earlier: Vec<&ColumnDefinition> =
        column.earlier_names().iter().filter(|name| !is_todays(name)).filter_map(|name| named(name)).collect();
    let read: Vec<&ColumnDefinition> =
        earlier.iter().copied().filter(|column| column.standing == Standing::Read).collect();
    let other_case = before.columns.iter().find(|other| other.name != name && other.name.eq_ignore_ascii_case(name));
    // The values in use come before those that were kept.
    let candidates = if read.is_empty() && own.is_none() { &earlier } else { &read };
    match (candidates.as_slice(), own, other_case) {
        ([], None, Some(other)) => {
            let reason =
                format!("its name there is `{0}`: keep the case of the letters, or write `was = \"{0}\"`", other.name);
            Err((Some(other), reason))
        }
        ([], own, _) => Ok(own),
        ([source], None, other) if other.is_none_or(|other| std::ptr::eq(other, *source)) => Ok(Some(source)),
        ([source], ..) => {
            let reason = format!(
                "it was `{}`, but the file also keeps the values of a removed column `{name}`, and two cannot become \
                 one: choose another name, or leave `was` out and read the values that were kept",
                source.name
            );
            Err((Some(source), reason))
        }
        ([first, ..], ..) => {
            let names: Vec<_> = candidates.iter().map(|column| format!("`{}`", column.name)).collect();
            let reason =
                format!("the file has {}, all earlier names of it: leave one of them in `was`", names.join(" and "));
            Err((Some(first), reason))
        }
    }
}

/// Says why the values of a column of the file cannot become those of the app's.
fn check(source: &ColumnDefinition, column: &ColumnDef) -> Result<(), String> {
    let now = ColumnDefinition::of(column);
    if source.is_id != now.is_id {
        return Err("the id of a row stays its id".to_owned());
    }
    let follows = match source.column_type {
        // Only the SQL type is known.
        None => source.sql_type == now.sql_type,
        Some(before) => before == column.column_type() || is_wider(before, column.column_type()),
    };
    if !follows {
        return Err(format!("a value of the one may be none of the other: {ELSE}"));
    }
    if source.column_type.is_some() {
        let same_type = source.column_type == now.column_type;
        if now.checked && !(source.checked && same_type) {
            return Err(format!("the new Rust type refuses values that the file may have: {ELSE}"));
        }
        if source.local && !now.local {
            let reason = "what this device alone has would give way to what the server has: give the synced column \
                          another name";
            return Err(reason.to_owned());
        }
    }
    match (source.standing, source.optional, now.optional) {
        (Standing::Read, true, false) => Err(format!("null would be no value any more: {ELSE}")),
        (Standing::Kept | Standing::Foreign, _, false) if !column.has_default() => {
            let reason = "the column was removed, and rows from meanwhile have no value for it: make it an Option or \
                          give it a `default`";
            Err(reason.to_owned())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_follows_to_those_that_have_all_of_its_values() {
        use ColumnType::{Bool, Char, Decimal, F32, F64, I8, I16, I32, I64, Text, U8, U16, U32};
        let types = [Bool, I8, I16, I32, I64, U8, U16, U32, F32, F64, Decimal, Text, Char];
        for (before, wider) in [
            (Bool, &[][..]),
            (I8, &[I16, I32, I64, F64][..]),
            (I16, &[I32, I64, F64]),
            (I32, &[I64, F64]),
            (I64, &[]),
            (U8, &[I16, I32, I64, U16, U32, F64]),
            (U16, &[I32, I64, U32, F64]),
            (U32, &[I64, F64]),
            (F32, &[F64]),
            (F64, &[]),
            (Decimal, &[]),
            (Text, &[]),
            (Char, &[Text]),
        ] {
            for now in types.into_iter().filter(|now| *now != before) {
                assert_eq!(is_wider(before, now), wider.contains(&now), "{before:?} to {now:?}");
            }
        }
    }
}
