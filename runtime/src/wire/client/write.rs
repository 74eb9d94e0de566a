//! Writes of one table: the request, and what its answer means.

use super::address::segment;
use super::exchange::{Call, NoAnswer, Received};
use super::narrow::{Columns, overlay_of};
use super::table::{ReadRow, WireTable};
use crate::error::{Error, ErrorKind};
use crate::row::{KeptCell, Row};
use crate::table::{Constant, TableSchema};
use crate::value::wire::{encode, quoted};
use crate::value::{ColumnType, Value, ValueRef, Version};
use crate::wire::answer::{Answer, Body, Delivery, ServerRow};
use crate::wire::dialect::{Dialect, Undelete};
use crate::wire::etag::to_etag;
use crate::wire::extension::{self, KeyNote};
use crate::wire::failure::WireError;
use crate::wire::row::shown;
use crate::wire::transport::{Headers, Method};

/// A write of one row.
#[derive(Debug, Clone, Copy)]
pub enum WriteRequest<'a> {
    /// Creates the row with all its columns, and the table's constants.
    Insert {
        /// The row; its id must not be empty.
        row: &'a Row,
    },
    /// Changes a row: the changed columns where the dialect has PATCH, else the whole row.
    Update {
        /// The row's id.
        id: &'a str,
        /// The places of the changed columns; at least one.
        changed: &'a [usize],
        /// The whole row as it shall be.
        row: &'a Row,
        /// The version that the row must have.
        if_match: Option<&'a Version>,
    },
    /// As `Update`, for a table that lacks columns of the server: where there is no PATCH the row is
    /// read first, and the changed columns are laid over what was read (protocol.md 6.1).
    NarrowUpdate {
        /// The row's id.
        id: &'a str,
        /// The places of the changed columns; at least one.
        changed: &'a [usize],
        /// The whole row as it shall be.
        row: &'a Row,
        /// The version that the row must have.
        if_match: Option<&'a Version>,
    },
    /// Replaces a row by all columns that the table knows: where the dialect has PUT, columns that it
    /// does not know get the server's defaults (protocol.md 3.2); elsewhere they stay.
    Replace {
        /// The row's id.
        id: &'a str,
        /// The whole row as it shall be.
        row: &'a Row,
        /// The version that the row must have.
        if_match: Option<&'a Version>,
    },
    /// Deletes a row.
    Delete {
        /// The row's id.
        id: &'a str,
        /// The version that the row must have.
        if_match: Option<&'a Version>,
    },
    /// Makes a deleted row live again. Only a dialect whose form is a PUT sends the columns.
    Undelete {
        /// The row's id.
        id: &'a str,
        /// The whole row as it shall be.
        row: &'a Row,
        /// The version that the tombstone must have.
        if_match: Option<&'a Version>,
    },
    /// Makes a deleted row live again with the values that it had. Where the form is a PUT the row is
    /// read first.
    Restore {
        /// The row's id.
        id: &'a str,
        /// The version that the tombstone must have.
        if_match: Option<&'a Version>,
    },
    /// As `Undelete`, for a table that lacks columns of the server.
    NarrowUndelete {
        /// The row's id.
        id: &'a str,
        /// The whole row as it shall be.
        row: &'a Row,
        /// The version that the tombstone must have.
        if_match: Option<&'a Version>,
    },
}

impl WriteRequest<'_> {
    /// Whether the row is read first, and what is sent is laid over it.
    pub(super) fn is_laid_over(&self, dialect: Dialect) -> bool {
        let is_put = dialect.undelete() == Undelete::PutIncludingDeleted;
        match self {
            Self::NarrowUpdate { .. } => !dialect.updates_are_partial(),
            Self::NarrowUndelete { .. } | Self::Restore { .. } => is_put,
            _ => false,
        }
    }

    pub(super) fn id(&self) -> &str {
        match self {
            Self::Insert { row } => row.id(),
            Self::Update { id, .. }
            | Self::NarrowUpdate { id, .. }
            | Self::Replace { id, .. }
            | Self::Delete { id, .. }
            | Self::Undelete { id, .. }
            | Self::Restore { id, .. }
            | Self::NarrowUndelete { id, .. } => id,
        }
    }
}

