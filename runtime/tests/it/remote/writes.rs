//! Inserts, updates, replacements, deletions and their conditions.

use serde_json::json;
use synctable::{Error, ErrorKind, Id, MemoryStore, RemoteRow, SyncContext, SyncTable, Version};

use super::{DIALECTS, LATER, Note, Text, notes, parse, row, seed, server};

#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "note")]
struct Short {
    id: Id,
    #[sync(max_length = 3)]
    text: String,
}

fn live(error: &Error) -> Note {
    match error.remote::<Note>().unwrap() {
        Some(RemoteRow::Live(note)) => note,
        other => panic!("expected the server's row, found {other:?} in {error}"),
    }
}

#[tokio::test]
async fn rows_are_made_changed_deleted_and_brought_back() {
    for dialect in DIALECTS {
        let server = server(dialect);
        let notes = notes::<Note>(&server);
        let made = notes.insert(Note { id: Id::default(), ..Note::new("x", "Milk") }).await.unwrap();
        assert!(!made.id.is_empty() && made.version.is_some(), "{dialect}: {made:?}");
        assert_eq!(row(&server, made.id.as_str())["text"], "Milk");

        let changed = notes.update(&Note { number: Some(7), ..made.clone() }).await.unwrap();
        assert_eq!((changed.text.as_str(), changed.number), ("Milk", Some(7)), "{dialect}");
        assert_ne!(changed.version, made.version, "{dialect}");
        let replaced = notes.replace(&Note { number: None, ..changed }).await.unwrap();
        assert_eq!(replaced.number, None, "{dialect}");
        assert_eq!(notes.refresh(&made).await.unwrap(), replaced, "{dialect}");

        notes.delete(&made.id).if_version(replaced.version.as_ref().unwrap()).await.unwrap();
        assert_eq!(row(&server, made.id.as_str())["deleted"], true, "{dialect}");
        let back = notes.undelete(&made.id).await.unwrap();
        assert_eq!((back.text.as_str(), back.number), ("Milk", None), "{dialect}");
        assert_eq!(notes.get(&made.id).await.unwrap(), Some(back), "{dialect}");
    }
}

#[tokio::test]
async fn a_changed_row_is_a_conflict_that_shows_it() {
    for dialect in DIALECTS {
        let server = server(dialect);
        seed(&server, 1);
        let notes = notes::<Note>(&server);
        let before = notes.get(&parse("n0000")).await.unwrap().unwrap();
        let after = notes.update(&Note { text: "theirs".into(), ..before.clone() }).await.unwrap();
        let mine = Note { text: "mine".into(), ..before.clone() };
        for error in [
            notes.update(&mine).await.unwrap_err(),
            notes.replace(&mine).await.unwrap_err(),
            notes.delete(&before.id).if_version(before.version.as_ref().unwrap()).await.unwrap_err(),
            notes.undelete(&before.id).if_version(before.version.as_ref().unwrap()).await.unwrap_err(),
        ] {
            assert_eq!((error.kind(), error.status()), (ErrorKind::Conflict, Some(412)), "{dialect}: {error}");
            assert_eq!(live(&error), after, "{dialect}");
            assert_eq!(error.remote_version(), after.version.as_ref(), "{dialect}");
            assert!(!error.may_have_arrived());
            assert_eq!(error.remote::<Text>().unwrap_err().kind(), ErrorKind::Invalid, "another struct");
        }
        assert_eq!(row(&server, "n0000")["text"], "theirs");
        let won = notes.update(&mine).if_version(after.version.as_ref().unwrap()).await.unwrap();
        assert_eq!(won.text, "mine");
        let forced = notes.update(&Note { text: "forced".into(), ..before.clone() }).force().await.unwrap();
        assert_eq!(forced.text, "forced");
        let versionless = Note { version: None, ..forced };
        let error = notes.update(&versionless).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        notes.update(&versionless).force().await.unwrap();
    }
}

#[tokio::test]
async fn an_id_that_is_taken_exists() {
    for dialect in DIALECTS {
        let server = server(dialect);
        seed(&server, 1);
        let notes = notes::<Note>(&server);
        let error = notes.insert(Note::new("n0000", "other")).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::Exists, Some(409)), "{dialect}: {error}");
        assert_eq!(live(&error).text, "t0", "{dialect}");
        notes.delete(&parse("n0000")).await.unwrap();
        let error = notes.insert(Note::new("n0000", "other")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Exists, "{dialect}: {error}");
        assert!(matches!(error.remote::<Note>().unwrap(), Some(RemoteRow::Deleted)), "{dialect}");
        assert_eq!(row(&server, "n0000")["text"], "t0");
    }
}

