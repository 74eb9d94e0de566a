//! The rules that span fields, one function a rule.

use std::collections::HashMap;

use syn::ext::IdentExt as _;

use super::names::{folded, refusal};
use super::rule::{Rule, RuleModel};
use super::{
    ColumnModel, ConstantModel, FieldModel, Name, Role, SystemColumn, TableKind, TableModel, ValueModel, ValueShape,
};
use crate::diagnostics::{Diagnostics, Mistake};

/// Holds a table against every rule.
pub(crate) fn table(table: &TableModel, diagnostics: &mut Diagnostics) {
    table_name(table, diagnostics.under("table-name"));
    route(table, diagnostics.under("route"));
    one_id(table, diagnostics.under("one-id"));
    column_names(table, diagnostics.under("column-names"));
    reserved_names(table, diagnostics.under("reserved-names"));
    distinct_names(table, diagnostics.under("distinct-names"));
    earlier_names(table, diagnostics.under("earlier-names"));
    distinct_system_columns(table, diagnostics.under("distinct-system-columns"));
    local_tables_have_no_server(table, diagnostics.under("local-tables-have-no-server"));
    rules_leave_values(table, diagnostics.under("rules-leave-values"));
    constants_are_for_other_columns(table, diagnostics.under("constants-are-for-other-columns"));
}

/// Holds a column type against every rule.
pub(crate) fn value(value: &ValueModel, diagnostics: &mut Diagnostics) {
    distinct_texts(value, diagnostics.under("distinct-texts"));
}

fn table_name(table: &TableModel, diagnostics: &mut Diagnostics) {
    if let Some(why) = refusal(&table.name.text) {
        let place = table.name.place;
        let hint = place.hint("write `#[sync(table = \"..\")]`", "name the table by `x-sync.table`");
        diagnostics.advise(place, format!("not a table name: {why}"), hint);
    }
}

fn route(table: &TableModel, diagnostics: &mut Diagnostics) {
    let Some(Name { text, place }) = &table.route else { return };
    let segment = |segment: &str| {
        !segment.is_empty()
            && segment != "."
            && segment != ".."
            && segment.chars().all(|c| c.is_alphanumeric() || "_-.~".contains(c))
    };
    if !text.split('/').all(segment) {
        let help = "write a path below the endpoint, such as `api/todo`";
        diagnostics.advise(*place, format!("`{}` is no route", text.escape_debug()), help);
    }
}

fn one_id(table: &TableModel, diagnostics: &mut Diagnostics) {
    let mut ids = table.fields.iter().filter(|field| matches!(field.role, Role::Id));
    let Some(first) = ids.next() else {
        // A document has a place of its own for its name; a struct has its identifier.
        let place = table.place();
        let hint =
            place.hint("add a field `id: Id`, or write `#[sync(id)]` on one", "add a property `id` of type string");
        diagnostics.advise(place, format!("`{}` has no id", table.rust), hint);
        return;
    };
    for second in ids {
        diagnostics.push(
            Mistake::new(second.named_at(), format!("`{}` has a second id", table.rust))
                .help("make it a column that `references` the table whose ids it holds")
                .related(first.named_at(), "the first id is here"),
        );
    }
}

fn column_names(table: &TableModel, diagnostics: &mut Diagnostics) {
    for (_, name) in named_columns(table) {
        if let Some(why) = refusal(&name.text) {
            let hint = name.place.hint("write `#[sync(rename = \"..\")]`", "rename the property");
            diagnostics.advise(name.place, format!("not a column name: {why}"), hint);
        }
    }
}

fn reserved_names(table: &TableModel, diagnostics: &mut Diagnostics) {
    // A local table is never on the wire, so nothing there has a meaning of its own.
    if table.kind == TableKind::Local {
        return;
    }
    for (_, name) in named_columns(table) {
        let system = SystemColumn::ALL.into_iter().find(|system| folded(system.wire_name()) == folded(&name.text));
        if let Some(system) = system {
            let (wire, rust, ty) = (system.wire_name(), system.rust_name(), system.type_name());
            let attribute = format!("write `#[sync(system)] {rust}: {ty}`, or rename the column");
            let keyword = format!("write `{wire}` for the system column, or rename the property");
            let hint = name.place.hint(&attribute, &keyword);
            diagnostics.advise(name.place, format!("the column name `{wire}` belongs to the server"), hint);
        }
    }
}

