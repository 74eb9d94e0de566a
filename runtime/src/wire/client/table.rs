//! Reads of one table: pages, and the truth about a row.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::WireClient;
use super::address::{add_option, add_plain, segment};
use super::exchange::{Call, Received};
use crate::error::{Error, ErrorKind};
use crate::row::{Remote, Row, RowBatch};
use crate::table::{ColumnDef, TableSchema};
use crate::value::Version;
use crate::wire::answer::{Page, Truth, UnreadableRow};
use crate::wire::dialect::{Dialect, TruthForm};
use crate::wire::failure::WireError;
use crate::wire::page::{self, Envelope, Refused};
use crate::wire::row::{Outcome, RowReader, shown};

/// One table of a server; cheap to clone.
///
/// Clones share what they learnt of the table's address: once it has answered, a bare 404 to a
/// [`truth`](Self::truth) counts without further proof. Make one for each push.
#[derive(Debug, Clone)]
pub struct WireTable {
    pub(super) client: WireClient,
    pub(super) schema: &'static TableSchema,
    has_answered: Arc<AtomicBool>,
}

/// Asks for one page of a list and the count of all matching rows.
///
/// ```
/// use synctable::wire::PageRequest;
///
/// let request = PageRequest { filter: Some("complete eq false"), top: 50, ..PageRequest::EVERY };
/// assert_eq!(request.skip, 0);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct PageRequest<'a> {
    /// The filter in the dialect's OData, not percent-encoded.
    pub filter: Option<&'a str>,
    /// The order, such as `updatedAt,id`; empty for the server's own.
    pub order: &'a str,
    /// Rows passed over at the start.
    pub skip: u64,
    /// The most rows to send; the server may send fewer. Never 0 for `node-v2`, which answers it with
    /// a page of its own size.
    pub top: u64,
    /// The columns to read, system columns included: the others of a row stay null. If `None`: those of
    /// the table and the system members for a table that is declared narrow, else all. The server sends
    /// all where the dialect's `$select` is not safe.
    pub select: Option<&'a [&'static ColumnDef]>,
    /// Whether deleted rows are sent.
    pub deleted: DeletedRows,
    /// Further parameters as they stand in a URL: `name=value`, both percent-encoded, joined by `&`;
    /// empty for none.
    pub parameters: &'a str,
}

/// Whether a list has the rows that are deleted and still kept by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeletedRows {
    /// It has.
    Included,
    /// It has not.
    Excluded,
}

impl PageRequest<'_> {
    /// The first 1 000 rows of a table, deleted ones included, in the server's order.
    pub const EVERY: PageRequest<'static> = PageRequest {
        filter: None,
        order: "",
        skip: 0,
        top: 1000,
        select: None,
        deleted: DeletedRows::Included,
        parameters: "",
    };
}

impl WireTable {
    pub(super) fn new(client: WireClient, schema: &'static TableSchema) -> Self {
        Self { client, schema, has_answered: Arc::new(AtomicBool::new(false)) }
    }

