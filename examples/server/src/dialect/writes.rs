//! What generations make of writes and of reads of one row.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;

use super::{Generation, Protocol};
use crate::answer;
use crate::body::{BodyFault, Members};
use crate::projection::Projection;
use crate::store::StoredTable;

impl Protocol {
    /// Answers an insert whose id there is already, where that is not answered with the row.
    pub(crate) fn conflict_of_insert(self, members: &Members) -> Option<Response> {
        match self.generation {
            Generation::Toolkit | Generation::V3 => None,
            // The body of the request, which is no row.
            Generation::NodeV2 => Some(answer::json_with_tag(StatusCode::CONFLICT, members.to_json())),
            Generation::DotNetV2 => {
                Some(self.refuse(
                    StatusCode::CONFLICT,
                    "The operation failed due to a conflict: there is a row with that id.",
                ))
            }
        }
    }

    /// Looks at the members of a PATCH before the row is looked for; `Err` is the answer to one that does not fit.
    #[expect(clippy::result_large_err, reason = "the error is the answer itself")]
    pub(crate) fn check_patch(self, table: &StoredTable, members: &Members) -> Result<(), Response> {
        let unknown = || {
            const SYSTEM: [&str; 4] = ["id", "updatedat", "version", "deleted"];
            members
                .names()
                .find(|name| !SYSTEM.contains(&name.to_ascii_lowercase().as_str()) && table.column(name).is_none())
        };
        match self.generation {
            Generation::V3 | Generation::Toolkit => match unknown() {
                Some(name) => Err(self.bad_body(&BodyFault::new(name, format!("the table has no member '{name}'")))),
                None => Ok(()),
            },
            Generation::NodeV2 if !members.names().any(|name| table.column(name).is_some()) => {
                Err(self.refuse(StatusCode::BAD_REQUEST, "the body has no member to update"))
            }
            Generation::NodeV2 | Generation::DotNetV2 => Ok(()),
        }
    }

    /// The members of a row that is read by its id; only Web API looks at `$select` then.
    #[expect(clippy::result_large_err, reason = "the error is the answer itself")]
    pub(crate) fn row_projection(
        self,
        table: &StoredTable,
        options: &[(String, String)],
    ) -> Result<Arc<Projection>, Response> {
        let select = options.iter().find(|(name, _)| name == "$select").map(|(_, value)| value);
        match (self.generation, select) {
            (Generation::DotNetV2, Some(select)) => {
                let names: Vec<String> = select.split(',').map(|name| name.trim().to_owned()).collect();
                Projection::selected(table, &names, self.generation)
                    .map(Arc::new)
                    .map_err(|name| self.bad_query(&format!("Could not find a property named '{name}' on the table.")))
            }
            _ => Ok(table.whole(self.generation)),
        }
    }
}
