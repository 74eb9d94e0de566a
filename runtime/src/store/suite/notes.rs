//! Tokens, quarantine, graves, settlements, values of our own.

use super::*;
use crate::store::system::{DeltaToken, Grave, Quarantined, Settled};

both!(
    tokens_are_kept_by_table_and_query,
    quarantined_rows_are_kept_by_id,
    graves_are_kept_until_they_are_old,
    settlements_are_marked_and_forgotten,
    marks_are_never_given_twice,
    values_are_kept_by_key,
);

async fn tokens_are_kept_by_table_and_query(store: Shared) {
    let token = |table: &str, query: &str, filter: &str| DeltaToken {
        table: table.to_owned(),
        query: query.to_owned(),
        filter: filter.to_owned(),
        token: Some(instant(3)),
        read_at: Some(instant(4)),
    };
    let bare = DeltaToken { token: None, read_at: None, ..token("item", "bare", "") };
    let put = [token("item", "q", "old"), token("item", "q", "f"), token("other", "q", "f"), bare.clone()];
    write(&store, move |tx| put.iter().try_for_each(|token| tx.put_token(token))).await;
    let found = read(&store, |tx| {
        Ok([tx.token("item", "q")?, tx.token("other", "q")?, tx.token("item", "bare")?, tx.token("item", "none")?])
    })
    .await;
    assert_eq!(found, [Some(token("item", "q", "f")), Some(token("other", "q", "f")), Some(bare), None]);
    let of_table = read(&store, |tx| Ok([tx.tokens("item")?, tx.tokens("none")?])).await;
    assert_eq!(of_table[0].iter().map(|token| token.query.as_str()).collect::<Vec<_>>(), ["bare", "q"]);
    assert!(of_table[1].is_empty());
    let left = write(&store, |tx| {
        tx.remove_tokens(Some("item"))?;
        let left =
            (tx.token("item", "q")?.is_some(), tx.token("item", "bare")?.is_some(), tx.token("other", "q")?.is_some());
        tx.remove_tokens(None)?;
        Ok((left, tx.token("other", "q")?.is_some()))
    })
    .await;
    assert_eq!(left, ((false, false, true), false));
}

async fn quarantined_rows_are_kept_by_id(store: Shared) {
    let row = |table: &str, id: &str, error: &str| Quarantined {
        table: table.to_owned(),
        id: id.to_owned(),
        error: error.to_owned(),
        raw: "{\"id\":\"a\"}".to_owned(),
        at: instant(1),
    };
    let put = [row("other", "a", ""), row("item", "b", ""), row("item", "a", "first"), row("item", "a", "second")];
    write(&store, move |tx| put.iter().try_for_each(|row| tx.put_quarantined(row))).await;
    let of_item = [row("item", "a", "second"), row("item", "b", "")];
    assert_eq!(read(&store, |tx| tx.quarantined(Some("item"))).await, of_item);
    assert_eq!(read(&store, |tx| tx.quarantined(None)).await.len(), 3);
    write(&store, |tx| {
        tx.remove_quarantined("item", "a")?;
        tx.remove_quarantined("item", "never")
    })
    .await;
    assert_eq!(read(&store, |tx| tx.quarantined(None)).await, [row("item", "b", ""), row("other", "a", "")]);
}

async fn graves_are_kept_until_they_are_old(store: Shared) {
    let grave = |id: &str, at: i64| Grave { row: full_item(id), at: instant(at) };
    let put = [grave("a", 10), grave("b", 20), grave("b", 30)];
    write(&store, move |tx| put.iter().try_for_each(|grave| tx.put_grave(grave, instant(0)))).await;
    assert_eq!(read(&store, |tx| tx.graves("item")).await, [grave("a", 10), grave("b", 30)]);
    assert!(read(&store, |tx| tx.graves("other")).await.is_empty());
    let last = grave("c", 40);
    write(&store, move |tx| tx.put_grave(&last, instant(30))).await;
    assert_eq!(read(&store, |tx| tx.graves("item")).await, [grave("b", 30), grave("c", 40)]);
    write(&store, |tx| {
        tx.remove_grave("item", "b")?;
        tx.remove_grave("item", "never")
    })
    .await;
    assert_eq!(read(&store, |tx| tx.graves("item")).await, [grave("c", 40)]);
}

fn settled(id: &str, at: i64) -> Settled {
    Settled {
        table: "item".to_owned(),
        id: id.to_owned(),
        version: version("v1"),
        updated_at: Some(instant(2)),
        deleted: false,
        at: instant(at),
    }
}

async fn settlements_are_marked_and_forgotten(store: Shared) {
    assert_eq!(read(&store, |tx| tx.settle_mark()).await, 0);
    let gone = Settled { version: None, updated_at: None, deleted: true, ..settled("b", 2_000) };
    let other = Settled { table: "other".to_owned(), ..settled("a", 2_500) };
    let put = [settled("a", 1_000), gone.clone(), other, settled("c", 3_000)];
    let marks = write(&store, move |tx| {
        put.iter()
            .map(|note| tx.put_settled(note, instant(0)).and_then(|()| tx.settle_mark()))
            .collect::<Result<Vec<_>, _>>()
    })
    .await;
    assert!(marks.windows(2).all(|pair| pair[0] < pair[1]) && marks[0] > 0, "{marks:?}");
    let first = marks[0];
    let all = [settled("a", 1_000), gone.clone(), settled("c", 3_000)];
    assert_eq!(read(&store, |tx| tx.settled_since("item", 0)).await, all);
    assert_eq!(read(&store, move |tx| tx.settled_since("item", first)).await, [gone.clone(), settled("c", 3_000)]);
    write(&store, |tx| tx.put_settled(&settled("d", 4_000), instant(2_000))).await;
    assert_eq!(read(&store, |tx| tx.settled_since("item", 0)).await, [gone, settled("c", 3_000), settled("d", 4_000)]);
    // The clock was far ahead, then set right: such notes do not stay for ever.
    write(&store, |tx| {
        tx.put_settled(&settled("ahead", 1_000_000), instant(1_000_000))?;
        tx.put_settled(&settled("right", 5_000), instant(4_500))
    })
    .await;
    assert_eq!(read(&store, |tx| tx.settled_since("item", 0)).await, [settled("right", 5_000)]);
}

async fn marks_are_never_given_twice(store: Shared) {
    let marks = write(&store, |tx| {
        // Forgotten at once, as it is older than what is kept.
        tx.put_settled(&settled("a", 1), instant(5))?;
        let first = tx.settle_mark()?;
        tx.put_settled(&settled("b", 1), instant(5))?;
        Ok((first, tx.settle_mark()?, tx.settled_since("item", 0)?))
    })
    .await;
    assert!(marks.1 > marks.0 && marks.0 > 0 && marks.2.is_empty(), "{marks:?}");
}

async fn values_are_kept_by_key(store: Shared) {
    write(&store, |tx| {
        tx.put_meta("a", Some("1"))?;
        tx.put_meta("a", Some("2"))?;
        tx.put_meta("b", Some(""))?;
        tx.put_meta("c", Some("3"))?;
        tx.put_meta("c", None)?;
        tx.put_meta("never", None)
    })
    .await;
    let found = read(&store, |tx| Ok([tx.meta("a")?, tx.meta("b")?, tx.meta("c")?])).await;
    assert_eq!(found, [Some("2".to_owned()), Some(String::new()), None]);
}
