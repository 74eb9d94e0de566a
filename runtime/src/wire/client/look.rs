//! A look at a list as the server sends it, for tools that know no struct of the table.

use super::address::{add_option, add_plain};
use super::exchange::Call;
use super::table::WireTable;
use crate::error::ErrorKind;
use crate::wire::dialect::Dialect;
use crate::wire::failure::{WireError, kind_of_status};

/// The answer to a [`look`](WireTable::look) at a list, as it came.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Look {
    /// The HTTP status: a success, or a refusal of the request (400 to 499, and 500).
    pub status: u16,
    /// The body's JSON text; `None` if the answer is no JSON, which only a refusal can be.
    pub json: Option<String>,
    /// The server's words, at most 1 KiB, without markup; empty if there are none.
    pub message: String,
    /// What the server calls itself (`x-zumo-server-version`); only N2 and D2 say it.
    pub server: Option<String>,
}

impl Look {
    /// Whether the server answered with a list.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl WireTable {
    /// Reads the table's list with these options (name and value, not percent-encoded), the count
    /// and deleted rows included, in a dialect that need not be the server's. Nothing is written.
    ///
    /// # Errors
    /// `Offline`: the server could not be reached or did not answer. `Unauthorized`: it wants a
    /// sign-in. `Busy`: it cannot answer now, or sends elsewhere. `Decode`: a success that is no
    /// JSON, such as the page of a portal.
    ///
    /// # Cancellation
    /// A dropped future changes nothing.
    pub async fn look(&self, dialect: Dialect, options: &[(&str, &str)]) -> Result<Look, WireError> {
        let mut query = String::new();
        for (name, value) in options {
            add_option(&mut query, name, value);
        }
        add_plain(&mut query, dialect.count_parameter());
        add_plain(&mut query, Dialect::DELETED_PARAMETER);
        let url = self.url(&query).map_err(WireError::lasting)?;
        let received = self.client.exchange(Call::get(url, dialect.version_header()), self.schema).await?;
        let refuses = received.status == 500 || kind_of_status(received.status) == ErrorKind::Rejected;
        if !received.is_success() && !refuses {
            return Err(self.client.refusal(&received, received.has_own_form(dialect), self.schema));
        }
        let json = match received.json_text() {
            Ok(text) => Some(text.to_owned()),
            Err(message) if received.is_success() => {
                return Err(WireError::passing(received.error(ErrorKind::Decode, message, self.schema)));
            }
            Err(_) => None,
        };
        Ok(Look {
            status: received.status,
            json,
            message: received.message(),
            server: received.headers.get("x-zumo-server-version").map(str::to_owned),
        })
    }
}
