//! All or nothing, in the order of the calls.

use super::*;
use crate::error::ErrorKind;
use crate::query::Selection;

both!(
    an_error_rolls_all_back,
    a_panic_rolls_all_back,
    a_failing_job_in_the_middle_of_many_fails_alone,
    a_sequence_of_work_that_failed_leaves_no_trace,
    accepted_work_is_done_without_its_future,
    writes_are_done_in_the_order_of_the_calls,
    work_sees_what_it_wrote,
    a_read_that_panics_is_an_error,
    many_more_calls_than_fit_the_queue,
);

async fn fails(store: &Shared, work: impl FnOnce(&mut dyn StoreWrite) -> Result<(), Error> + Send + 'static) -> Error {
    store.write(Durability::Power, ChangeSource::Local, Box::new(work)).await.unwrap_err()
}

fn change_everything(tx: &mut dyn StoreWrite) -> Result<(), Error> {
    tx.put_row(&stored(item("b", "")))?;
    tx.remove_row(&ITEM, "a")?;
    let sequence = tx.next_sequence()?;
    tx.put_entry(&entry(sequence, "b"))?;
    tx.put_meta("key", Some("value"))
}

async fn assert_untouched(store: &Shared) {
    assert_eq!(ids(store).await, ["a"]);
    assert_eq!(read(store, |tx| Ok((tx.pending(None)?, tx.meta("key")?))).await, (0, None));
}

async fn an_error_rolls_all_back(store: Shared) {
    write(&store, |tx| tx.put_row(&stored(item("a", "")))).await;
    let error = fails(&store, |tx| {
        change_everything(tx)?;
        Err(Error::new(ErrorKind::NotFound, "mine"))
    })
    .await;
    assert_eq!((error.kind(), error.message()), (ErrorKind::NotFound, "mine"));
    assert_untouched(&store).await;
}

async fn a_panic_rolls_all_back(store: Shared) {
    write(&store, |tx| tx.put_row(&stored(item("a", "")))).await;
    let error = fails(&store, |tx| {
        change_everything(tx)?;
        panic!("broken app")
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::App);
    assert!(error.to_string().contains("broken app"), "{error}");
    assert_untouched(&store).await;
    write(&store, change_everything).await;
    assert_eq!(ids(&store).await, ["b"]);
}

/// Holds the writer until it is let go, so that what is called meanwhile forms a group.
pub(super) async fn held<'a>(
    store: &'a Shared,
) -> (std::sync::mpsc::Sender<()>, crate::store::BoxFuture<'a, Result<(), Error>>) {
    let (go, wait) = std::sync::mpsc::channel();
    if format!("{store:?}").starts_with("MemoryStore") {
        return (go, Box::pin(std::future::ready(Ok(()))));
    }
    let work = move |_: &mut dyn StoreWrite| {
        let _ = wait.recv();
        Ok(())
    };
    (go, store.write(Durability::Power, ChangeSource::Local, Box::new(work)))
}

