//! What happens to a store in the time of one version, and what must be left of it in a later one.

use std::path::Path;

use serde_json::{Map, Value, json};
use synctable::store::Synchronous;
use synctable::store::entry::FailureKind;
use synctable::wire::Dialect;
use synctable::{Operation, OperationKind, Pull, RemoteRow, SqliteStore, Status, SyncContext};

use super::versions::{Job, has_note, open, size_name, text_name};
use crate::world::net::status;
use crate::world::{Meet, World, id};

/// What became of a row in the version of that number: it is the row's id, after the number.
const DEEDS: [&str; 11] =
    ["aside", "conflict", "lost", "lostnote", "reply", "newreply", "new", "edit", "note", "delete", "untouched"];

fn row_id(version: usize, deed: &str) -> String {
    format!("{version}-{deed}")
}

pub(crate) fn store(path: &Path) -> SqliteStore {
    SqliteStore::at(path).synchronous(Synchronous::Normal)
}

/// A row as the server of a version has it.
fn members(version: usize, text: &str) -> Value {
    let mut members = json!({ "note": "given note", "due": "2026-01-31", "state": "new", "priority": 5, "done": true });
    members[text_name(version)] = json!(text);
    members[size_name(version)] = json!(7);
    members
}

/// The server's columns get the names of a later version; versions and stamps of rows stay.
pub(crate) fn rename_on_server(world: &World, before: usize, after: usize) {
    world.server(|server| {
        for row in server.rows.values_mut() {
            for name in [text_name, size_name] {
                if let Some(value) = row.members.remove(name(before)) {
                    row.members.insert(name(after).to_owned(), value);
                }
            }
        }
    });
}

fn on_server(world: &World, id: &str) -> Option<Map<String, Value>> {
    world.server(|server| server.live("job", id).cloned())
}

async fn edit<J: Job>(context: &SyncContext, row: &str, change: impl FnOnce(&mut J) + Send + 'static) {
    assert!(context.table::<J>().edit(&id(row), change).await.unwrap().is_some(), "{row} is there");
}

/// Makes pending, attempted, failed and conflicted operations with the code of one version.
pub(crate) async fn lives<J: Job>(world: &World, context: &SyncContext) {
    let version = J::NUMBER;
    let row = |deed: &str| row_id(version, deed);
    let made = |deed: &str| J::made(id(&row(deed)), "new", 11, "new note");
    for deed in DEEDS.into_iter().filter(|deed| !deed.starts_with("new")) {
        world.server(|server| server.put("job", &row(deed), members(version, "given")));
    }
    pull::<J>(context).await;
    let path = |deed: &str| format!("job/{}", row(deed));
    let all = |deed: &str, meet: Meet| {
        for method in ["PATCH", "PUT"] {
            world.always(method, &path(deed), meet.clone());
        }
    };

    let method = if world.told_dialect() == Some(Dialect::Toolkit) { "PUT" } else { "PATCH" };
    world.lose_next(method, &path("reply"), Meet::LostReply);
    edit::<J>(context, &row("reply"), |job| *job.text() = "ours".to_owned()).await;
    drop(context.push().await.unwrap());
    world.heal();
    all("reply", Meet::LostRequest);
    world.always("GET", &path("reply"), Meet::LostRequest);

    all("aside", status(400));
    edit::<J>(context, &row("aside"), |job| *job.text() = "ours".to_owned()).await;
    drop(context.push().await.unwrap());

    all("lost", Meet::LostRequest);
    edit::<J>(context, &row("lost"), |job| *job.text() = "ours".to_owned()).await;
    drop(context.push().await.unwrap());

    // Its answer comes between: a push stops after three entries without one.
    edit::<J>(context, &row("conflict"), |job| *job.text() = "ours".to_owned()).await;
    world.server(|server| server.change("job", &row("conflict"), json!({ text_name(version): "theirs" })));
    drop(context.push().await.unwrap());

    if has_note(version) {
        all("lostnote", Meet::LostRequest);
        edit::<J>(context, &row("lostnote"), |job| job.set_note("our note")).await;
        drop(context.push().await.unwrap());
    }
    world.always("POST", "job", Meet::LostReply);
    context.table::<J>().insert(made("newreply")).await.unwrap();
    drop(context.push().await.unwrap());

    context.table::<J>().insert(made("new")).await.unwrap();
    edit::<J>(context, &row("edit"), |job| *job.text() = "ours".to_owned()).await;
    edit::<J>(context, &row("note"), |job| job.set_note("our note")).await;
    context.table::<J>().delete(&id(&row("delete"))).await.unwrap();
    world.heal();
}

async fn pull<J: Job>(context: &SyncContext) {
    let report = context.table::<J>().pull(Pull::named("all")).await.unwrap();
    assert!(report.stopped_by().is_none(), "{report:?}");
}

