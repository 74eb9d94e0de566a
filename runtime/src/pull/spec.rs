//! What to pull: the query, its name, and how.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use crate::error::Error;
use crate::event::PullQuery;
use crate::push::Push;
use crate::query::predicate::Tree;
use crate::query::{Condition, Selection, canonical_text, odata};
use crate::table::{SyncTable, TableSchema};

/// Rows asked for at once; servers give fewer if their own bound is smaller.
const PAGE_ROWS: u32 = 1000;
/// How far back a pull looks for rows whose stamps ran out of commit order.
const OVERLAP: Duration = Duration::from_secs(30);

/// A pull of table `T`: which rows, under which name; plain data.
///
/// ```no_run
/// # use synctable::{Id, MemoryStore, SyncContext, SyncTable, Version};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool, #[sync(system)] pub version: Option<Version> }
/// # async fn example(ctx: SyncContext) -> Result<(), synctable::Error> {
/// let todos = ctx.table::<TodoItem>();
/// let report = todos.pull(TodoItem::pull("open").filter(|t| t.complete.eq(false))).await?;
/// println!("{}: {report}", report.status());
/// let report = todos.pull(TodoItem::full_pull()).await?; // no name, no delta token
/// report.into_result()?;
/// # Ok(())
/// # }
/// ```
pub struct Pull<T> {
    spec: PullSpec,
    table: PhantomData<fn() -> T>,
}

/// What a pull asks for, without the table's type.
#[derive(Debug, Clone)]
pub(crate) struct PullSpec {
    pub(crate) schema: &'static TableSchema,
    pub(crate) remembered: Remembered,
    pub(crate) filter: Option<Tree>,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) page_rows: u32,
    pub(crate) overlap: Duration,
    pub(crate) reach: Reach,
    pub(crate) first: First,
}

/// What of the queue is pushed before a pull of a table that has pending operations.
#[derive(Debug, Clone)]
pub(crate) enum First {
    /// This.
    Push(Push),
    /// Nothing.
    Nothing,
}

/// How much of what the query selects a pull looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// What is new since the token, or everything if there is none.
    News,
    /// Everything, and local rows that were not among it are judged.
    Everything,
}

/// Whether a pull goes on where the last of its name ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Remembered {
    /// Under this name.
    As(String),
    /// It does not: every pull is whole.
    No,
}

impl PullSpec {
    /// The query as events name it.
    pub(crate) fn query(&self) -> PullQuery {
        match &self.remembered {
            Remembered::As(name) => PullQuery::Named(name.as_str().into()),
            Remembered::No => PullQuery::Full,
        }
    }

    /// What identifies the query under its name: the filter with its values, and the parameters.
    ///
    /// # Errors
    /// `Invalid`: a parameter belongs to the protocol.
    pub(super) fn identity(&self) -> Result<String, Error> {
        let filter = self.filter.as_ref().map(canonical_text).unwrap_or_default();
        let parameters = odata::parameters(&self.selection()).map_err(|error| error.in_table(self.schema.name()))?;
        // No canonical text of a filter has a line break.
        Ok(if parameters.is_empty() { filter } else { format!("{filter}\n?{parameters}") })
    }

    /// The parameters, as a query has them.
    pub(super) fn selection(&self) -> Selection {
        Selection { parameters: self.parameters.clone(), ..Selection::default() }
    }

    /// Asks for every row.
    pub(crate) fn new(schema: &'static TableSchema, remembered: Remembered) -> Self {
        Self {
            schema,
            remembered,
            filter: None,
            parameters: BTreeMap::new(),
            page_rows: PAGE_ROWS,
            overlap: OVERLAP,
            reach: Reach::News,
            first: First::Push(Push::new()),
        }
    }
}

