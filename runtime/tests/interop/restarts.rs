//! Restarts of the client and of the backend in the middle, and work without a network.

use std::sync::Mutex;

use synctable::Status;
use synctable::wire::{
    BoxFuture, Method, Request, ReqwestTransport, Response, Transport, TransportError, TransportErrorKind,
};

use crate::node::Node;
use crate::world::{TodoItem, World};

/// Kills the backend after it has answered the so-manieth request of a verb, and loses that answer.
#[derive(Debug)]
struct Fatal {
    inner: ReqwestTransport,
    method: Method,
    left: Mutex<(u32, Option<Node>)>,
}

impl Fatal {
    fn new(node: Node, method: Method, after: u32) -> Self {
        Self { inner: ReqwestTransport::new().unwrap(), method, left: Mutex::new((after, Some(node))) }
    }

    /// The backend, if this request is its last.
    fn last(&self, method: Method) -> Option<Node> {
        let (left, node) = &mut *self.left.lock().unwrap();
        if method == self.method {
            *left = left.saturating_sub(1);
        }
        if *left == 0 { node.take() } else { None }
    }
}

impl Transport for Fatal {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let node = self.last(request.method);
        Box::pin(async move {
            let answer = self.inner.send(request).await;
            match node {
                Some(node) => {
                    drop(node);
                    Err(TransportError::new(TransportErrorKind::Unanswered, "the backend died"))
                }
                None => answer,
            }
        })
    }
}

#[tokio::test]
async fn the_backend_and_the_client_end_in_the_middle_of_a_push() {
    let Some(mut world) = World::start("the_backend_and_the_client_end_in_the_middle_of_a_push") else { return };
    let mut ids = Vec::new();
    // The answer that gets lost is that of an insert, of an update, of a delete.
    for method in [Method::Post, Method::Patch, Method::Delete] {
        let transport = Fatal::new(world.take_node(), method, 7);
        let context = world.builder("tablet").transport(transport).table::<TodoItem>().open().await.unwrap();
        let items = context.table::<TodoItem>();
        for number in 0..15 {
            match method {
                Method::Post => {
                    ids.push(items.insert(TodoItem::titled(&format!("Item {number}"))).await.unwrap().id);
                }
                Method::Patch => drop(items.edit(&ids[number], |item| item.complete = true).await.unwrap().unwrap()),
                _ => items.delete(&ids[number]).await.unwrap(),
            }
        }
        let report = context.push().await.unwrap();
        assert_eq!((report.status(), report.done()), (Status::Offline, 6), "{method}: {report}");
        assert_eq!(context.pending_count().await.unwrap(), 9, "{method}");
        assert!(context.pending().await.unwrap()[0].is_unanswered(), "{method}: the seventh may have arrived");
        drop((context, items));
        world.restart();
        let (context, items) = world.device("tablet").await;
        let report = context.push().await.unwrap();
        assert_eq!((report.status(), report.done()), (Status::Complete, 9), "{method}: {report}");
        assert_eq!(context.pending_count().await.unwrap(), 0);
        world.assert_same(&items).await;
        // Each row was written once by each push, the one whose answer was lost too.
        let version = match method {
            Method::Post => "MQ==",
            Method::Patch => "Mg==",
            _ => "Mw==",
        };
        let rows = world.peer().rows("todoitem");
        assert_eq!(rows.len(), 15);
        for row in rows {
            assert_eq!(row["version"], version, "{method}: {row}");
        }
    }
    assert!(world.live().is_empty());
}

