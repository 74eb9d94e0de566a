//! Many rows: a long queue, cut in the middle, and a large table.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use synctable::Status;
use synctable::wire::{
    BoxFuture, Method, Request, ReqwestTransport, Response, Transport, TransportError, TransportErrorKind,
};

use crate::world::{TodoItem, World};

const QUEUED: u64 = 10_000;
const PULLED: u64 = 50_000;

/// Lets so many writes through, then nothing more.
#[derive(Debug)]
struct Unplugged {
    inner: ReqwestTransport,
    left: AtomicU64,
}

impl Transport for Unplugged {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let is_write = request.method != Method::Get;
        let is_through = if is_write {
            self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
        } else {
            self.left.load(Ordering::SeqCst) > 0
        };
        if is_through {
            return self.inner.send(request);
        }
        Box::pin(std::future::ready(Err(TransportError::new(TransportErrorKind::Unanswered, "unplugged"))))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_of_ten_thousand_inserts() {
    let Some(world) = World::start("a_queue_of_ten_thousand_inserts") else { return };
    let began = Instant::now();
    let transport = Unplugged { inner: ReqwestTransport::new().unwrap(), left: AtomicU64::new(QUEUED / 2) };
    let context = world.builder("tablet").transport(transport).push_lanes(4).table::<TodoItem>().open().await.unwrap();
    for batch in 0..QUEUED / 1000 {
        context
            .transaction(move |tx| {
                for number in 0..1000 {
                    tx.insert(TodoItem::titled(&format!("Item {}", batch * 1000 + number)))?;
                }
                Ok(())
            })
            .await
            .unwrap();
    }
    let queued = began.elapsed();
    let report = context.push().await.unwrap();
    assert_ne!(report.status(), Status::Complete);
    assert_eq!(report.done(), QUEUED / 2, "{report}");
    assert_eq!(context.pending_count().await.unwrap(), QUEUED / 2);
    drop(context);
    let context = world.builder("tablet").push_lanes(4).table::<TodoItem>().open().await.unwrap();
    assert_eq!(context.pending_count().await.unwrap(), QUEUED / 2, "the queue survives the restart");
    let report = context.push().await.unwrap();
    assert_eq!((report.status(), report.done()), (Status::Complete, QUEUED / 2), "{report}");
    println!("{QUEUED} inserts: queued in {queued:.1?}, pushed in {:.1?}", began.elapsed() - queued);
    let rows = world.peer().rows("todoitem");
    assert_eq!(rows.len() as u64, QUEUED);
    assert!(rows.iter().all(|row| row["version"] == "MQ=="), "each row was written once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_of_fifty_thousand_rows() {
    let Some(mut world) = World::start("a_pull_of_fifty_thousand_rows") else { return };
    world.operate(&format!(
        "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {PULLED}) \
         INSERT INTO todoitem (id, title, complete, updatedAt) \
         SELECT printf('i%06d', n), 'Item ' || n, n % 2, \
         strftime('%Y-%m-%dT%H:%M:%fZ', 1700000000 + n / 7, 'unixepoch') FROM number;"
    ));
    let (_context, items) = world.device("tablet").await;
    let began = Instant::now();
    let pull = items.pull(TodoItem::pull("all")).await.unwrap();
    assert_eq!((pull.status(), pull.applied()), (Status::Complete, PULLED), "{pull}");
    println!("{PULLED} rows: pulled in {:.1?} and {} requests", began.elapsed(), pull.requests());
    assert_eq!(items.count(&TodoItem::query()).await.unwrap(), PULLED);
    assert_eq!(items.count(&TodoItem::query().filter(|item| item.complete.eq(true))).await.unwrap(), PULLED / 2);
    let again = items.pull(TodoItem::pull("all")).await.unwrap();
    assert_eq!((again.applied(), again.deleted()), (0, 0), "{again}");
}
