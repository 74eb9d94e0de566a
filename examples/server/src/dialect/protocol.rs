//! How one request is read and its list is wrapped.

use axum::http::{HeaderMap, Method};
use axum::response::Response;
use synctable::testing::ColumnType;
use synctable::testing::odata::{Grammar, Limits, OptionNames, Query, QueryOptions, parse_query};

use super::{Generation, node};
use crate::answer;
use crate::page::PageLimits;
use crate::store::StoredTable;

/// How one request is answered: the generation, and the protocol version that the request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Protocol {
    pub(crate) generation: Generation,
    /// V3 asked with version 2.0: lists are bare arrays or results with a count, and dates may be quoted.
    pub(crate) compatible: bool,
}

/// What the path of a request leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Table,
    Row,
}

impl Generation {
    /// The verbs that an address takes, as `Allow` lists them.
    pub(crate) fn verbs(self, place: Place) -> &'static str {
        match (self, place) {
            (Self::Toolkit | Self::V3 | Self::DotNetV2, Place::Table) => "GET, POST",
            (Self::Toolkit, Place::Row) => "DELETE, GET, PUT",
            (Self::V3, Place::Row) => "DELETE, GET, PATCH, PUT",
            (Self::DotNetV2, Place::Row) => "DELETE, GET, PATCH, POST",
            (Self::NodeV2, _) => "GET, HEAD, POST, PATCH, DELETE",
        }
    }

    /// Tells whether an address takes a verb.
    pub(crate) fn takes(self, place: Place, verb: &Method) -> bool {
        self.verbs(place).split(", ").any(|known| known == verb.as_str())
    }
}

impl Protocol {
    fn query_options(self) -> QueryOptions {
        let v2 = self.generation.is_v2();
        QueryOptions {
            grammar: match (v2, self.compatible) {
                (true, _) => Grammar::V3,
                (false, true) => Grammar::V4QuotedDates,
                (false, false) => Grammar::V4,
            },
            names: match self.generation {
                Generation::Toolkit => OptionNames::AnyCase,
                Generation::V3 => OptionNames::AnyCaseDollarOptional,
                Generation::NodeV2 | Generation::DotNetV2 => OptionNames::Exact,
            },
            limits: match self.generation {
                // None was met on Node; the size of the request bounds it, and this what the database makes of it.
                Generation::NodeV2 => Limits { nodes: 4000, depth: 50 },
                Generation::Toolkit | Generation::V3 | Generation::DotNetV2 => Limits::default(),
            },
            inline_count: self.compatible || v2,
            count: !v2,
        }
    }

    /// Reads the query of a list; `Err` is the answer to one that cannot be read.
    #[expect(clippy::result_large_err, reason = "the error is the answer itself")]
    pub(crate) fn read_query(
        self,
        raw: &str,
        options: &[(String, String)],
        headers: &HeaderMap,
        limits: PageLimits,
    ) -> Result<Query, Response> {
        let failed = |error| self.query_error(&error);
        let mut query = match self.generation {
            Generation::NodeV2 => node::read_query(raw, options, &self.query_options()).map_err(failed)?,
            Generation::DotNetV2 => {
                const KNOWN: [&str; 6] = ["$filter", "$orderby", "$top", "$skip", "$select", "$inlinecount"];
                let unknown = options.iter().find(|(name, _)| name.starts_with('$') && !KNOWN.contains(&name.as_str()));
                if let Some((name, _)) = unknown {
                    return Err(self.bad_query(&format!("The query parameter '{name}' is not supported.")));
                }
                parse_query(raw, &self.query_options()).map_err(failed)?
            }
            Generation::Toolkit | Generation::V3 => parse_query(raw, &self.query_options()).map_err(failed)?,
        };
        if let Some(top) = query.top.filter(|top| *top > limits.max_top) {
            return Err(self.bad_query(&match self.generation {
                Generation::NodeV2 => format!("You cannot request more than {} records", limits.max_top),
                Generation::Toolkit | Generation::V3 | Generation::DotNetV2 => format!(
                    "The limit of '{}' for Top query has been exceeded. The value from the incoming request is '{top}'.",
                    limits.max_top
                ),
            }));
        }
        query.include_deleted = self.includes_deleted(options, headers);
        Ok(query)
    }

    /// How many rows a page holds, given what was asked for.
    pub(crate) fn page_rows(self, top: Option<u64>, limits: PageLimits) -> u64 {
        match self.generation {
            Generation::NodeV2 => top.unwrap_or(limits.page_size),
            Generation::Toolkit | Generation::V3 | Generation::DotNetV2 => {
                top.unwrap_or(limits.page_size).min(limits.page_size)
            }
        }
    }

    /// Tells whether tombstones are asked for.
    pub(crate) fn includes_deleted(self, options: &[(String, String)], headers: &HeaderMap) -> bool {
        if self.generation == Generation::NodeV2 {
            // Exactly this name, and any value: `false` too.
            return options.iter().any(|(name, value)| name == "__includeDeleted" && !value.is_empty());
        }
        let in_query = options
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("__includedeleted") && value.eq_ignore_ascii_case("true"));
        in_query || (self.generation == Generation::V3 && has_option(headers, "include:deleted"))
    }

    /// Tells whether a write reaches tombstones: those of Node and V3 do not, whatever is asked (protocol 3.2).
    pub(crate) fn writes_deleted(self, options: &[(String, String)], headers: &HeaderMap) -> bool {
        match self.generation {
            Generation::Toolkit | Generation::DotNetV2 => self.includes_deleted(options, headers),
            Generation::V3 | Generation::NodeV2 => false,
        }
    }

    /// Finds what a filter or an order may name: the members that rows have, but for the version.
    pub(crate) fn lookup(self, table: &StoredTable, name: &str) -> Option<(String, ColumnType)> {
        let hidden = (!self.generation.is_v2() && name.eq_ignore_ascii_case("createdAt"))
            || (!self.has_deleted(table) && name.eq_ignore_ascii_case("deleted"));
        if hidden { None } else { table.lookup(name) }
    }

    /// Tells whether rows of a table have the member `deleted`.
    fn has_deleted(self, table: &StoredTable) -> bool {
        self.generation != Generation::NodeV2 || table.is_soft_delete()
    }

    /// The body of a list.
    pub(crate) fn envelope(self, items: &str, count: Option<u64>, next_link: Option<&str>) -> String {
        if self.compatible || self.generation.is_v2() {
            return match count {
                Some(count) => format!(r#"{{"results":{items},"count":{count}}}"#),
                None => items.to_owned(),
            };
        }
        let count = count.map_or_else(|| "null".to_owned(), |count| count.to_string());
        let next_link = next_link.map_or_else(|| "null".to_owned(), answer::json_text);
        format!(r#"{{"items":{items},"count":{count},"nextLink":{next_link}}}"#)
    }
}

/// `X-ZUMO-Options` counts when an option is a header value of its own.
fn has_option(headers: &HeaderMap, option: &str) -> bool {
    headers
        .get_all("x-zumo-options")
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.trim().eq_ignore_ascii_case(option)))
}