    /// The table's shape.
    #[must_use]
    pub fn schema(&self) -> &'static TableSchema {
        self.schema
    }

    /// The client that the table belongs to.
    #[must_use]
    pub fn client(&self) -> &WireClient {
        &self.client
    }

    /// Reads one page into a batch, which is cleared first.
    ///
    /// # Errors
    /// `Offline`: the server could not be reached or did not answer. `Unauthorized`: it wants a
    /// sign-in. `Busy`: it cannot answer now. `Rejected`: it refuses the query. `Decode`: the answer
    /// is no page, is cut, is beyond the limits, or has a row without a usable id. `Unsupported`: it
    /// speaks no known dialect.
    ///
    /// # Cancellation
    /// A dropped future changes nothing.
    pub async fn page(&self, request: &PageRequest<'_>, mut batch: RowBatch) -> Result<Page, WireError> {
        batch.clear();
        let dialect = self.client.dialect(self.schema).await?;
        let query = page_query(dialect, self.schema, request);
        let received = self.get(dialect, &query).await?;
        self.expect_success(dialect, &received)?;
        let mut reader = self.reader(dialect);
        if let Some(columns) = request.select {
            reader.only(columns);
        }
        let envelope = self.read_page(&received, &mut reader, &mut batch)?;
        if envelope.is_bare && envelope.count.is_none() && batch.is_empty() && envelope.unreadable.is_empty() {
            return Err(self.empty_without_count(dialect, &received, &query));
        }
        self.has_answered.store(true, Ordering::Relaxed);
        Ok(Page {
            rows: batch,
            unreadable: envelope.unreadable,
            count: envelope.count,
            date: received.date(),
            has_unknown_members: reader.has_unknown_members,
            bytes: received.received_bytes,
        })
    }

    /// Proves that the table answers: asks for one row and looks at the shape of the answer only.
    ///
    /// # Errors
    /// As [`page`](Self::page).
    ///
    /// # Cancellation
    /// A dropped future changes nothing.
    pub async fn answers(&self) -> Result<(), WireError> {
        let dialect = self.client.dialect(self.schema).await?;
        let received = self.get(dialect, "?$top=1").await?;
        self.expect_success(dialect, &received)?;
        let mut batch = RowBatch::new(self.schema);
        self.read_page(&received, &mut self.reader(dialect), &mut batch)?;
        self.has_answered.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Proves that the table answers, unless it has before.
    pub(crate) async fn prove(&self) -> Result<(), WireError> {
        if self.has_answered.load(Ordering::Relaxed) { Ok(()) } else { self.answers().await }
    }

    /// Reads one row, live or deleted.
    ///
    /// A 404 without the server's own form is proved by a read of the table, once for this handle
    /// and its clones, since a wrong address answers like that too.
    ///
    /// # Errors
    /// As [`page`](Self::page), and `Invalid`: the id cannot stand in a URL.
    ///
    /// # Cancellation
    /// A dropped future changes nothing.
    pub async fn truth(&self, id: &str) -> Result<Truth, WireError> {
        let segment = segment(id).map_err(|error| WireError::lasting(self.of_row(error, id)))?;
        let dialect = self.client.dialect(self.schema).await?;
        let truth = match dialect.truth_form() {
            TruthForm::List => self.truth_by_list(dialect, id).await,
            TruthForm::Row => {
                let mut query = String::new();
                add_plain(&mut query, Dialect::DELETED_PARAMETER);
                if let Some(columns) = dialect.narrow_select(self.schema).filter(|_| dialect.can_select_in_row()) {
                    add_option(&mut query, "$select", &columns);
                }
                let received = self.get(dialect, &format!("/{segment}{query}")).await?;
                self.truth_of(dialect, id, &received).await
            }
        };
        truth.map_err(|failure| WireError { error: failure.error.in_row(id), ..failure })
    }

    async fn truth_by_list(&self, dialect: Dialect, id: &str) -> Result<Truth, WireError> {
        let filter = format!("id eq '{}'", id.replace('\'', "''"));
        let request = PageRequest { filter: Some(&filter), top: 2, ..PageRequest::EVERY };
        let page = self.page(&request, RowBatch::new(self.schema)).await?;
        debug_assert_eq!(dialect.truth_form(), TruthForm::List);
        let unreadable = page.unreadable.into_iter().map(|(_, row)| row).find(|row| row.id == id);
        let row = page.rows.iter().find(|row| row.id() == id).map(|row| row.to_row());
        let others = page.rows.len();
        match (row, unreadable) {
            (Some(row), _) => Ok(Truth::There(Remote::of(row), page.has_unknown_members)),
            (None, Some(row)) => Ok(Truth::Unreadable(row)),
            (None, None) if others == 0 => Ok(Truth::None),
            (None, None) => {
                let message = "the server answers a query for one id with rows of others";
                Err(WireError::lasting(Error::new(ErrorKind::Decode, message).in_table(self.schema.name())))
            }
        }
    }

    async fn truth_of(&self, dialect: Dialect, id: &str, received: &Received) -> Result<Truth, WireError> {
        match received.status {
            200..=299 => match self.read_row(dialect, received) {
                Ok(read) if read.id() != id => {
                    let message = format!("asked for this row, found the row `{}`", shown(read.id()));
                    Err(WireError::lasting(received.error(ErrorKind::Decode, message, self.schema)))
                }
                Ok(ReadRow::Row(row, has_unknown_members)) => {
                    self.has_answered.store(true, Ordering::Relaxed);
                    Ok(Truth::There(Remote::of(row), has_unknown_members))
                }
                Ok(ReadRow::Unreadable(row)) => Ok(Truth::Unreadable(row)),
                Err(message) => Err(WireError::passing(received.error(ErrorKind::Decode, message, self.schema))),
            },
            404 => {
                if !received.has_own_form(dialect) {
                    self.prove().await?;
                }
                Ok(Truth::None)
            }
            410 => Ok(Truth::There(Remote::Deleted(None), false)),
            _ => Err(self.client.refusal(received, received.has_own_form(dialect), self.schema)),
        }
    }

    pub(super) fn url(&self, rest: &str) -> Result<String, Error> {
        let mut url = self.client.0.address.table(self.schema).map_err(|error| error.in_table(self.schema.name()))?;
        url.push_str(rest);
        Ok(url)
    }

    async fn get(&self, dialect: Dialect, rest: &str) -> Result<Received, WireError> {
        let url = self.url(rest).map_err(WireError::lasting)?;
        Ok(self.client.exchange(Call::get(url, dialect.version_header()), self.schema).await?)
    }

    fn expect_success(&self, dialect: Dialect, received: &Received) -> Result<(), WireError> {
        if received.is_success() {
            return Ok(());
        }
        Err(self.client.refusal(received, received.has_own_form(dialect), self.schema))
    }

    fn reader(&self, dialect: Dialect) -> RowReader {
        RowReader::new(self.schema, dialect, self.client.0.limits.json_depth)
    }

    fn read_page(
        &self,
        received: &Received,
        reader: &mut RowReader,
        batch: &mut RowBatch,
    ) -> Result<Envelope, WireError> {
        let decode = |message: String| received.error(ErrorKind::Decode, message, self.schema);
        let text = received.json_text().map_err(|message| WireError::passing(decode(message)))?;
        page::read(text, self.client.0.limits.page_rows, reader, batch).map_err(|refused| match refused {
            Refused::NotJson(message) => WireError::passing(decode(message)),
            Refused::Shape(message) => WireError::lasting(decode(message)),
        })
    }

    fn empty_without_count(&self, dialect: Dialect, received: &Received, query: &str) -> WireError {
        let query: String = query.chars().take(300).collect();
        let (kind, message) = if dialect.swallows_query_errors() {
            let message = format!(
                "the server answers with an empty list and without the count that was asked for: it hides an error of the query {query}, most often a column that it does not have"
            );
            (ErrorKind::Rejected, message)
        } else {
            (ErrorKind::Decode, "expected an object with `items`, found an empty array".to_owned())
        };
        WireError::lasting(received.error(kind, message, self.schema))
    }

    /// Reads the answer's body as one row, with the version of its tag: where tag and member
    /// disagree the tag counts (protocol.md 2.2).
    pub(super) fn read_row(&self, dialect: Dialect, received: &Received) -> Result<ReadRow, String> {
        Ok(self.read_body(dialect, received)?.with_version(received.etag_version()))
    }

    /// Reads the answer's body as one row; the error says what it is instead.
    pub(super) fn read_body(&self, dialect: Dialect, received: &Received) -> Result<ReadRow, String> {
        let text = received.json_text()?;
        // What is read below must be valid JSON in whole.
        serde_json::from_str::<&serde_json::value::RawValue>(text)
            .map_err(|error| format!("the answer is not JSON, or cut: {error}"))?;
        let mut batch = RowBatch::new(self.schema);
        let mut reader = self.reader(dialect);
        match reader.read(text, &mut batch) {
            Outcome::Read => {
                let row = batch.get(0).map(|row| row.to_row()).unwrap_or_else(|| Row::new(self.schema));
                Ok(ReadRow::Row(row, reader.has_unknown_members))
            }
            Outcome::Unreadable(row) => Ok(ReadRow::Unreadable(row)),
            Outcome::Refused(message) => Err(message),
        }
    }

    pub(super) fn note_answer(&self) {
        self.has_answered.store(true, Ordering::Relaxed);
    }

    pub(super) fn of_row(&self, error: Error, id: &str) -> Error {
        error.in_table(self.schema.name()).in_row(id)
    }
}