/// Looks at the operations of one version with the code of another, before anything is sent.
pub(crate) async fn survives<J: Job>(context: &SyncContext, born: usize) {
    let pending = context.pending().await.unwrap();
    let found = |deed: &str| pending.iter().find(|operation| operation.id().as_str() == row_id(born, deed));
    let there = |deed: &str| found(deed).unwrap_or_else(|| panic!("{} is not pending", row_id(born, deed)));
    let text = |job: Option<J>| job.map(|mut job| job.text().clone());
    let local = |operation: &Operation| operation.local::<J>().unwrap();
    let context_of = |deed: &str| format!("{deed} of version {born} in version {}", J::NUMBER);

    for (deed, kind, wished, base) in [
        ("aside", OperationKind::Update, Some("ours"), Some("given")),
        ("conflict", OperationKind::Update, Some("ours"), Some("given")),
        ("lost", OperationKind::Update, Some("ours"), Some("given")),
        ("reply", OperationKind::Update, Some("ours"), Some("given")),
        ("newreply", OperationKind::Insert, Some("new"), None),
        ("new", OperationKind::Insert, Some("new"), None),
        ("edit", OperationKind::Update, Some("ours"), Some("given")),
        ("delete", OperationKind::Delete, None, Some("given")),
    ] {
        let operation = there(deed);
        assert_eq!(operation.kind(), kind, "{}", context_of(deed));
        assert_eq!(text(local(operation)).as_deref(), wished, "{}", context_of(deed));
        assert_eq!(text(operation.base::<J>().unwrap()).as_deref(), base, "{}", context_of(deed));
        if let Some(job) = local(operation) {
            let (size, note) = if deed.starts_with("new") { (11, "new note") } else { (7, "given note") };
            assert_eq!(job.size(), size, "{}", context_of(deed));
            if has_note(J::NUMBER) && has_note(born) {
                assert_eq!(job.note().as_deref(), Some(note), "{}", context_of(deed));
            }
        }
        let is_open = matches!(deed, "lost" | "reply" | "newreply");
        assert_eq!(
            (operation.is_unanswered(), operation.attempts() > 0),
            (is_open, is_open || matches!(deed, "aside" | "conflict"))
        );
    }
    assert_eq!(there("aside").failure().unwrap().kind, FailureKind::SetAside);
    assert!(there("conflict").is_conflict());
    match there("conflict").remote::<J>().unwrap() {
        Some(RemoteRow::Live(mut theirs)) => assert_eq!(theirs.text(), "theirs"),
        other => panic!("{}: {other:?}", context_of("conflict")),
    }
    assert_eq!(found("note").is_some(), has_note(born));
    assert!(found("untouched").is_none());
    if has_note(J::NUMBER) && has_note(born) {
        for deed in ["note", "lostnote"] {
            assert_eq!(local(there(deed)).unwrap().note().as_deref(), Some("our note"), "{}", context_of(deed));
        }
    }
    let untouched = context.table::<J>().get(&id(&row_id(born, "untouched"))).await.unwrap().unwrap();
    assert_eq!((text(Some(untouched.clone())).as_deref(), untouched.size()), (Some("given"), 7));
    if has_note(J::NUMBER) && has_note(born) {
        assert_eq!(untouched.note().as_deref(), Some("given note"), "{}", context_of("untouched"));
    }
}

/// Sends all, and looks whether the server has each write once and the device what the server has.
pub(crate) async fn arrives<J: Job>(world: &World, context: &SyncContext, born: &[usize]) {
    let pending = context.pending().await.unwrap();
    for operation in pending.iter().filter(|operation| operation.failure().is_some()) {
        if operation.is_conflict() {
            context.discard(operation).await.unwrap();
        } else if operation.id().as_str().ends_with("aside") {
            // An edit makes it live again.
            edit::<J>(context, operation.id().as_str(), |job| *job.text() = "ours again".to_owned()).await;
        }
    }
    let report = context.push().await.unwrap();
    assert_eq!(report.status(), Status::Complete, "{born:?} in {}: {report:?}", J::NUMBER);
    assert_eq!(context.pending_count().await.unwrap(), 0);
    pull::<J>(context).await;

    for &version in born {
        let row = |deed: &str| row_id(version, deed);
        let text = |deed: &str| on_server(world, &row(deed)).map(|row| row[text_name(J::NUMBER)].clone());
        for (deed, expected) in [
            ("aside", Some("ours again")),
            ("conflict", Some("theirs")),
            ("lost", Some("ours")),
            ("reply", Some("ours")),
            ("newreply", Some("new")),
            ("new", Some("new")),
            ("edit", Some("ours")),
            ("note", Some("given")),
            ("delete", None),
            ("untouched", Some("given")),
        ] {
            let place = format!("{deed} of version {version} in version {}", J::NUMBER);
            assert_eq!(text(deed), expected.map(Value::from), "{place}");
            let here = context.table::<J>().get(&id(&row(deed))).await.unwrap();
            assert_eq!(here.clone().map(|mut job| job.text().clone()).as_deref(), expected, "{place}");
            let Some(there) = on_server(world, &row(deed)) else { continue };
            let size = if deed.starts_with("new") { 11 } else { 7 };
            assert_eq!(there[size_name(J::NUMBER)], size, "{place}");
            let note = match deed {
                "new" | "newreply" => "new note",
                "note" if has_note(version) => "our note",
                _ => "given note",
            };
            if has_note(version) || !deed.starts_with("new") {
                assert_eq!(there["note"], note, "{place}");
                if has_note(J::NUMBER) {
                    assert_eq!(here.unwrap().note().as_deref(), Some(note), "{place}");
                }
            }
        }
        if has_note(version) {
            assert_eq!(on_server(world, &row("lostnote")).unwrap()["note"], "our note", "of version {version}");
        }
        let taken = world.server(|server| server.taken.clone());
        for deed in ["reply", "edit", "lost"] {
            let writes = taken.iter().filter(|line| line.ends_with(&format!("job/{}", row(deed)))).count();
            assert_eq!(writes, 1, "{} was written once: {taken:?}", row(deed));
        }
    }
    let inserts = world.server(|server| server.taken.iter().filter(|line| line.starts_with("POST")).count());
    assert_eq!(inserts, 2 * born.len(), "each row was inserted once");
}

/// Opens the file with the code of a version.
pub(crate) async fn opens<J: Job>(world: &World, path: &Path) -> SyncContext {
    open::<J>(world, store(path)).await
}
