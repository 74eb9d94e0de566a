//! SQL functions by which PostgreSQL computes exactly what the evaluator computes.
//!
//! They live in a schema of their own whose name holds their version and that of Unicode: programs of different versions serve one database
//! side by side, each with its own functions. A schema that no program uses any more can be dropped.

use std::sync::LazyLock;

pub(super) mod letters;

use letters::{Beside, mapping, ranges, spaces};

/// Counts up whenever a function changes.
const VERSION: u32 = 3;

const NUMBERS: &str = include_str!("functions/numbers.sql");
const TEXT: &str = include_str!("functions/text.sql");
const TIME: &str = include_str!("functions/time.sql");

/// Returns the schema of the functions, a plain name that needs no quotes.
pub(super) fn schema() -> &'static str {
    static NAME: LazyLock<String> = LazyLock::new(|| {
        let (major, minor, patch) = char::UNICODE_VERSION;
        format!("synctable_{VERSION}_unicode_{major}_{minor}_{patch}")
    });
    &NAME
}

/// Returns the statements that make the schema and its functions; they fail when it is there.
fn script() -> &'static str {
    // All letters are looked at: once a process is enough.
    static SCRIPT: LazyLock<String> = LazyLock::new(|| {
        let text = TEXT
            .replace("@spaces@", &spaces())
            .replace("@cased@", &ranges(Beside::Cased))
            .replace("@ignorable@", &ranges(Beside::Ignorable))
            .replace("@lower@\n", &mapping(|letter| letter.to_lowercase().collect()))
            .replace("@upper@\n", &mapping(|letter| letter.to_uppercase().collect()));
        [&format!("CREATE SCHEMA {};\n", schema()), NUMBERS, &text, TIME].join("\n").replace("@schema@", schema())
    });
    &SCRIPT
}

/// Makes the schema and its functions unless they are there; for a transaction, which makes all or nothing.
///
/// # Errors
/// When the database fails, and when the role may not create schemas.
///
/// # Cancellation
/// The transaction is to be rolled back.
pub(super) async fn prepare(transaction: &tokio_postgres::Transaction<'_>) -> Result<(), tokio_postgres::Error> {
    // Programs that start at one time take turns.
    transaction.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", &[&schema()]).await?;
    let known = transaction.query_opt("SELECT 1 FROM pg_namespace WHERE nspname = $1", &[&schema()]).await?;
    if known.is_none() {
        transaction.batch_execute(script()).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a, 64 bits.
    fn hash(text: &str) -> u64 {
        text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    #[test]
    fn changed_functions_have_another_version() {
        // Databases keep what an older program made under the same name: with the text, change the version too.
        let found = (VERSION, hash(&[NUMBERS, TEXT, TIME].concat()));
        assert_eq!(found, (3, 0xccd8_4683_5a09_09c4), "{found:#x?}");
    }
}
