//! The server generations, and everything in which they differ.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};
use crate::wire::transport::Method;

/// A generation of servers that speak the tables protocol.
///
/// Which one answers is found out at the first request, or said by the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `node-v2`: npm `azure-mobile-apps` on Node.
    NodeV2,
    /// `dotnet-v2`: the Azure Mobile Apps server on ASP.NET Web API.
    DotNetV2,
    /// `v3`: `Microsoft.AspNetCore.Datasync`.
    DatasyncV3,
    /// `toolkit`: `CommunityToolkit.Datasync.Server`.
    Toolkit,
}

impl Dialect {
    /// All dialects.
    pub const ALL: [Self; 4] = [Self::NodeV2, Self::DotNetV2, Self::DatasyncV3, Self::Toolkit];

    /// The name on command lines and in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NodeV2 => "node-v2",
            Self::DotNetV2 => "dotnet-v2",
            Self::DatasyncV3 => "v3",
            Self::Toolkit => "toolkit",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dialect {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name).ok_or_else(|| {
            Error::new(
                ErrorKind::Invalid,
                format!("`{name}` is no dialect; expected node-v2, dotnet-v2, v3 or toolkit"),
            )
        })
    }
}

/// How a deleted row is made live again (protocol.md 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undelete {
    /// `POST` to the row without a body.
    PostRow,
    /// `PATCH` with `{"deleted":false}`, and the parameter that shows deleted rows.
    PatchIncludingDeleted,
    /// `PATCH` with `{"deleted":false}`.
    Patch,
    /// `PUT` of the whole row, and the parameter that shows deleted rows.
    PutIncludingDeleted,
}

/// How a row that may be deleted is read (protocol.md 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TruthForm {
    /// As a list of one: a read of the row does not show it once it is deleted.
    List,
    /// As a row, with the parameter that shows deleted rows.
    Row,
}

/// How a server's own error bodies are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorForm {
    /// An object, or an array of objects, with one of these members in any case.
    Members(&'static [&'static str]),
    /// `application/problem+json`.
    Problem,
}

