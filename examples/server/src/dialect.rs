//! All that differs between the server generations.

use std::fmt;
use std::str::FromStr;

use axum::http::HeaderMap;

use crate::TableDefinition;

mod dotnet;
mod failures;
mod generation;
mod links;
mod literals;
mod node;
mod protocol;
mod version;
mod writes;

pub(crate) use dotnet::refused_tag;
pub(crate) use generation::Generation;
pub(crate) use links::{Address, NextPage, Progress};
pub(crate) use literals::literals_of_columns;
pub(crate) use node::{filter as node_filter, fit as fit_node_body};
pub(crate) use protocol::{Place, Protocol};

/// The server generation that the server speaks as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dialect {
    /// `CommunityToolkit.Datasync.Server`.
    #[default]
    Toolkit,
    /// `Microsoft.AspNetCore.Datasync`, which checks the header `ZUMO-API-VERSION` and has a compatibility mode for version 2.0.
    V3,
    /// npm `azure-mobile-apps` on Node; its tables have texts, numbers, booleans and instants only, and every column may be null.
    NodeV2,
    /// The Azure Mobile Apps server on ASP.NET Web API.
    DotNetV2,
    /// Each request says by `ZUMO-API-VERSION` which: none is [`Toolkit`](Self::Toolkit), 2.0.x [`NodeV2`](Self::NodeV2), 3.0.x [`V3`](Self::V3).
    ///
    /// The tables keep all their types, whoever asks.
    Header,
}

impl Dialect {
    /// All dialects.
    pub const ALL: [Self; 5] = [Self::Toolkit, Self::V3, Self::NodeV2, Self::DotNetV2, Self::Header];

    /// The name on command lines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Toolkit => "toolkit",
            Self::V3 => "v3",
            Self::NodeV2 => "node-v2",
            Self::DotNetV2 => "dotnet-v2",
            Self::Header => "header",
        }
    }

    /// Returns the tables as a server of the dialect has them.
    ///
    /// Node's have four types of columns, all of which may be null; what they have no type for is a text or a number.
    #[must_use]
    pub fn tables(self, definitions: &[TableDefinition]) -> Vec<TableDefinition> {
        match self {
            Self::NodeV2 => definitions.iter().map(node::table).collect(),
            Self::Toolkit | Self::V3 | Self::DotNetV2 | Self::Header => definitions.to_vec(),
        }
    }

    /// Returns the generation that answers a request.
    pub(crate) fn generation(self, headers: &HeaderMap, query: &[(String, String)]) -> Generation {
        match self {
            Self::Toolkit => Generation::Toolkit,
            Self::V3 => Generation::V3,
            Self::NodeV2 => Generation::NodeV2,
            Self::DotNetV2 => Generation::DotNetV2,
            Self::Header => match version::asked(headers, query) {
                None => Generation::Toolkit,
                Some(version) if version.starts_with("2.") => Generation::NodeV2,
                // What is no version at all is refused as the one that names the versions it knows.
                Some(_) => Generation::V3,
            },
        }
    }
}

impl FromStr for Dialect {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.name() == name)
            .ok_or_else(|| format!("'{name}' is not a dialect; use toolkit, v3, node-v2, dotnet-v2 or header"))
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.to_string().parse(), Ok(dialect));
        }
        assert!("v4".parse::<Dialect>().unwrap_err().contains("node-v2"));
    }

    #[test]
    fn the_version_of_a_request_chooses_its_generation() {
        let asked = |header: Option<&str>, query: &[(String, String)]| {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert("zumo-api-version", header.parse().unwrap());
            }
            Dialect::Header.generation(&headers, query)
        };
        assert_eq!(asked(None, &[]), Generation::Toolkit);
        assert_eq!(asked(Some("2.0.0"), &[]), Generation::NodeV2);
        assert_eq!(asked(Some("3.0.0"), &[]), Generation::V3);
        assert_eq!(asked(Some("1.0.0"), &[]), Generation::V3);
        assert_eq!(asked(None, &[("ZUMO-API-VERSION".to_owned(), "2.0.1".to_owned())]), Generation::NodeV2);
    }
}
