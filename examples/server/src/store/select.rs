//! Assembles the SQL of a page, for either engine of its own pieces.

use synctable::testing::Value;
use synctable::testing::typed::{Comparison, Node, Typed};

use super::table::quoted;
use super::{Cell, ListQuery, StoredTable};

/// What an engine says in its own way, with the parameters of the statement so far.
pub(super) trait Sql: Default {
    const TRUE: &'static str;
    const FALSE: &'static str;
    /// The condition of rows that are no tombstones.
    const LIVE: &'static str;

    /// The columns of a row as the engine reads them.
    fn columns(table: &StoredTable) -> String;

    /// Binds a value and returns what stands for it in the statement.
    fn bind(&mut self, cell: Cell) -> String;

    /// Compiles a value; a condition gives a truth.
    fn scalar(&mut self, typed: &Typed) -> String;

    fn compare(&mut self, comparison: Comparison, left: &Typed, right: &Typed) -> String;

    fn membership(&mut self, left: &Typed, list: &[Value]) -> String;

    /// Compiles a key of an order: null comes first, and last when the largest comes first.
    fn order_key(&mut self, typed: &Typed, descending: bool) -> String;

    /// The values that are bound, in order.
    fn cells(&mut self) -> &mut Vec<Cell>;
}

/// Compiles a condition for a place where null counts as false; comparisons stay bare, so that an index serves them.
pub(super) fn condition<S: Sql>(typed: &Typed, sql: &mut S) -> String {
    match &typed.node {
        Node::And(left, right) => format!("({} AND {})", condition(left, sql), condition(right, sql)),
        Node::Or(left, right) => format!("({} OR {})", condition(left, sql), condition(right, sql)),
        Node::Not(inner) => format!("(NOT {})", exact(inner, sql)),
        Node::Compare(comparison, left, right) => sql.compare(*comparison, left, right),
        Node::In(left, list) => sql.membership(left, list),
        Node::Literal(value) => if matches!(value, Value::Bool(true)) { S::TRUE } else { S::FALSE }.to_owned(),
        Node::Column(..) | Node::Compute(..) => sql.scalar(typed),
    }
}

/// Compiles a condition to true or false, never null.
pub(super) fn exact<S: Sql>(typed: &Typed, sql: &mut S) -> String {
    match &typed.node {
        Node::And(left, right) => format!("({} AND {})", exact(left, sql), exact(right, sql)),
        Node::Or(left, right) => format!("({} OR {})", exact(left, sql), exact(right, sql)),
        Node::Not(inner) => format!("(NOT {})", exact(inner, sql)),
        Node::Literal(_) => condition(typed, sql),
        Node::Compare(..) | Node::In(..) | Node::Column(..) | Node::Compute(..) => {
            format!("COALESCE({}, {})", condition(typed, sql), S::FALSE)
        }
    }
}

pub(super) fn is_null(typed: &Typed) -> bool {
    matches!(&typed.node, Node::Literal(Value::Null))
}

/// Tells whether a value is computed, which takes time and may meet a limit of the database.
fn computes(typed: &Typed) -> bool {
    match &typed.node {
        Node::Compute(..) => true,
        Node::And(left, right) | Node::Or(left, right) | Node::Compare(_, left, right) => {
            computes(left) || computes(right)
        }
        Node::Not(inner) | Node::In(inner, _) => computes(inner),
        Node::Literal(_) | Node::Column(..) => false,
    }
}

/// Parts a condition into those that have to hold together.
fn conjuncts<'t>(typed: &'t Typed, parts: &mut Vec<&'t Typed>) {
    match &typed.node {
        Node::And(left, right) => {
            conjuncts(left, parts);
            conjuncts(right, parts);
        }
        _ => parts.push(typed),
    }
}

/// Compiles what a request selects among the rows that it may see.
///
/// An engine is free to look at the parts of `AND` in any order. What is computed of a hidden row could fail, and the failure would tell of the
/// row; hence it stands behind a `CASE`. Bare comparisons cannot fail, and are left to the indexes.
fn selected<S: Sql>(filter: &Typed, visible: &Typed, sql: &mut S) -> String {
    let mut parts = Vec::new();
    conjuncts(filter, &mut parts);
    let (computed, bare): (Vec<&Typed>, Vec<&Typed>) = parts.into_iter().partition(|part| computes(part));
    let mut all = vec![condition(visible, sql)];
    all.extend(bare.into_iter().map(|part| condition(part, sql)));
    if !computed.is_empty() {
        let seen = condition(visible, sql);
        let computed: Vec<String> = computed.into_iter().map(|part| condition(part, sql)).collect();
        all.push(format!("CASE WHEN {seen} THEN {} ELSE {} END", computed.join(" AND "), S::FALSE));
    }
    all.join(" AND ")
}

/// The SQL of a page.
#[derive(Debug)]
pub(super) struct Select {
    pub(super) count: String,
    pub(super) page: String,
    parameters: Vec<Cell>,
    /// How many of the parameters the count has.
    count_parameters: usize,
}

impl Select {
    pub(super) fn new<S: Sql>(table: &StoredTable, query: &ListQuery) -> Self {
        let mut sql = S::default();
        let mut conditions = Vec::new();
        match (&query.visible, &query.filter) {
            (Some(visible), Some(filter)) => conditions.push(selected(filter, visible, &mut sql)),
            (Some(only), None) | (None, Some(only)) => conditions.push(condition(only, &mut sql)),
            (None, None) => {}
        }
        if table.is_soft_delete() && !query.include_deleted {
            conditions.push(S::LIVE.to_owned());
        }
        let mut from = format!("FROM {}", quoted(table.name()));
        if !conditions.is_empty() {
            from.push_str(&format!(" WHERE {}", conditions.join(" AND ")));
        }
        let count = format!("SELECT count(*) {from}");
        let count_parameters = sql.cells().len();
        let mut keys: Vec<String> = query.order.iter().map(|key| sql.order_key(&key.typed, key.descending)).collect();
        if !query.orders_by_id() {
            keys.push("\"id\"".to_owned());
        }
        let number = |rows: u64| Cell::Int(i64::try_from(rows).unwrap_or(i64::MAX));
        // One row more than the page tells whether more follow.
        let limit = sql.bind(number(query.limit.saturating_add(1)));
        let skip = sql.bind(number(query.skip));
        let (columns, keys) = (S::columns(table), keys.join(", "));
        let page = format!("SELECT {columns} {from} ORDER BY {keys} LIMIT {limit} OFFSET {skip}");
        Self { count, page, parameters: std::mem::take(sql.cells()), count_parameters }
    }

    /// The parameters of the count: the page has these first.
    pub(super) fn of_count(&self) -> &[Cell] {
        &self.parameters[..self.count_parameters]
    }

    pub(super) fn of_page(&self) -> &[Cell] {
        &self.parameters
    }
}