/// A body that is a row.
#[derive(Debug)]
pub(super) enum ReadRow {
    /// With whether it has members that the table lacks.
    Row(Row, bool),
    Unreadable(UnreadableRow),
}

impl ReadRow {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Row(row, _) => row.id(),
            Self::Unreadable(row) => &row.id,
        }
    }

    pub(super) fn has_version(&self) -> bool {
        match self {
            Self::Row(row, _) | Self::Unreadable(UnreadableRow { system: row, .. }) => row.version.is_some(),
        }
    }

    pub(super) fn with_version(mut self, version: Option<Version>) -> Self {
        match &mut self {
            Self::Row(row, _) | Self::Unreadable(UnreadableRow { system: row, .. }) if version.is_some() => {
                row.version = version;
            }
            Self::Row(..) | Self::Unreadable(_) => {}
        }
        self
    }
}

fn page_query(dialect: Dialect, schema: &'static TableSchema, request: &PageRequest<'_>) -> String {
    let mut query = String::new();
    if let Some(filter) = request.filter {
        add_option(&mut query, "$filter", filter);
    }
    if !request.order.is_empty() {
        add_option(&mut query, "$orderby", request.order);
    }
    let select = match request.select {
        Some(columns) => dialect.select(columns.iter().copied()),
        None => dialect.narrow_select(schema),
    };
    if let Some(columns) = select {
        add_option(&mut query, "$select", &columns);
    }
    // Writing into a String cannot fail.
    if request.skip > 0 {
        add_plain(&mut query, "$skip=");
        let _ = write!(query, "{}", request.skip);
    }
    add_plain(&mut query, "$top=");
    let _ = write!(query, "{}", request.top);
    add_plain(&mut query, dialect.count_parameter());
    if request.deleted == DeletedRows::Included {
        add_plain(&mut query, Dialect::DELETED_PARAMETER);
    }
    if !request.parameters.is_empty() {
        add_plain(&mut query, request.parameters);
    }
    query
}
