//! Filters that compute: SQLite selects the rows that the evaluator selects.

use super::*;
use crate::query::Selection;
use crate::query::random::{EVERY, Random};

async fn filled(store: Shared, rows: &[Row]) -> Shared {
    store.open(&[&EVERY]).await.unwrap();
    let rows = rows.to_vec();
    write(&store, move |tx| rows.into_iter().try_for_each(|row| tx.put_row(&stored(row)))).await;
    store
}

async fn selected(store: &Shared, selection: Selection) -> Vec<String> {
    read(store, move |tx| {
        let mut out = RowBatch::new(&EVERY);
        tx.select(&EVERY, &selection, &mut out)?;
        assert_eq!(tx.count(&EVERY, &selection)?, out.len() as u64);
        Ok(out.iter().map(|row| row.id().to_owned()).collect())
    })
    .await
}

#[tokio::test]
async fn computed_filters_select_the_same_rows_in_every_store() {
    let seed = fastrand::u64(..);
    let mut random = Random::new(seed, EVERY.columns());
    let rows: Vec<Row> = (0..40)
        .map(|number| {
            let mut row = Row::new(&EVERY);
            row.values = random.row(number);
            row
        })
        .collect();
    let memory = filled(Arc::new(MemoryStore::new()), &rows).await;
    let sqlite = filled(Arc::new(crate::store::SqliteStore::in_memory()), &rows).await;
    let mut some = 0;
    for turn in 0..3_000 {
        let filter = random.tree(turn % 4);
        let selection = Selection { filter: Some(filter), ..Selection::default() };
        let expected = selected(&memory, selection.clone()).await;
        some += usize::from(!expected.is_empty() && expected.len() < rows.len());
        assert_eq!(selected(&sqlite, selection.clone()).await, expected, "seed {seed}: {:?}", selection.filter);
    }
    assert!(some > 1_000, "only {some} filters select some of the rows");
}
