//! The kept answers in PostgreSQL.

use std::collections::HashMap;

use deadpool_postgres::Object;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};

use super::text::meant;
use crate::store::CellRef;
use crate::store::batch::NewReply;
use crate::store::reply::{Keyed, Reply};

/// Makes the table.
pub(super) const CREATE: &str = "CREATE TABLE __replies (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \"user\" text COLLATE \"C\" NOT NULL, \"key\" text COLLATE \"C\" NOT NULL, print text NOT NULL, outcome text NOT NULL, at bigint NOT NULL, UNIQUE (\"user\", \"key\"))";

const FIND: &str = "SELECT \"user\", \"key\", print, outcome FROM __replies WHERE (\"user\", \"key\") IN (SELECT * FROM unnest($1::text[], $2::text[]))";

/// Transactions of one table follow one another, so that a key is there already only if a client uses it for two requests at once.
const KEEP: &str = "INSERT INTO __replies (\"user\", \"key\", print, outcome, at) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]) ON CONFLICT DO NOTHING";

/// Of the oldest answers some go with each transaction, if they are too old or too many; what another transaction removes is passed over.
const CLEAN: &str = "DELETE FROM __replies WHERE seq IN (
    SELECT seq FROM (SELECT seq, at FROM __replies ORDER BY seq LIMIT $3 FOR UPDATE SKIP LOCKED) AS oldest
    WHERE at < $1 OR seq <= (SELECT max(seq) FROM __replies) - $2)";

/// How many of the oldest answers are looked at for each new one.
const LOOKED_AT: usize = 4;

/// The question for the answers to some requests.
pub(super) struct Find<'k> {
    statement: Statement,
    users: Vec<CellRef<'k>>,
    keys: Vec<&'k str>,
}

impl<'k> Find<'k> {
    /// Prepares it; none without a key.
    pub(super) async fn prepare(client: &Object, keyed: &[&'k Keyed]) -> Result<Option<Self>, Error> {
        if keyed.is_empty() {
            return Ok(None);
        }
        let statement = client.prepare_cached(FIND).await?;
        let users = keyed.iter().map(|keyed| CellRef::Text(&keyed.user)).collect();
        let keys = keyed.iter().map(|keyed| keyed.key.as_str()).collect();
        Ok(Some(Self { statement, users, keys }))
    }
}

/// Asks for the answers that are kept.
pub(super) async fn find(client: &Object, find: Option<&Find<'_>>) -> Result<HashMap<(String, String), Reply>, Error> {
    let Some(Find { statement, users, keys }) = find else { return Ok(HashMap::new()) };
    let parameters: [&(dyn ToSql + Sync); 2] = [users, keys];
    let read = |row: &Row| {
        let user = meant(row.try_get(0)?).into_owned();
        Ok(((user, row.try_get(1)?), Reply { print: row.try_get(2)?, outcome: row.try_get(3)? }))
    };
    client.query(statement, &parameters).await?.iter().map(read).collect()
}

/// The statements that keep answers and let go of old ones.
pub(super) struct Keep {
    keep: Statement,
    clean: Statement,
}

impl Keep {
    /// Prepares them; none if nothing is to be kept.
    pub(super) async fn prepare(client: &Object, replies: &[NewReply]) -> Result<Option<Self>, Error> {
        if replies.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { keep: client.prepare_cached(KEEP).await?, clean: client.prepare_cached(CLEAN).await? }))
    }
}

/// Keeps answers.
pub(super) async fn keep(client: &Object, keep: Option<&Keep>, replies: &[NewReply]) -> Result<(), Error> {
    let (Some(Keep { keep, clean }), Some(newest)) = (keep, replies.last()) else { return Ok(()) };
    let users: Vec<CellRef<'_>> = replies.iter().map(|new| CellRef::Text(&new.user)).collect();
    let keys: Vec<&str> = replies.iter().map(|new| new.key.as_str()).collect();
    let prints: Vec<&str> = replies.iter().map(|new| new.reply.print.as_str()).collect();
    let outcomes: Vec<&str> = replies.iter().map(|new| new.reply.outcome.as_str()).collect();
    let stamps: Vec<i64> = replies.iter().map(|new| new.at).collect();
    let kept: [&(dyn ToSql + Sync); 5] = [&users, &keys, &prints, &outcomes, &stamps];
    let (since, most) = (newest.kept.since(newest.at), newest.kept.most());
    let looked_at = i64::try_from(LOOKED_AT * replies.len()).unwrap_or(i64::MAX);
    let cleaned: [&(dyn ToSql + Sync); 3] = [&since, &most, &looked_at];
    let (kept, cleaned) = tokio::join!(biased; client.execute(keep, &kept), client.execute(clean, &cleaned));
    kept?;
    cleaned?;
    Ok(())
}
