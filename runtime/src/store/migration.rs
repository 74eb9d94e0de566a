//! What a table of a store has to go through to become another version of itself: decided from the
//! two definitions alone, and told as SQL.

mod follow;
mod step;

use super::ddl;
use super::definition::{ColumnDefinition, KeptColumn, Standing, TableDefinition};
use crate::error::Error;
use crate::query::sql::quoted;
use crate::table::{ColumnDef, TableSchema};
use follow::Follow;
pub use step::{Change, MigrationStep, RefusedChange};

/// How a table in a store file follows to another version of the app.
///
/// The store does just this when it is opened: all steps of all tables in one transaction, or none
/// if anything is refused.
#[derive(Debug, Clone, PartialEq)]
pub struct MigrationPlan {
    table: String,
    steps: Vec<MigrationStep>,
    refusals: Vec<RefusedChange>,
    refetch: bool,
    renamed: Vec<(String, String)>,
    removed: Vec<KeptColumn>,
    restored: Vec<String>,
    after: TableDefinition,
}

impl MigrationPlan {
    /// The table's name.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The steps in their order. None of them is done while anything is refused.
    #[must_use]
    pub fn steps(&self) -> &[MigrationStep] {
        &self.steps
    }

    /// What is refused; empty if the store follows.
    #[must_use]
    pub fn refusals(&self) -> &[RefusedChange] {
        &self.refusals
    }

    /// Whether the table is left as it is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.refusals.is_empty()
    }

    /// Whether the next pull reads all rows of the table again, because a column came (back) that the
    /// server has; [`TableOptions::without_refetch`](crate::TableOptions::without_refetch) switches it off.
    #[must_use]
    pub const fn refetches(&self) -> bool {
        self.refetch
    }

    /// Columns with another name than before: the names before and now.
    pub(crate) fn renamed(&self) -> &[(String, String)] {
        &self.renamed
    }

    /// Columns that are read no more and that the server has.
    pub(crate) fn removed(&self) -> &[KeptColumn] {
        &self.removed
    }

    /// Columns that are read again.
    pub(crate) fn restored(&self) -> &[String] {
        &self.restored
    }

    /// Whether columns change, and not indexes alone.
    pub(crate) fn changes_columns(&self) -> bool {
        let is_beside = |change: &Change| {
            matches!(
                change,
                Change::IndexAdded { .. } | Change::IndexRemoved { .. } | Change::DeletedKept | Change::DeletedDropped
            )
        };
        self.steps.iter().any(|step| !is_beside(&step.change))
    }

    /// The table as the file has it once the steps are done.
    pub(crate) const fn after(&self) -> &TableDefinition {
        &self.after
    }

    fn refuse(&mut self, column: Option<&str>, file: Option<String>, app: Option<String>, reason: impl Into<String>) {
        self.refusals.push(RefusedChange { column: column.map(str::to_owned), file, app, reason: reason.into() });
    }

    fn step(&mut self, change: Change, sql: impl IntoIterator<Item = String>) {
        self.steps.push(MigrationStep { change, sql: sql.into_iter().collect() });
    }
}

/// Plans how a table made by one version of an app becomes that of another. Touches nothing.
///
/// ```
/// use synctable::store::migration_plan;
/// use synctable::{ColumnDef, TableSchema};
///
/// const BEFORE: TableSchema =
///     TableSchema::new("todo", &[ColumnDef::id("id"), ColumnDef::new::<String>("title", "title")]);
/// const AFTER: TableSchema =
///     TableSchema::new("todo", &[ColumnDef::id("id"), ColumnDef::new::<String>("name", "name").was(&["title"])]);
///
/// let plan = migration_plan(&BEFORE, &AFTER)?;
/// assert!(plan.refusals().is_empty());
/// assert_eq!(plan.steps()[0].to_string(), "column `title` is renamed to `name`");
/// assert_eq!(plan.steps()[0].sql(), [r#"ALTER TABLE "todo" RENAME COLUMN "title" TO "name""#]);
/// # Ok::<(), synctable::Error>(())
/// ```
///
/// # Errors
/// `Schema`: a default has no stored form.
pub fn migration_plan(before: &TableSchema, after: &TableSchema) -> Result<MigrationPlan, Error> {
    plan(&TableDefinition::of(before), after)
}

/// The plan that makes a table.
pub(crate) fn creation(schema: &TableSchema) -> Result<MigrationPlan, Error> {
    let mut plan = empty(schema);
    plan.step(Change::TableAdded, [ddl::table(schema)?]);
    for (index, text) in ddl::indexes(schema) {
        plan.step(Change::IndexAdded { index }, [text]);
    }
    Ok(plan)
}

