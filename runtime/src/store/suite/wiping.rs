//! The wipe of a whole store.

use super::changes::Ears;
use super::*;
use crate::query::Selection;
use crate::store::SameVersion;
use crate::store::system::{DeltaToken, Grave, Quarantined, Settled, key};

both!(a_wipe_leaves_tables_and_numbers_alone, a_wipe_is_told);

/// Something of every kind.
fn fill(tx: &mut dyn StoreWrite) -> Result<Sequence, Error> {
    let sequence = tx.next_sequence()?;
    tx.put_entry(&entry(sequence, "a"))?;
    tx.put_row(&StoredRow { row: item("a", "wish"), replaced: None, entry: Some(sequence) })?;
    tx.apply(&batch(&[pulled("b", "B", "1")]), &[], SameVersion::Keep)?;
    let mut local = Row::new(&LOCAL);
    local.values[0] = text("l");
    tx.put_row(&stored(local))?;
    let mut kept = Row::new(&KEEP);
    kept.values = item("k", "K").values;
    tx.put_row(&stored(kept))?;
    tx.keep_deleted(&KEEP, "k", None)?;
    tx.put_token(&DeltaToken {
        table: "item".to_owned(),
        query: "all".to_owned(),
        filter: String::new(),
        token: Some(instant(9)),
        read_at: None,
    })?;
    tx.put_quarantined(&Quarantined {
        table: "item".to_owned(),
        id: "q".to_owned(),
        error: "bad".to_owned(),
        raw: "{}".to_owned(),
        at: instant(9),
    })?;
    tx.put_grave(&Grave { row: item("g", "G"), at: instant(9) }, instant(0))?;
    let settled = Settled {
        table: "item".to_owned(),
        id: "s".to_owned(),
        version: None,
        updated_at: None,
        deleted: false,
        at: instant(9),
    };
    tx.put_settled(&settled, instant(0))?;
    for key in [key::ENDPOINT, key::USER, key::DIALECT, key::LEASE, &key::tombstone("item", "t"), &key::narrow("item")]
    {
        tx.put_meta(key, Some("x"))?;
    }
    Ok(sequence)
}

async fn a_wipe_leaves_tables_and_numbers_alone(store: Shared) {
    let sequence = write(&store, fill).await;
    let mark = read(&store, |tx| tx.settle_mark()).await;
    store.wipe().await.unwrap();
    read(&store, move |tx| {
        let all = Selection { include_deleted: true, ..Selection::default() };
        for table in TABLES {
            assert_eq!(tx.count(table, &all)?, 0, "{}", table.name());
        }
        assert_eq!(tx.deleted_row(&KEEP, "k")?, None);
        assert_eq!(tx.pending(None)?, 0);
        assert_eq!(tx.token("item", "all")?, None);
        assert_eq!(tx.quarantined(None)?, []);
        assert_eq!(tx.graves("item")?, []);
        assert_eq!(tx.settled_since("item", 0)?, []);
        for key in
            [key::ENDPOINT, key::USER, key::DIALECT, key::LEASE, &key::tombstone("item", "t"), &key::narrow("item")]
        {
            assert_eq!(tx.meta(key)?, None, "{key}");
        }
        assert_eq!((tx.last_sequence()?, tx.settle_mark()?), (sequence, mark), "no number is given twice");
        Ok(())
    })
    .await;
    let next = write(&store, fill).await;
    assert!(next > sequence, "it goes on");
    store.open(&TABLES).await.unwrap();
}

async fn a_wipe_is_told(store: Shared) {
    write(&store, fill).await;
    let ears = Ears::open(&store).await;
    store.wipe().await.unwrap();
    assert!(ears.was_told_anything());
}
