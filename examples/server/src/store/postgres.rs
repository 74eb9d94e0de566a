//! The rows in PostgreSQL.

mod functions;
mod sql;