impl WireTable {
    /// Sends a write, once, and sorts its answer.
    ///
    /// If the dialect is not known yet it is found out first; a failure of that counts as the write's.
    ///
    /// # Cancellation
    /// After a dropped future the write may or may not have arrived.
    pub async fn write(&self, request: &WriteRequest<'_>) -> Delivery {
        self.write_under(request, Headers::new()).await
    }

    /// As [`write`](Self::write), under the key of the request, which is sent to a server that has announced
    /// that it knows keys. Where a row is read and laid over first there is no key: the body is another
    /// each time.
    ///
    /// # Cancellation
    /// As [`write`](Self::write).
    pub(crate) async fn write_keyed(&self, request: &WriteRequest<'_>, key: &str) -> Delivery {
        self.write_under(request, Headers::from_iter([(extension::KEY, key)])).await
    }

    async fn write_under(&self, request: &WriteRequest<'_>, headers: Headers) -> Delivery {
        let delivery = match self.client.dialect(self.schema).await {
            Ok(dialect) => self.write_as(dialect, request, headers).await,
            Err(failure) => not_detected(failure),
        };
        let within = |error| self.of_row(error, request.id());
        match delivery {
            Delivery::Answered(answer) => Delivery::Answered(answer),
            Delivery::Unsent(error) => Delivery::Unsent(within(error)),
            Delivery::Unanswered(error) => Delivery::Unanswered(within(error)),
            Delivery::Unsendable(error) => Delivery::Unsendable(within(error)),
        }
    }

    async fn write_as(&self, dialect: Dialect, request: &WriteRequest<'_>, headers: Headers) -> Delivery {
        let has_patch = dialect.updates_are_partial();
        let is_put = dialect.undelete() == Undelete::PutIncludingDeleted;
        match *request {
            WriteRequest::NarrowUpdate { id, changed, row, if_match } if !has_patch => {
                match overlay_of(dialect, self.schema, changed, row) {
                    Ok(columns) => self.overlay(dialect, id, columns, if_match, "").await,
                    Err(error) => Delivery::Unsendable(error),
                }
            }
            WriteRequest::NarrowUndelete { id, row, if_match } if is_put => {
                let changed: Vec<usize> = self.schema.data_columns().map(|(index, _)| index).collect();
                match overlay_of(dialect, self.schema, &changed, row) {
                    Ok(columns) => self.overlay(dialect, id, columns, if_match, Dialect::DELETED_PARAMETER).await,
                    Err(error) => Delivery::Unsendable(error),
                }
            }
            WriteRequest::Restore { id, if_match } if is_put => {
                self.overlay(dialect, id, Columns::new(), if_match, Dialect::DELETED_PARAMETER).await
            }
            _ => match self.call(dialect, request) {
                Ok(call) => {
                    let call = Call { headers, ..call };
                    self.deliver(dialect, request.id(), call, matches!(request, WriteRequest::Insert { .. })).await
                }
                Err(error) => Delivery::Unsendable(error),
            },
        }
    }

    pub(super) async fn deliver(&self, dialect: Dialect, id: &str, call: Call, is_insert: bool) -> Delivery {
        match self.client.exchange(call, self.schema).await {
            Ok(received) => self.judge(dialect, id, &received, is_insert),
            Err(NoAnswer::Unsent(error) | NoAnswer::Withheld(error)) => Delivery::Unsent(error),
            Err(NoAnswer::Unanswered(error) | NoAnswer::Unreadable(error)) => Delivery::Unanswered(error),
        }
    }