#[tokio::test]
async fn a_row_that_is_not_there_is_not_found() {
    for dialect in LATER {
        let server = server(dialect);
        seed(&server, 1);
        let notes = notes::<Note>(&server);
        let missing = Note { version: Version::parse("MQ=="), ..Note::new("none", "x") };
        for error in [
            notes.update(&missing).await.unwrap_err(),
            notes.replace(&missing).await.unwrap_err(),
            notes.delete(&missing.id).await.unwrap_err(),
            notes.undelete(&missing.id).await.unwrap_err(),
            notes.refresh(&missing).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::NotFound, "{dialect}: {error}");
            assert_eq!((error.table(), error.row()), (Some("note"), Some("none")));
        }
        notes.delete(&parse("n0000")).await.unwrap();
        let error = notes.delete(&parse("n0000")).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::NotFound, Some(410)), "{dialect}: {error}");
        assert!(matches!(error.remote::<Note>().unwrap(), Some(RemoteRow::Deleted)), "{dialect}");
    }
}

#[tokio::test]
async fn an_update_keeps_columns_that_the_struct_lacks_and_a_replacement_resets_them() {
    for dialect in LATER {
        let server = server(dialect);
        seed(&server, 2);
        // The first call of its client: nothing has shown yet that there are other columns.
        notes::<Text>(&server).update(&Text { id: parse("n0001"), text: "new".into() }).await.unwrap();
        assert_eq!(
            (row(&server, "n0001")["text"].clone(), row(&server, "n0001")["number"].clone()),
            (json!("new"), json!(1)),
            "{dialect}"
        );
        let texts = notes::<Text>(&server);
        texts.list(&Text::query()).await.unwrap();
        texts.update(&Text { id: parse("n0001"), text: "newer".into() }).await.unwrap();
        assert_eq!(row(&server, "n0001")["number"], 1, "{dialect}");
        texts.replace(&Text { id: parse("n0001"), text: "alone".into() }).await.unwrap();
        assert_eq!(row(&server, "n0001")["text"], "alone");
        assert!(row(&server, "n0001")["number"].is_null(), "{dialect}");
        // Brought back, a row has all its values.
        texts.delete(&parse("n0001")).await.unwrap();
        notes::<Note>(&server).update(&Note { number: Some(5), ..Note::new("n0000", "five") }).force().await.unwrap();
        texts.delete(&parse("n0000")).await.unwrap();
        assert_eq!(texts.undelete(&parse("n0000")).await.unwrap().text, "five");
        assert_eq!(row(&server, "n0000")["number"], 5, "{dialect}");
    }
}

#[tokio::test]
async fn what_an_online_read_shows_is_noted_for_the_queue() {
    for dialect in DIALECTS {
        let server = server(dialect);
        seed(&server, 1);
        let context =
            SyncContext::builder(&server.url()).store(MemoryStore::new()).table::<Text>().open().await.unwrap();
        context.table::<Text>().insert(Text { id: parse("n0000"), text: "mine".into() }).await.unwrap();
        context.remote::<Text>().get(&parse("n0000")).await.unwrap();
        let report = context.push().await.unwrap();
        assert_eq!(report.failed().len(), 1, "{dialect}: {report}");
        context.discard(report.failed()[0].operation()).await.unwrap();
        context.table::<Text>().edit(&parse("n0000"), |text| text.text = "edited".into()).await.unwrap();
        context.push().await.unwrap().into_result().unwrap();
        assert_eq!(
            (row(&server, "n0000")["text"].clone(), row(&server, "n0000")["number"].clone()),
            (json!("edited"), json!(0)),
            "{dialect}"
        );
    }
}

#[tokio::test]
async fn values_are_held_to_their_rules_before_anything_is_sent() {
    let server = server(DIALECTS[0]);
    seed(&server, 1);
    let shorts = notes::<Short>(&server);
    let error = shorts.insert(Short { id: parse("long"), text: "four".into() }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(error.message().contains("max_length = 3"), "{error}");
    let error = shorts.update(&Short { id: parse("n0000"), text: "four".into() }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    let error = shorts.update(&Short::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "an empty id: {error}");
    assert!(server.store().row("note", "long").unwrap().is_none());
    assert_eq!(row(&server, "n0000")["text"], "t0");
    shorts.insert(Short { id: parse("ok"), text: "abc".into() }).await.unwrap();
}