fn distinct_names(table: &TableModel, diagnostics: &mut Diagnostics) {
    let mut seen = HashMap::new();
    for field in &table.fields {
        let (text, place) = match &field.role {
            Role::Id => ("id", field.named_at()),
            Role::Column(column) => (column.wire.text.as_str(), column.wire.place),
            Role::System(_) | Role::Skipped => continue,
        };
        // `one_id` has reported a second id.
        if let Some((first_text, first_place, first_is_id)) =
            seen.insert(folded(text), (text, place, matches!(field.role, Role::Id)))
            && !(first_is_id && matches!(field.role, Role::Id))
        {
            diagnostics.push(
                Mistake::new(place, format!("two columns have the name `{text}`"))
                    .help("rename one of them; names that differ only in case are one")
                    .related(first_place, format!("the first column `{first_text}` is here")),
            );
        }
    }
}

/// An earlier name is a possible one, is no name of today, and leads to one column.
fn earlier_names(table: &TableModel, diagnostics: &mut Diagnostics) {
    let mut seen: HashMap<String, &Name> = HashMap::new();
    let columns = || table.fields.iter().map(|field| (field, &field.role));
    for (field, role) in columns() {
        let Role::Column(column) = role else { continue };
        for was in &column.was {
            let name = &was.text;
            if let Some(why) = refusal(name) {
                diagnostics.advise(was.place, format!("no column was ever named so: {why}"), "take it away");
                continue;
            }
            if *name == column.wire.text {
                let help = "write the name that it had before, or leave `was` out";
                diagnostics.advise(was.place, format!("the column is named `{name}` today"), help);
                continue;
            }
            let holder = columns().find_map(|(other, role)| match role {
                _ if std::ptr::eq(other, field) => None,
                Role::Id => (folded(name) == "id").then(|| other.named_at()),
                Role::Column(other) => (folded(name) == folded(&other.wire.text)).then_some(other.wire.place),
                Role::System(_) | Role::Skipped => None,
            });
            if let Some(place) = holder {
                diagnostics.push(
                    Mistake::new(
                        was.place,
                        format!("another column is named `{name}` today, so its values stay there"),
                    )
                    .help("rename that column, or leave `was` out")
                    .related(place, format!("the column `{name}` is here")),
                );
                continue;
            }
            if let Some(first) = seen.insert(folded(name), was) {
                diagnostics.push(
                    Mistake::new(was.place, format!("the column `{name}` became two"))
                        .help("leave `was` out at one of them: its values can go to one")
                        .related(first.place, "it is named here first"),
                );
            }
        }
    }
}

fn distinct_system_columns(table: &TableModel, diagnostics: &mut Diagnostics) {
    let mut seen: Vec<(SystemColumn, &FieldModel)> = Vec::new();
    for field in &table.fields {
        let Role::System(system) = field.role else { continue };
        if let Some((_, first)) = seen.iter().find(|(other, _)| *other == system) {
            diagnostics.push(
                Mistake::new(field.named_at(), format!("a second field holds `{}`", system.wire_name()))
                    .help("take one of them away")
                    .related(first.named_at(), "the first field is here"),
            );
        }
        seen.push((system, field));
    }
}

fn local_tables_have_no_server(table: &TableModel, diagnostics: &mut Diagnostics) {
    if table.kind == TableKind::Synced {
        return;
    }
    if let Some(route) = &table.route {
        diagnostics.advise(route.place, "a local table has no route", "take it away: the table is never sent");
    }
    if let Some(hard_delete) = table.hard_delete {
        diagnostics.advise(hard_delete, "a local table has no server that deletes its rows", "take it away");
    }
    if let Some(keep_deleted) = table.keep_deleted {
        diagnostics.advise(
            keep_deleted,
            "a local table keeps no deleted rows",
            "take it away: its deletes wait for no server",
        );
    }
    if let Some(narrow) = table.narrow {
        diagnostics.advise(narrow, "a local table is never narrow", "take it away: no server has more of its columns");
    }
    if let Some(constant) = table.on_insert.first() {
        diagnostics.advise(
            constant.name.place,
            "a local table has no constants",
            "take them away: its inserts are never sent",
        );
    }
    for field in table.fields.iter().filter(|field| matches!(field.role, Role::System(_))) {
        diagnostics.advise(
            field.named_at(),
            "a local table has no system columns",
            "take it away: no server writes it",
        );
    }
    for field in &table.fields {
        if let Role::Column(ColumnModel { merge: Some(merge), .. }) = &field.role {
            diagnostics.advise(
                merge.place,
                "a local table has nothing to merge",
                "take it away: the table is never sent",
            );
        }
    }
}

