//! The server generations, and everything in which they differ.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};

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