#[tokio::test]
async fn the_backend_and_the_client_end_in_the_middle_of_a_pull() {
    let Some(mut world) = World::start("the_backend_and_the_client_end_in_the_middle_of_a_pull") else { return };
    world.operate(
        "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 400) \
         INSERT INTO todoitem (id, title, complete, updatedAt) \
         SELECT printf('i%04d', n), 'Item ' || n, 0, strftime('%Y-%m-%dT%H:%M:%fZ', 1700000000 + n, 'unixepoch') \
         FROM number;",
    );
    let transport = Fatal::new(world.take_node(), Method::Get, 5);
    let context = world.builder("tablet").transport(transport).table::<TodoItem>().open().await.unwrap();
    let items = context.table::<TodoItem>();
    let pull = items.pull(TodoItem::pull("all").page_size(50)).await.unwrap();
    assert_eq!(pull.status(), Status::Offline, "{pull}");
    assert!(pull.applied() > 0 && pull.applied() < 400, "what arrived is applied: {pull}");
    drop((context, items));
    world.restart();
    let (_context, items) = world.device("tablet").await;
    let rest = items.pull(TodoItem::pull("all").page_size(50)).await.unwrap();
    assert_eq!((rest.status(), rest.applied()), (Status::Complete, 400 - pull.applied()), "{rest}");
    assert!(rest.rows() < 400 - pull.applied() + 50, "the pull went on where it ended: {} rows", rest.rows());
    world.assert_same(&items).await;
}

#[tokio::test]
async fn a_day_without_a_network() {
    let Some(mut world) = World::start("a_day_without_a_network") else { return };
    let (context, items) = world.device("tablet").await;
    let mut ids = Vec::new();
    for title in ["bread", "milk", "eggs", "tea"] {
        ids.push(items.insert(TodoItem::named(title, title)).await.unwrap().id);
    }
    context.sync().await.unwrap().into_result().unwrap();
    let (phone, phone_items) = world.device("phone").await;
    phone.sync().await.unwrap().into_result().unwrap();
    world.stop();

    // Both devices work; the tablet is restarted in between.
    items.edit(&ids[0], |item| item.title = Some("rye bread".to_owned())).await.unwrap();
    items.delete(&ids[1]).await.unwrap();
    items.insert(TodoItem::named("cake", "cake")).await.unwrap();
    items.edit(&"cake".parse().unwrap(), |item| item.complete = true).await.unwrap();
    items.insert(TodoItem::named("whim", "whim")).await.unwrap();
    items.delete(&"whim".parse().unwrap()).await.unwrap();
    items.edit(&ids[3], |item| item.title = Some("green tea".to_owned())).await.unwrap();
    items.edit(&ids[3], |item| item.title = Some("tea".to_owned())).await.unwrap();
    assert_eq!(context.sync().await.unwrap().status(), Status::Offline);
    drop((context, items));
    let (context, items) = world.device("tablet").await;
    phone_items.edit(&ids[0], |item| item.title = Some("white bread".to_owned())).await.unwrap();
    phone_items.edit(&ids[2], |item| item.complete = true).await.unwrap();
    assert_eq!(phone.push().await.unwrap().status(), Status::Offline);
    let pending: Vec<_> = context.pending().await.unwrap().iter().map(|op| (op.id().to_string(), op.kind())).collect();
    assert_eq!(pending.len(), 3, "what was taken back is not pending: {pending:?}");

    world.restart();
    context.sync().await.unwrap().into_result().unwrap();
    world.assert_same(&items).await;
    let live = world.live();
    assert_eq!(live["bread"]["title"], "rye bread");
    assert_eq!(live["cake"]["complete"], true);
    assert!(!live.contains_key("milk") && !live.contains_key("whim"));
    assert_eq!(live["tea"]["version"], "MQ==", "an edit that was taken back is not sent");

    let report = phone.sync().await.unwrap();
    assert_eq!(report.status(), Status::WithFailures);
    assert_eq!(report.push().failed().len(), 1);
    assert!(report.push().failed()[0].is_conflict() && report.push().failed()[0].id().as_str() == "bread");
    for operation in phone.pending().await.unwrap() {
        phone.discard(&operation).await.unwrap();
    }
    phone.sync().await.unwrap().into_result().unwrap();
    context.sync().await.unwrap().into_result().unwrap();
    world.assert_same(&phone_items).await;
    world.assert_same(&items).await;
}
