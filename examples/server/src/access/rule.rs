//! Rules of tables as text.

use std::fmt;
use std::str::FromStr;

use super::{Access, Caller, Refusal};

/// Who may use a table, as `anonymous`, `authenticated`, `owner:COLUMN[:CLAIM]`, each perhaps with `+read-only`, or `read-only`.
///
/// ```
/// use synctable_server::TableRule;
///
/// let rule: TableRule = "owner:userId".parse()?;
/// assert_eq!(rule.to_string(), "owner:userId:sub");
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRule {
    pub(super) who: Who,
    pub(super) read_only: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    Anyone,
    /// Whoever has a valid token.
    User,
    /// Each user sees the rows whose column is what the claim of the token says.
    Owner {
        column: String,
        claim: String,
    },
}

impl TableRule {
    /// Says what a caller sees.
    pub(super) fn access(&self, caller: &Caller) -> Result<Access, Refusal> {
        let claims = match (&self.who, caller) {
            (Who::Anyone, _) => return Ok(Access::Full),
            (_, Caller::Nobody) => return Err(Refusal::Unauthorized(None)),
            (_, Caller::Invalid(reason)) => return Err(Refusal::Unauthorized(Some(reason))),
            (_, Caller::User(claims)) => claims,
        };
        let Who::Owner { column, claim } = &self.who else { return Ok(Access::Full) };
        match claims.name(claim) {
            Some(value) => Ok(Access::Owner { column: column.clone(), value }),
            None => Err(Refusal::Unauthorized(Some("the token does not say whose rows are asked for"))),
        }
    }
}

impl FromStr for TableRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "'{text}' is not a rule; write anonymous, authenticated, read-only, owner:COLUMN or owner:COLUMN:CLAIM, or one of them with +read-only"
            )
        };
        let (who, read_only) = match text.strip_suffix("+read-only") {
            Some(who) => (who, true),
            None if text == "read-only" => ("anonymous", true),
            None => (text, false),
        };
        let mut parts = who.splitn(3, ':');
        let who = match (parts.next(), parts.next(), parts.next()) {
            (Some("anonymous"), None, None) => Who::Anyone,
            (Some("authenticated"), None, None) => Who::User,
            (Some("owner"), Some(column), claim) if !column.is_empty() && claim != Some("") => {
                Who::Owner { column: column.to_owned(), claim: claim.unwrap_or("sub").to_owned() }
            }
            _ => return Err(wrong()),
        };
        Ok(Self { who, read_only })
    }
}

impl fmt::Display for TableRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.who {
            Who::Anyone if self.read_only => return f.write_str("read-only"),
            Who::Anyone => f.write_str("anonymous")?,
            Who::User => f.write_str("authenticated")?,
            Who::Owner { column, claim } => write!(f, "owner:{column}:{claim}")?,
        }
        f.write_str(if self.read_only { "+read-only" } else { "" })
    }
}

/// A table with its rule, as `TABLE=RULE`; the table `*` is every one without a rule of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableAccess {
    /// The name of the table, or `*`.
    pub table: String,
    /// Its rule.
    pub rule: TableRule,
}

impl FromStr for TableAccess {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((table, rule)) if !table.is_empty() => Ok(Self { table: table.to_owned(), rule: rule.parse()? }),
            _ => Err(format!("'{text}' has no table; write TABLE=RULE, or '*=RULE' for all others")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_and_written() {
        for (text, written) in [
            ("anonymous", "anonymous"),
            ("authenticated", "authenticated"),
            ("read-only", "read-only"),
            ("anonymous+read-only", "read-only"),
            ("authenticated+read-only", "authenticated+read-only"),
            ("owner:userId", "owner:userId:sub"),
            ("owner:userId:http://a/b:c", "owner:userId:http://a/b:c"),
            ("owner:userId+read-only", "owner:userId:sub+read-only"),
        ] {
            let rule: TableRule = text.parse().unwrap();
            assert_eq!(rule.to_string(), written);
            assert_eq!(written.parse(), Ok(rule));
        }
        for text in ["", "anyone", "owner", "owner:", "owner:a:", "anonymous:x", "read-only+read-only", "Anonymous"] {
            assert!(text.parse::<TableRule>().unwrap_err().contains("owner:COLUMN"), "{text}");
        }
        for text in ["movies", "=anonymous", "movies=", "movies=x"] {
            assert!(text.parse::<TableAccess>().is_err(), "{text}");
        }
        assert_eq!("*=read-only".parse::<TableAccess>().unwrap().table, "*");
    }
}