    pub(super) fn call(&self, dialect: Dialect, request: &WriteRequest<'_>) -> Result<Call, Error> {
        let schema = self.schema;
        let path = format!("/{}", segment(request.id())?);
        let with_deleted = || format!("{path}?{}", Dialect::DELETED_PARAMETER);
        let (method, rest, if_match, body) = match *request {
            WriteRequest::Insert { row } => {
                (Method::Post, String::new(), None, Some(insert_body(dialect, schema, row)?))
            }
            WriteRequest::Update { id, changed, row, if_match }
            | WriteRequest::NarrowUpdate { id, changed, row, if_match } => {
                let body = if dialect.updates_are_partial() {
                    changed_body(dialect, schema, changed, row)?
                } else {
                    whole_body(dialect, schema, id, row)?
                };
                (dialect.update_method(), path, if_match, Some(body))
            }
            WriteRequest::Replace { id, row, if_match } if dialect.can_replace() => {
                (Method::Put, path, if_match, Some(whole_body(dialect, schema, id, row)?))
            }
            WriteRequest::Replace { row, if_match, .. } => {
                let all: Vec<usize> = schema.data_columns().map(|(index, _)| index).collect();
                (Method::Patch, path, if_match, Some(changed_body(dialect, schema, &all, row)?))
            }
            WriteRequest::Delete { if_match, .. } => (Method::Delete, path, if_match, None),
            WriteRequest::Undelete { if_match, .. }
            | WriteRequest::NarrowUndelete { if_match, .. }
            | WriteRequest::Restore { if_match, .. } => {
                let live = || Some(br#"{"deleted":false}"#.to_vec());
                match dialect.undelete() {
                    Undelete::PostRow => (Method::Post, path, if_match, None),
                    Undelete::Patch => (Method::Patch, path, if_match, live()),
                    Undelete::PatchIncludingDeleted => (Method::Patch, with_deleted(), if_match, live()),
                    Undelete::PutIncludingDeleted => {
                        let body = match *request {
                            WriteRequest::Undelete { id, row, .. } | WriteRequest::NarrowUndelete { id, row, .. } => {
                                Some(whole_body(dialect, schema, id, row)?)
                            }
                            _ => live(),
                        };
                        (Method::Put, with_deleted(), if_match, body)
                    }
                }
            }
        };
        let call = Call::new(method, self.url(&rest)?, dialect.version_header());
        Ok(Call { if_match: if_match.map(to_etag), body, ..call })
    }

    /// Sorts an answer (protocol.md 5): a body counts as a row only if status and shape fit.
    pub(super) fn judge(&self, dialect: Dialect, id: &str, received: &Received, is_insert: bool) -> Delivery {
        let body = match received.status {
            200..=299 if received.body.is_empty() => Body::None,
            200..=299 => match self.read_row(dialect, received) {
                Ok(read) if read.id() != id => Body::WrongId(read.id().to_owned()),
                Ok(read) => body_of(read),
                Err(message) => return Delivery::Unanswered(received.error(ErrorKind::Decode, message, self.schema)),
            },
            409 if is_insert && !dialect.insert_conflict_has_row() => Body::None,
            409 | 412 => match self.conflicting_row(dialect, received) {
                Some(read) if read.id() == id => body_of(read),
                _ => Body::None,
            },
            _ => Body::None,
        };
        let is_row = !matches!(body, Body::None);
        let own_form = is_row || received.is_success() || received.has_own_form(dialect);
        if own_form {
            self.note_answer();
        }
        let message = if received.is_success() || is_row { String::new() } else { received.message() };
        let retry_after = self.client.retry_after(received);
        let key = KeyNote::of(received.status, &received.headers);
        Delivery::Answered(Answer {
            status: received.status,
            body,
            message,
            retry_after,
            own_form,
            may_be_deleted: dialect.hides_deleted_rows(),
            key,
        })
    }

    /// The server's row in a conflict: it must carry its version in the body, which N2's echo of the
    /// request and D2's error object do not (protocol.md 5).
    fn conflicting_row(&self, dialect: Dialect, received: &Received) -> Option<ReadRow> {
        let read = self.read_body(dialect, received).ok().filter(ReadRow::has_version)?;
        Some(read.with_version(received.etag_version()))
    }
}

fn body_of(read: ReadRow) -> Body {
    match read {
        ReadRow::Row(row, has_unknown_members) => Body::Row(ServerRow { row, has_unknown_members }),
        ReadRow::Unreadable(row) => Body::Unreadable(row),
    }
}

/// The write did not leave, since the question before it failed.
fn not_detected(failure: WireError) -> Delivery {
    match failure.error.status() {
        Some(status) if !(200..300).contains(&status) => Delivery::Answered(Answer {
            status,
            body: Body::None,
            message: failure.error.message().to_owned(),
            retry_after: failure.retry_after,
            own_form: failure.own_form,
            may_be_deleted: false,
            key: KeyNote::None,
        }),
        _ => Delivery::Unsent(failure.error),
    }
}

/// The id and all columns that the server has; never a system member (protocol.md 3.1 and 3.2).
fn whole_body(dialect: Dialect, schema: &TableSchema, id: &str, row: &Row) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(256);
    out.extend_from_slice(b"{\"id\":");
    quoted(id, &mut out);
    for (index, _) in schema.data_columns() {
        out.push(b',');
        member(dialect, schema, index, row, &mut out)?;
    }
    for kept in row.kept() {
        out.push(b',');
        kept_member(dialect, kept, &mut out)?;
    }
    out.push(b'}');
    Ok(out)
}