fn empty(schema: &TableSchema) -> MigrationPlan {
    MigrationPlan {
        table: schema.name().to_owned(),
        steps: Vec::new(),
        refusals: Vec::new(),
        refetch: false,
        renamed: Vec::new(),
        removed: Vec::new(),
        restored: Vec::new(),
        after: TableDefinition::of(schema),
    }
}

/// Plans how the table of a file becomes that of a schema.
pub(crate) fn plan(before: &TableDefinition, schema: &TableSchema) -> Result<MigrationPlan, Error> {
    let mut plan = empty(schema);
    if !same_table(before, schema, &mut plan) {
        return Ok(plan);
    }
    let mut found: Vec<(&ColumnDef, Follow<'_>)> = Vec::new();
    for column in schema.columns() {
        match follow::column(before, schema, column) {
            Ok(follow) => found.push((column, follow)),
            Err(refusal) => plan.refusals.push(*refusal),
        }
    }
    let is_followed = |column: &ColumnDefinition| {
        found.iter().any(|(_, follow)| follow.source().is_some_and(|source| std::ptr::eq(source, column)))
    };
    let left: Vec<&ColumnDefinition> = before.columns.iter().filter(|column| !is_followed(column)).collect();

    match (before.keep_deleted, schema.keeps_deleted()) {
        (false, true) => plan.step(Change::DeletedKept, [ddl::add_deleted(schema)]),
        (true, false) => plan.step(Change::DeletedDropped, ddl::drop_deleted(schema)),
        (true, true) | (false, false) => {}
    }
    for (column, follow) in &found {
        rename(&mut plan, schema, column, follow);
    }
    drop_indexes(&mut plan, before, schema);
    for (column, follow) in &found {
        declare(&mut plan, schema, column, follow)?;
    }
    for column in left.iter().filter(|column| column.standing == Standing::Read) {
        remove(&mut plan, before, column);
    }
    // A column that nobody writes any more must not ask for a value: null says that a row lacks it.
    let loosened = left.iter().any(|column| column.standing != Standing::Foreign && !column.optional);
    let rebuilt = loosened || found.iter().any(|(_, follow)| follow.is_redeclared());
    if rebuilt {
        rebuild(&mut plan, schema, &found, &left)?;
    }
    for (index, text) in ddl::indexes(schema) {
        if rebuilt || !keeps_index(before, &plan, &(index.clone(), text.clone())) {
            plan.step(Change::IndexAdded { index }, [text]);
        }
    }
    plan.refetch &= schema.is_synced();
    plan.after.columns.extend(
        left.into_iter().filter(|column| column.standing != Standing::Foreign).map(|column| ColumnDefinition {
            standing: Standing::Kept,
            optional: true,
            ..column.clone()
        }),
    );
    Ok(plan)
}

/// Whether the two are one table at all.
fn same_table(before: &TableDefinition, schema: &TableSchema, plan: &mut MigrationPlan) -> bool {
    let kind = |synced: bool| if synced { "a synced table" } else { "a local table" }.to_owned();
    if before.name != schema.name() {
        let (file, app) = (format!("a table `{}`", before.name), format!("a table `{}`", schema.name()));
        let reason = "a table keeps its name from version to version, the case of its letters too: write \
                      `table = \"..\"` with the name in the file";
        plan.refuse(None, Some(file), Some(app), reason);
        return false;
    }
    if before.synced != schema.is_synced() {
        let reason = if before.synced {
            "the table was synced before and is local now: give the local one another name"
        } else {
            "a local table cannot become a synced one, since its rows were never queued: give the synced one another name"
        };
        plan.refuse(None, Some(kind(before.synced)), Some(kind(schema.is_synced())), reason);
        return false;
    }
    true
}

fn rename(plan: &mut MigrationPlan, schema: &TableSchema, column: &ColumnDef, follow: &Follow<'_>) {
    let Some(from) = follow.source().map(|source| &source.name).filter(|from| *from != column.sql_name()) else {
        return;
    };
    let (from, to) = (from.clone(), column.sql_name().to_owned());
    let sql = format!("ALTER TABLE {} RENAME COLUMN {} TO {}", quoted(schema.name()), quoted(&from), quoted(&to));
    plan.renamed.push((from.clone(), to.clone()));
    plan.step(Change::ColumnRenamed { from, to }, [sql]);
}

fn declare(
    plan: &mut MigrationPlan,
    schema: &TableSchema,
    column: &ColumnDef,
    follow: &Follow<'_>,
) -> Result<(), Error> {
    let name = || column.sql_name().to_owned();
    match follow {
        Follow::Added => {
            plan.refetch |= !column.is_local_only();
            plan.step(Change::ColumnAdded { column: name() }, [ddl::add_column(schema, column)?]);
        }
        Follow::Source { source, .. } => {
            if source.standing != Standing::Read {
                plan.refetch |= !column.is_local_only();
                plan.restored.push(name());
                plan.step(Change::ColumnRestored { column: name() }, []);
            }
            let now = ColumnDefinition::of(column);
            let is_known = source.column_type.is_some();
            let (from, to) = (source.describe(), now.describe());
            let widened = source.optional != now.optional || is_known && source.column_type != now.column_type;
            if widened && source.standing == Standing::Read {
                plan.step(Change::ColumnWidened { column: name(), from, to }, []);
            }
        }
    }
    Ok(())
}

fn remove(plan: &mut MigrationPlan, before: &TableDefinition, column: &ColumnDefinition) {
    if let (Some(column_type), true, false) = (column.column_type, before.synced, column.local) {
        plan.removed.push(KeptColumn { name: column.name.clone(), column_type });
    }
    plan.step(Change::ColumnRemoved { column: column.name.clone() }, []);
}

fn drop_indexes(plan: &mut MigrationPlan, before: &TableDefinition, schema: &TableSchema) {
    let wanted = ddl::indexes(schema);
    for (index, text) in &before.indexes {
        if !wanted.contains(&(index.clone(), text.clone())) {
            plan.step(Change::IndexRemoved { index: index.clone() }, [format!("DROP INDEX {}", quoted(index))]);
        }
    }
}

/// Whether the file has an index already, on a column that is the same as before.
fn keeps_index(before: &TableDefinition, plan: &MigrationPlan, index: &(String, String)) -> bool {
    let is_dropped =
        plan.steps.iter().any(|step| matches!(&step.change, Change::IndexRemoved { index: name } if *name == index.0));
    before.indexes.contains(index) && !is_dropped
}

/// Copies the table into a new one with the declarations of the schema; `__op` and the numbers of the
/// rows stay.
fn rebuild(
    plan: &mut MigrationPlan,
    schema: &TableSchema,
    found: &[(&ColumnDef, Follow<'_>)],
    left: &[&ColumnDefinition],
) -> Result<(), Error> {
    let mut into = Vec::new();
    let mut from = Vec::new();
    for (column, follow) in found {
        let name = quoted(column.sql_name());
        from.push(match follow {
            Follow::Source { source, .. } if source.optional && !column.is_nullable() => {
                format!("coalesce({name}, {})", ddl::default_text(schema, column)?)
            }
            Follow::Source { source, .. } if source.sql_type != ddl::sql_type(column.column_type()) => {
                format!("CAST({name} AS {})", ddl::sql_type(column.column_type()))
            }
            _ => name.clone(),
        });
        into.push(name);
    }
    let mut others = Vec::new();
    for column in left {
        let name = quoted(&column.name);
        let mut declaration = format!("{name} {}", column.sql_type);
        if column.standing == Standing::Foreign {
            if !column.optional {
                declaration.push_str(" NOT NULL");
            }
            if let Some(default) = &column.default {
                declaration.push_str(&format!(" DEFAULT {default}"));
            }
        }
        others.push(declaration);
        into.push(name.clone());
        from.push(name);
    }
    if schema.is_synced() {
        let hidden = ddl::HIDDEN.map(|(name, _)| quoted(name));
        into.extend(hidden.clone());
        from.extend(hidden);
    }
    if schema.keeps_deleted() {
        let deleted = quoted(ddl::DELETED.0);
        into.push(deleted.clone());
        from.push(deleted);
    }
    // A column may have one of the names by which SQLite knows the number of a row, not all three.
    let is_column = |name: &str| into.iter().any(|column| column.eq_ignore_ascii_case(&quoted(name)));
    if let Some(number) = ["_rowid_", "rowid", "oid"].into_iter().find(|name| !is_column(name)) {
        into.push(number.to_owned());
        from.push(number.to_owned());
    }
    let rebuilt = format!("__rebuilt|{}", schema.name());
    let (table, temporary) = (quoted(schema.name()), quoted(&rebuilt));
    plan.step(
        Change::TableRebuilt,
        [
            ddl::table_named(&rebuilt, schema, &others)?,
            format!("INSERT INTO {temporary} ({}) SELECT {} FROM {table}", into.join(", "), from.join(", ")),
            format!("DROP TABLE {table}"),
            format!("ALTER TABLE {temporary} RENAME TO {table}"),
        ],
    );
    Ok(())
}