fn rules_leave_values(table: &TableModel, diagnostics: &mut Diagnostics) {
    for column in table.columns().filter_map(|field| match &field.role {
        Role::Column(column) => Some(column),
        Role::Id | Role::System(_) | Role::Skipped => None,
    }) {
        for RuleModel { rule, place } in &column.rules {
            if let Rule::MultipleOf(step) = rule
                && !step.is_positive()
            {
                let message = format!("`{}` is {}", rule.name_at(*place), step.as_str());
                diagnostics.advise(*place, message, "write a number greater than zero");
            }
            for other in &column.rules {
                if let Some(why) = rule.contradicts(&other.rule, *place) {
                    let here = format!("`{}` is here", other.rule.name_at(other.place));
                    diagnostics.push(Mistake::new(*place, why).help("change one of them").related(other.place, here));
                }
                let pair = (rule, &other.rule);
                if matches!(pair, (Rule::Min(_), Rule::ExclusiveMin(_)) | (Rule::Max(_), Rule::ExclusiveMax(_))) {
                    let (one, two) = (rule.name_at(*place), other.rule.name_at(other.place));
                    diagnostics.advise(
                        other.place,
                        format!("`{two}` stands beside `{one}`"),
                        "keep the stricter of them",
                    );
                }
            }
        }
    }
}

fn constants_are_for_other_columns(table: &TableModel, diagnostics: &mut Diagnostics) {
    let mut seen: HashMap<String, &Name> = HashMap::new();
    for ConstantModel { name, .. } in &table.on_insert {
        if let Some(why) = refusal(&name.text) {
            diagnostics.advise(name.place, format!("not a column name: {why}"), "write the column's name on the wire");
            continue;
        }
        let folded_name = folded(&name.text);
        if let Some(system) = SystemColumn::ALL.into_iter().find(|system| folded(system.wire_name()) == folded_name) {
            let message = format!("`{}` is written by the server", system.wire_name());
            diagnostics.advise(name.place, message, "take it away: no insert sends it");
            continue;
        }
        if let Some(field) = table.fields.iter().find(|field| match &field.role {
            Role::Id => folded_name == "id",
            Role::Column(column) => folded(&column.wire.text) == folded_name,
            Role::System(_) | Role::Skipped => false,
        }) {
            let message = format!("`{}` is a column of `{}`", name.text, table.rust.unraw());
            let help = "take it away: inserts send the row's own value";
            diagnostics
                .push(Mistake::new(name.place, message).help(help).related(field.named_at(), "the column is here"));
            continue;
        }
        if let Some(first) = seen.insert(folded_name, name) {
            diagnostics.push(
                Mistake::new(name.place, format!("a second constant for the column `{}`", name.text))
                    .help("take one of them away")
                    .related(first.place, "the first constant is here"),
            );
        }
    }
}

fn distinct_texts(value: &ValueModel, diagnostics: &mut Diagnostics) {
    let ValueShape::Texts { variants, .. } = &value.shape else { return };
    let mut seen: HashMap<&str, &Name> = HashMap::new();
    for variant in variants {
        if let Some(first) = seen.insert(&variant.wire.text, &variant.wire) {
            diagnostics.push(
                Mistake::new(variant.wire.place, format!("two variants have the text `{}`", variant.wire.text))
                    .help("give each variant a text of its own")
                    .related(first.place, "the first variant is here"),
            );
        }
    }
}

fn named_columns(table: &TableModel) -> impl Iterator<Item = (&FieldModel, &Name)> {
    table.fields.iter().filter_map(|field| match &field.role {
        Role::Column(column) => Some((field, &column.wire)),
        Role::Id | Role::System(_) | Role::Skipped => None,
    })
}