async fn a_failing_job_in_the_middle_of_many_fails_alone(store: Shared) {
    let (go, first) = held(&store).await;
    let put = |id: &'static str| -> crate::store::WriteWork {
        Box::new(move |tx| {
            let sequence = tx.next_sequence()?;
            tx.put_entry(&entry(sequence, id))?;
            tx.put_row(&StoredRow { entry: Some(sequence), ..stored(item(id, "")) })
        })
    };
    let a = store.write(Durability::Power, ChangeSource::Local, put("a"));
    let fails = store.write(
        Durability::Power,
        ChangeSource::Local,
        Box::new(|tx| {
            let sequence = tx.next_sequence()?;
            tx.put_entry(&entry(sequence, "x"))?;
            tx.put_row(&stored(item("x", "")))?;
            Err(Error::new(ErrorKind::Exists, "no"))
        }),
    );
    let panics = store.write(
        Durability::Power,
        ChangeSource::Local,
        Box::new(|tx| {
            tx.put_row(&stored(item("y", "")))?;
            panic!("no")
        }),
    );
    let refused = store.write(
        Durability::Power,
        ChangeSource::Local,
        Box::new(|tx| {
            tx.put_row(&stored(item("z", "")))?;
            let mut row = item("zz", "");
            row.values[TITLE] = Value::Null;
            tx.put_row(&stored(row))
        }),
    );
    let b = store.write(Durability::Power, ChangeSource::Local, put("b"));
    let relaxed = store.write(Durability::Process, ChangeSource::Local, put("c"));
    drop(go);
    first.await.unwrap();
    a.await.unwrap();
    assert_eq!(fails.await.unwrap_err().kind(), ErrorKind::Exists);
    assert_eq!(panics.await.unwrap_err().kind(), ErrorKind::App);
    assert_eq!(refused.await.unwrap_err().kind(), ErrorKind::Invalid);
    b.await.unwrap();
    relaxed.await.unwrap();
    assert_eq!(ids(&store).await, ["a", "b", "c"]);
    let sequences = read(&store, |tx| {
        let mut sequence = |id| Ok::<_, Error>(tx.entry_of(&ITEM, id)?.map(|entry| entry.sequence));
        Ok((sequence("a")?, sequence("b")?, sequence("c")?, tx.pending(None)?))
    })
    .await;
    assert!(sequences.0 < sequences.1 && sequences.1 < sequences.2 && sequences.3 == 3, "{sequences:?}");
}

async fn a_sequence_of_work_that_failed_leaves_no_trace(store: Shared) {
    fails(&store, |tx| {
        tx.next_sequence()?;
        Err(Error::new(ErrorKind::App, ""))
    })
    .await;
    assert_eq!(read(&store, |tx| tx.last_sequence()).await, Sequence(0));
}

async fn accepted_work_is_done_without_its_future(store: Shared) {
    drop(store.write(Durability::Power, ChangeSource::Local, Box::new(|tx| tx.put_row(&stored(item("a", ""))))));
    // Served behind it.
    write(&store, |_| Ok(())).await;
    assert_eq!(ids(&store).await, ["a"]);
}

async fn writes_are_done_in_the_order_of_the_calls(store: Shared) {
    let mut waiting = Vec::new();
    for number in 0..100 {
        waiting.push(store.write(
            if number % 3 == 0 { Durability::Process } else { Durability::Power },
            ChangeSource::Local,
            Box::new(move |tx| {
                let before = tx.meta("order")?.unwrap_or_default();
                tx.put_meta("order", Some(&format!("{before},{number}")))
            }),
        ));
    }
    for future in waiting.into_iter().rev() {
        future.await.unwrap();
    }
    let expected: String = (0..100).map(|number| format!(",{number}")).collect();
    assert_eq!(read(&store, |tx| tx.meta("order")).await, Some(expected));
}

async fn work_sees_what_it_wrote(store: Shared) {
    let counts = write(&store, |tx| {
        tx.put_row(&stored(item("a", "")))?;
        let one = tx.count(&ITEM, &Selection::default())?;
        tx.remove_row(&ITEM, "a")?;
        Ok((one, tx.count(&ITEM, &Selection::default())?))
    })
    .await;
    assert_eq!(counts, (1, 0));
}

async fn a_read_that_panics_is_an_error(store: Shared) {
    for _ in 0..4 {
        let error = store.read(Box::new(|_| panic!("broken view"))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::App);
    }
    assert!(ids(&store).await.is_empty());
}

async fn many_more_calls_than_fit_the_queue(store: Shared) {
    let mut waiting = Vec::new();
    for number in 0..1_000 {
        let shared = Arc::clone(&store);
        waiting.push(tokio::spawn(async move {
            super::super::write(&*shared, Durability::Power, ChangeSource::Local, move |tx| {
                let sequence = tx.next_sequence()?;
                tx.put_row(&StoredRow { entry: Some(sequence), ..stored(item(&number.to_string(), "")) })
            })
            .await
        }));
    }
    for task in waiting {
        task.await.unwrap().unwrap();
    }
    assert_eq!(
        read(&store, |tx| Ok((tx.count(&ITEM, &Selection::default())?, tx.last_sequence()?))).await,
        (1_000, Sequence(1_000))
    );
}
