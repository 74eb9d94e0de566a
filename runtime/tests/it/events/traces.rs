//! Spans: what is promised of their names and fields, and what must never stand in them.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::json;
use synctable::{MemoryStore, SyncContext};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Metadata, Subscriber};

use crate::world::net::answer;
use crate::world::tables::Item;
use crate::world::{World, id};

/// Keeps all spans as text, in the order of their making, each below its parent.
#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    spans: Vec<(Option<usize>, String)>,
    entered: Vec<usize>,
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "duration_ms" => self.0.push_str(" duration_ms"),
            name => write!(self.0, " {name}={value:?}").unwrap(),
        }
    }
}

fn place(id: &Id) -> usize {
    usize::try_from(id.into_u64()).unwrap() - 1
}

impl Subscriber for Kept {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "synctable"
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut state = self.0.lock().unwrap();
        let mut text = attributes.metadata().name().to_owned();
        attributes.record(&mut Fields(&mut text));
        let parent = state.entered.last().copied();
        state.spans.push((parent, text));
        Id::from_u64(state.spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        values.record(&mut Fields(&mut self.0.lock().unwrap().spans[place(span)].1));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        panic!("no events are promised: {event:?}");
    }

    fn enter(&self, span: &Id) {
        self.0.lock().unwrap().entered.push(place(span));
    }

    fn exit(&self, span: &Id) {
        assert_eq!(self.0.lock().unwrap().entered.pop(), Some(place(span)));
    }
}

impl Kept {
    /// Takes the spans of this thread.
    ///
    /// As long as there is one subscriber only, a thread without it that comes first to the place of a
    /// span turns that place off for all; so there are two.
    fn listen(&self) -> DefaultGuard {
        static OTHER: OnceLock<Dispatch> = OnceLock::new();
        OTHER.get_or_init(|| Dispatch::new(Kept::default()));
        tracing::subscriber::set_default(self.clone())
    }

    /// The spans, indented below those that they lie in.
    fn tree(&self) -> Vec<String> {
        let spans = &self.0.lock().unwrap().spans;
        let depth = |mut place: usize| {
            let mut depth = 0;
            while let Some(parent) = spans[place].0 {
                place = parent;
                depth += 1;
            }
            depth
        };
        spans.iter().enumerate().map(|(place, (_, text))| "  ".repeat(depth(place)) + text).collect()
    }
}

/// A device whose data and settings are full of secrets, and that has one row to send.
async fn device(world: &World) -> SyncContext {
    let context = SyncContext::builder("https://server.example")
        .transport(world.clone())
        .clock(world.clock())
        .store(MemoryStore::new())
        .dialect(synctable::wire::Dialect::DatasyncV3)
        .header("X-Key", "secret of a header")
        .table_with::<Item>(|table| table.pull(Item::pull("some").filter(|i| i.name.ne("secret of a filter"))))
        .open()
        .await
        .unwrap();
    world.server(|server| {
        server.put("item", "b", json!({ "name": "secret of the server", "count": 1 }));
        server.put("item", "c", json!({ "name": "secret of the server", "count": 1 }));
    });
    context.table().insert(Item { id: id("a"), name: "secret of a row".into(), count: 1 }).await.unwrap();
    context
}

/// Spans without the numbers of bytes.
fn shown(kept: &Kept) -> Vec<String> {
    let tree = kept.tree();
    let text = tree.join("\n");
    assert!(!text.contains("secret"), "{text}");
    let words = |line: &String| {
        let depth = line.len() - line.trim_start().len();
        let words: Vec<&str> = line
            .split(' ')
            .filter(|word| !word.is_empty() && !word.contains("bytes=") && *word != "duration_ms")
            .collect();
        " ".repeat(depth) + &words.join(" ")
    };
    tree.iter().map(words).collect()
}

#[tokio::test(start_paused = true)]
async fn a_sync_is_a_tree_of_spans_without_secrets() {
    let (world, kept) = (World::v3(), Kept::default());
    let context = device(&world).await;
    let entered = kept.listen();
    context.sync().await.unwrap().into_result().unwrap();
    drop(entered);
    assert_eq!(
        shown(&kept),
        [
            "synctable.sync status=complete",
            "  synctable.push pending=1 status=complete done=1 failed=0 not_attempted=0",
            "    synctable.operation table=\"item\" id=a kind=insert attempt=1 status=done",
            "      synctable.request method=POST url=\"https://server.example/tables/item\" status=201",
            "  synctable.pull table=\"item\" query=some status=complete",
            "    synctable.page table=\"item\" query=some rows=3",
            "      synctable.request method=GET url=\"https://server.example/tables/item\" status=200",
        ]
    );
    let text = kept.tree().join("\n");
    assert!(text.contains(" sent_bytes=") && text.contains(" received_bytes=") && text.contains(" bytes="), "{text}");
    assert_eq!(text.matches("duration_ms").count(), 2, "{text}");
}

#[tokio::test(start_paused = true)]
async fn spans_of_what_went_wrong_say_how() {
    let (world, kept) = (World::v3(), Kept::default());
    let context = device(&world).await;
    context.table().insert(Item { id: id("c"), name: "secret of a row".into(), count: 2 }).await.unwrap();
    context.table().insert(Item { id: id("d"), name: "secret of a row".into(), count: 2 }).await.unwrap();
    world.once("POST", "item", answer(500, "", "secret of an error"));
    world.once("POST", "item", answer(422, "content-type: application/json", r#"{"message":"secret of an error"}"#));
    let entered = kept.listen();
    drop(context.push().await.unwrap());
    world.heal();
    world.cut();
    drop(context.push().await.unwrap());
    drop(entered);
    let all = shown(&kept);
    let has = |line: &str| assert!(all.iter().any(|span| span.trim() == line), "{line} is not in {all:#?}");
    has("synctable.push pending=3 status=with failures done=1 failed=2 not_attempted=0");
    has("synctable.request method=POST url=\"https://server.example/tables/item\" status=500");
    has("synctable.operation table=\"item\" id=a kind=insert attempt=1 status=refused");
    has("synctable.operation table=\"item\" id=c kind=insert attempt=1 status=conflict");
    has("synctable.operation table=\"item\" id=d kind=insert attempt=1 status=done");
    has("synctable.request method=POST url=\"https://server.example/tables/item\" error=unanswered");
    has("synctable.operation table=\"item\" id=c kind=insert attempt=2 status=table skipped");
    has("synctable.push pending=2 status=offline done=0 failed=1 not_attempted=1");
}