/// All columns that the server has, and the constants for those that the table lacks.
fn insert_body(dialect: Dialect, schema: &TableSchema, row: &Row) -> Result<Vec<u8>, Error> {
    let mut out = whole_body(dialect, schema, row.id(), row)?;
    out.pop();
    let is_kept = |name: &str| row.kept().iter().any(|kept| kept.name == name);
    for (name, constant) in schema.insert_constants().iter().filter(|(name, _)| !is_kept(name)) {
        out.push(b',');
        quoted(name, &mut out);
        out.push(b':');
        match constant {
            Constant::Text(text) => quoted(text, &mut out),
            Constant::Integer(number) if !dialect.keeps_integer(*number) => {
                return Err(beyond_exact(dialect, &format!("the constant `{name}` is {number}")));
            }
            Constant::Integer(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Constant::Float(number) => encode(ColumnType::F64, ValueRef::Real(*number), &mut out),
            Constant::Bool(truth) => out.extend_from_slice(if *truth { b"true" } else { b"false" }),
        }
    }
    out.push(b'}');
    Ok(out)
}

fn beyond_exact(dialect: Dialect, what: &str) -> Error {
    let message =
        format!("{what}, which this server ({dialect}) would change: it keeps integers between -2^53 and 2^53 exactly");
    Error::new(ErrorKind::Invalid, message)
}

/// The changed columns only, and the kept cells of the row.
fn changed_body(dialect: Dialect, schema: &TableSchema, changed: &[usize], row: &Row) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(128);
    for (index, _) in schema.data_columns().filter(|(index, _)| changed.contains(index)) {
        out.push(if out.is_empty() { b'{' } else { b',' });
        member(dialect, schema, index, row, &mut out)?;
    }
    for kept in row.kept() {
        out.push(if out.is_empty() { b'{' } else { b',' });
        kept_member(dialect, kept, &mut out)?;
    }
    if out.is_empty() {
        // N2 fails with 500 where there is nothing to change (protocol.md 3.2).
        return Err(Error::new(ErrorKind::Invalid, "an update changes at least one column that the server has"));
    }
    out.push(b'}');
    Ok(out)
}

fn member(dialect: Dialect, schema: &TableSchema, index: usize, row: &Row, out: &mut Vec<u8>) -> Result<(), Error> {
    let Some(column) = schema.columns().get(index) else { return Ok(()) };
    quoted(column.wire_name(), out);
    out.push(b':');
    cell(dialect, schema, index, row, out)
}

fn kept_member(dialect: Dialect, kept: &KeptCell, out: &mut Vec<u8>) -> Result<(), Error> {
    quoted(&kept.name, out);
    out.push(b':');
    value(dialect, &kept.name, kept.column_type, &kept.value, out)
}

/// Appends the JSON of one column.
pub(super) fn cell(
    dialect: Dialect,
    schema: &TableSchema,
    index: usize,
    row: &Row,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let (Some(column), Some(value)) = (schema.columns().get(index), row.values.get(index)) else {
        let message = format!("the row has {} columns, expected {}", row.values.len(), schema.columns().len());
        return Err(Error::new(ErrorKind::Invalid, message));
    };
    self::value(dialect, column.wire_name(), column.column_type(), value, out)
}

/// Appends the JSON of a value of the column of that name.
pub(super) fn value(
    dialect: Dialect,
    column: &str,
    column_type: ColumnType,
    value: &Value,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    match (column_type, value) {
        (_, Value::Integer(number)) if column_type.is_integer() && !dialect.keeps_integer(*number) => {
            return Err(beyond_exact(dialect, &format!("column `{column}` holds {number}")));
        }
        (ColumnType::Json, Value::Text(json)) if dialect.json_is_text() => quoted(json, out),
        (ColumnType::Json | ColumnType::Decimal, Value::Text(json))
            if serde_json::from_str::<serde::de::IgnoredAny>(json).is_err() =>
        {
            let message = format!("column `{column}` holds `{}`, which is not JSON", shown(json));
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        (column_type, value) => encode(column_type, value.as_ref(), out),
    }
    Ok(())
}