impl<T: SyncTable> Pull<T> {
    /// Makes an incremental pull: the second of a name brings only what changed since the first.
    ///
    /// The name identifies the filter, values included: a filter with another value wants another
    /// name, such as `format!("until-{day}")`. The same name with another filter begins anew, and
    /// the report says so.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self::with(Remembered::As(name.into()))
    }

    /// Makes a pull that brings every row, each time.
    #[must_use]
    pub fn full() -> Self {
        Self::with(Remembered::No)
    }

    fn with(remembered: Remembered) -> Self {
        Self { spec: PullSpec::new(T::SCHEMA, remembered), table: PhantomData }
    }

    /// Brings only the rows for which the condition holds on the server; a second filter is "and".
    #[must_use]
    pub fn filter<C: Condition<T>>(mut self, condition: impl FnOnce(T::Columns) -> C) -> Self {
        let tree = condition(T::COLUMNS).into_predicate().into_tree();
        self.spec.filter = Some(match self.spec.filter.take() {
            Some(filter) => Tree::and(filter, tree),
            None => tree,
        });
        self
    }

    /// Sends a further parameter with each request; the last value of a name holds. Like the filter, the
    /// parameters belong to the name of the pull: the same name with others begins anew.
    ///
    /// Names that are empty or start with `$` or `__` belong to the protocol: a pull with one fails with
    /// `Invalid`, and nothing is sent.
    ///
    /// ```
    /// # use synctable::{Id, SyncTable};
    /// # #[derive(SyncTable)]
    /// # struct TodoItem { id: Id, title: String }
    /// let pull = TodoItem::pull("north").parameter("region", "north & east");
    /// ```
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.spec.parameters.insert(name.into(), value.into());
        self
    }

    /// Asks for this many rows at once, at least 1; 1 000 unless set. Where the server's
    /// generation refuses so many, its bound is asked for; a server may give fewer.
    #[must_use]
    pub fn page_size(mut self, rows: u32) -> Self {
        self.spec.page_rows = rows.max(1);
        self
    }

    /// Looks back this far for rows that were stamped before the last pull and became visible after
    /// it; 30 s unless set. Zero is right for servers whose stamps never run out of commit order.
    #[must_use]
    pub fn overlap(mut self, overlap: Duration) -> Self {
        self.spec.overlap = overlap;
        self
    }

    /// Says what is pushed before, if the pulled table has pending operations: the whole queue unless set.
    ///
    /// ```
    /// # use synctable::{Id, SyncTable};
    /// # #[derive(SyncTable)]
    /// # struct List { id: Id, title: String }
    /// # #[derive(SyncTable)]
    /// # struct Task { id: Id, #[sync(references = List)] list: Option<Id>, text: String }
    /// use synctable::Push;
    ///
    /// let pull = Task::pull("all").push_scope(Push::new().table::<Task>()); // tasks, with the lists that they name
    /// ```
    #[must_use]
    pub fn push_scope(mut self, push: Push) -> Self {
        self.spec.first = First::Push(push);
        self
    }

    /// Pushes nothing before, whatever is pending: rows with pending operations keep their local values, and
    /// the server's wait beside them.
    #[must_use]
    pub fn without_push(mut self) -> Self {
        self.spec.first = First::Nothing;
        self
    }

    /// Reads everything that the query selects, and takes local rows away that the server no longer has or
    /// no longer selects.
    ///
    /// Servers do not tell of rows that were hard-deleted, of rows that a change has moved out of the
    /// filter, or of tombstones that were purged: an incremental pull keeps such rows for ever. A reconcile
    /// looks at the local rows for which the filter holds here. Those that no page has shown are asked for
    /// by id, and a row goes only when the server has answered that it has none, or one for which the
    /// filter does not hold. Rows with pending operations are left alone.
    ///
    /// A row that the server still has and this query no longer selects is updated instead of taken away
    /// if it may belong to another query: when the table was pulled under another name too, and when the
    /// pull has [parameters](Self::parameter), since only the server knows what they select.
    ///
    /// The query's token stays and moves on. About 20 bytes are held in memory for each local row that is
    /// looked at. Meant for now and then, such as once a day: it reads every row.
    ///
    /// ```no_run
    /// # use synctable::{Id, SyncContext, SyncTable};
    /// # #[derive(SyncTable)]
    /// # struct TodoItem { id: Id, complete: bool }
    /// # async fn example(ctx: SyncContext) -> Result<(), synctable::Error> {
    /// let open = TodoItem::pull("open").filter(|t| t.complete.eq(false));
    /// let report = ctx.table::<TodoItem>().pull(open.reconcile()).await?;
    /// println!("{} rows had left", report.reconciled());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn reconcile(mut self) -> Self {
        self.spec.reach = Reach::Everything;
        self
    }

    pub(crate) fn into_spec(self) -> PullSpec {
        self.spec
    }
}

impl<T> Clone for Pull<T> {
    fn clone(&self) -> Self {
        Self { spec: self.spec.clone(), table: PhantomData }
    }
}

impl<T> fmt::Debug for Pull<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pull").field(&self.spec).finish()
    }
}