/// The exchange: verbs, headers, parameters and shapes.
impl Dialect {
    /// The value of `ZUMO-API-VERSION`; none where the header is not needed (protocol.md 1).
    pub(crate) const fn version_header(self) -> Option<&'static str> {
        match self {
            Self::NodeV2 | Self::DotNetV2 => Some("2.0.0"),
            Self::DatasyncV3 => Some("3.0.0"),
            Self::Toolkit => None,
        }
    }

    /// The verb of updates: the changed columns where there is PATCH, else the whole row.
    pub(crate) const fn update_method(self) -> Method {
        if self.updates_are_partial() { Method::Patch } else { Method::Put }
    }

    /// Whether an update carries only the changed columns.
    pub const fn updates_are_partial(self) -> bool {
        match self {
            Self::NodeV2 | Self::DotNetV2 | Self::DatasyncV3 => true,
            Self::Toolkit => false,
        }
    }

    /// Whether a `PUT` replaces a row (protocol.md 3.2): D2 has it only where an app added it.
    pub(crate) const fn can_replace(self) -> bool {
        matches!(self, Self::DatasyncV3 | Self::Toolkit)
    }

    /// The smallest `$top` that asks for no more rows than it says: `$top=0` gives a page of the
    /// default size on N2, and is not observed on D2 (protocol.md 7.5).
    pub(crate) const fn least_top(self) -> u64 {
        match self {
            Self::NodeV2 | Self::DotNetV2 => 1,
            Self::DatasyncV3 | Self::Toolkit => 0,
        }
    }

    pub(crate) const fn undelete(self) -> Undelete {
        match self {
            Self::NodeV2 => Undelete::PostRow,
            // POST to the row exists only where a controller adds it; this form needs only PATCH.
            Self::DotNetV2 => Undelete::PatchIncludingDeleted,
            Self::DatasyncV3 => Undelete::Patch,
            Self::Toolkit => Undelete::PutIncludingDeleted,
        }
    }

    pub(crate) const fn truth_form(self) -> TruthForm {
        match self {
            Self::NodeV2 => TruthForm::List,
            Self::DotNetV2 | Self::DatasyncV3 | Self::Toolkit => TruthForm::Row,
        }
    }

    /// The parameter that asks for the number of all matching rows (protocol.md 7.1).
    pub(crate) const fn count_parameter(self) -> &'static str {
        match self {
            Self::NodeV2 | Self::DotNetV2 => "$inlinecount=allpages",
            Self::DatasyncV3 | Self::Toolkit => "$count=true",
        }
    }

    /// The parameter that includes deleted rows: N2 wants this case, the others take any.
    pub(crate) const DELETED_PARAMETER: &str = "__includeDeleted=true";

    /// Whether a list may ask for some columns only: N2 answers an unknown name in `$select` with an
    /// empty list (protocol.md 6.1).
    pub const fn can_select(self) -> bool {
        !matches!(self, Self::NodeV2)
    }

    /// Whether the read of one row may ask for some columns only (protocol.md 3.5): V3 and TK send the
    /// whole row all the same.
    pub(crate) const fn can_select_in_row(self) -> bool {
        matches!(self, Self::DotNetV2)
    }

    /// The greatest `$top` that a server of the generation takes by default; more is refused with 400 (protocol.md 7.5).
    pub(crate) const fn greatest_page(self) -> u32 {
        match self {
            Self::NodeV2 => 1000,
            Self::DotNetV2 => u32::MAX,
            Self::DatasyncV3 => 512_000,
            Self::Toolkit => 128_000,
        }
    }

    /// Whether an empty bare array, although the count was asked for, hides an error (protocol.md 7.5).
    pub(crate) const fn swallows_query_errors(self) -> bool {
        matches!(self, Self::NodeV2 | Self::DotNetV2)
    }

    /// Whether the 409 to an insert carries the server's row: N2 sends back the request, D2 an error.
    pub(crate) const fn insert_conflict_has_row(self) -> bool {
        matches!(self, Self::DatasyncV3 | Self::Toolkit)
    }

    /// The greatest integer that survives, and its negative: N2 keeps numbers as doubles.
    pub const fn exact_integer_limit(self) -> i64 {
        match self {
            Self::NodeV2 => 1 << 53,
            Self::DotNetV2 | Self::DatasyncV3 | Self::Toolkit => i64::MAX,
        }
    }

    /// Whether an integer comes back as it was sent.
    pub(crate) const fn keeps_integer(self, number: i64) -> bool {
        let limit = self.exact_integer_limit();
        limit == i64::MAX || (-limit <= number && number <= limit)
    }

    /// Whether rows may lack `updatedAt`, so that no delta filter finds them: TK (protocol.md 2).
    pub(crate) const fn may_lack_stamps(self) -> bool {
        matches!(self, Self::Toolkit)
    }

    /// Whether `createdAt` is a member that the server writes; elsewhere a column of the app's may have
    /// the name (protocol.md 2).
    pub(crate) const fn stamps_creation(self) -> bool {
        matches!(self, Self::NodeV2 | Self::DotNetV2)
    }

    /// Whether JSON columns travel as strings: N2 has no nested values (protocol.md 6).
    pub(crate) const fn json_is_text(self) -> bool {
        matches!(self, Self::NodeV2)
    }

    /// Whether ids may be numbers: an N2 table with `autoIncrement`.
    pub(crate) const fn ids_may_be_numbers(self) -> bool {
        matches!(self, Self::NodeV2)
    }

    /// How the server's own error bodies are known (protocol.md 8.1).
    pub(crate) const fn error_form(self) -> ErrorForm {
        match self {
            Self::NodeV2 | Self::DotNetV2 => ErrorForm::Members(&["error", "message"]),
            Self::DatasyncV3 => ErrorForm::Problem,
            Self::Toolkit => ErrorForm::Members(&["message", "errorMessage"]),
        }
    }

    /// Whether a 404 with this kind of body speaks of the row; a 404 of the others may as well speak
    /// of a wrong address (protocol.md 8.1).
    pub(crate) const fn missing_row_has_own_form(self) -> bool {
        matches!(self, Self::NodeV2 | Self::DatasyncV3)
    }

    /// Whether 404 is also said of a row that is kept as deleted (protocol.md 3.3).
    pub(crate) const fn hides_deleted_rows(self) -> bool {
        matches!(self, Self::NodeV2 | Self::DotNetV2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.name().parse::<Dialect>().unwrap(), dialect);
        }
        assert_eq!("v4".parse::<Dialect>().unwrap_err().kind(), ErrorKind::Invalid);
    }
}
