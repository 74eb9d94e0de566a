//! Lists, streams, pages, counts and single rows.

use futures_core::Stream;
use synctable::{ColumnSubset, ErrorKind, Id, MemoryStore, RemoteStream, SyncContext, SyncTable};
use synctable_server::Server;

use super::{DIALECTS, LATER, Note, Text, config, notes, parse, seed, server};

#[derive(Debug, Clone, PartialEq, ColumnSubset)]
#[sync(of = Note)]
struct Number {
    number: Option<i32>,
}

#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "note")]
struct Misread {
    id: Id,
    text: i64,
}

#[derive(Debug, Clone, Default, SyncTable)]
#[sync(local)]
struct Draft {
    id: Id,
}

#[tokio::test]
async fn a_list_has_every_row_of_all_pages() {
    for dialect in DIALECTS {
        let server = server(dialect);
        seed(&server, 1234);
        let notes = notes::<Note>(&server);
        let rows = notes.list(&Note::query()).await.unwrap();
        let ids: Vec<_> = rows.iter().map(|row| row.id.as_str().to_owned()).collect();
        let expected: Vec<_> = (0..1234).map(|n| format!("n{n:04}")).collect();
        assert_eq!(ids, expected, "{dialect}");
        assert!(rows.iter().all(|row| row.version.is_some()));

        let query = Note::query().filter(|t| t.number.ge(200)).order_by(|t| t.number.desc());
        let numbers: Vec<_> = notes.list(&query).await.unwrap().into_iter().map(|row| row.number.unwrap()).collect();
        assert_eq!(numbers, (200..1234).rev().collect::<Vec<_>>(), "{dialect}");
    }
}

#[tokio::test]
async fn skip_and_take_hold_over_pages() {
    for dialect in LATER {
        let server = Server::start(config().dialect(dialect).page_size(10)).unwrap();
        seed(&server, 45);
        let notes = notes::<Note>(&server);
        for (skip, take) in [(0, 0), (0, 1), (0, 10), (0, 11), (3, 25), (40, 10), (44, 1), (45, 1), (100, 5)] {
            let query = Note::query().skip(skip).take(take);
            let numbers: Vec<_> = notes.list(&query).await.unwrap().iter().map(|row| row.number.unwrap()).collect();
            let expected: Vec<_> = (0..45).skip(skip as usize).take(take as usize).collect();
            assert_eq!(numbers, expected, "{dialect} {skip} {take}");
            assert_eq!(notes.count(&query).await.unwrap(), expected.len() as u64, "{dialect} {skip} {take}");
            let page = notes.page(&query).await.unwrap();
            let on_page: Vec<_> = page.rows().iter().map(|row| row.number.unwrap()).collect();
            assert_eq!(on_page, expected.into_iter().take(10).collect::<Vec<_>>(), "{dialect} {skip} {take}");
            assert_eq!(page.total(), Some(45), "{dialect} {skip} {take}");
        }
        let rest: Vec<_> = notes.list(&Note::query().skip(41)).await.unwrap();
        assert_eq!(rest.len(), 4, "{dialect}");
        assert_eq!(notes.count(&Note::query().filter(|t| t.number.lt(7))).await.unwrap(), 7, "{dialect}");
    }
}

#[tokio::test]
async fn a_subset_is_read_alone() {
    for dialect in DIALECTS {
        let server = server(dialect);
        seed(&server, 3);
        let query = Note::query().order_by(|t| t.number.desc()).take(2);
        let rows = notes::<Note>(&server).list(&query.select::<Number>()).await.unwrap();
        assert_eq!(rows, [Number { number: Some(2) }, Number { number: Some(1) }], "{dialect}");
        // The text is a number to nobody but this struct.
        let misread = notes::<Misread>(&server);
        let error = misread.list(&Misread::query()).await.unwrap_err();
        assert_eq!((error.kind(), error.row()), (ErrorKind::Decode, Some("n0000")), "{error}");
        assert!(error.message().contains("column `text`"), "{error}");
        assert_eq!(misread.count(&Misread::query()).await.unwrap(), 3, "what is counted need not be read");
    }
}

fn is_a_stream<S: Stream + Send + Unpin + 'static>(_: &S) {}

#[tokio::test]
async fn a_stream_asks_for_a_page_when_it_is_needed() {
    for dialect in LATER {
        let server = Server::start(config().dialect(dialect).page_size(10)).unwrap();
        seed(&server, 25);
        let notes = notes::<Note>(&server);
        let mut stream: RemoteStream<Note> = notes.stream(&Note::query());
        is_a_stream(&stream);
        let mut seen = Vec::new();
        for _ in 0..10 {
            seen.push(stream.next().await.unwrap().unwrap().number.unwrap());
        }
        // The second page is not asked for before its first row is: it has what came meanwhile.
        let late = serde_json::json!({"id": "n0010x", "text": "late", "number": 100});
        server.store().seed("note", &[late]).unwrap();
        while let Some(row) = stream.next().await {
            seen.push(row.unwrap().number.unwrap());
        }
        assert!(stream.next().await.is_none());
        let expected: Vec<_> = (0..=10).chain([100]).chain(11..25).collect();
        assert_eq!(seen, expected, "{dialect}");
    }
}

#[tokio::test]
async fn one_row_is_read_live_only() {
    for dialect in DIALECTS {
        let server = server(dialect);
        seed(&server, 2);
        let notes = notes::<Note>(&server);
        let note = notes.get(&parse("n0001")).await.unwrap().unwrap();
        assert_eq!((note.text.as_str(), note.number), ("t1", Some(1)), "{dialect}");
        assert_eq!(notes.get(&parse("n0009")).await.unwrap(), None, "{dialect}");
        notes.delete(&note.id).await.unwrap();
        assert_eq!(notes.get(&note.id).await.unwrap(), None, "{dialect}");
        let error = notes.refresh(&note).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{dialect}: {error}");
        assert!(matches!(error.remote::<Note>().unwrap(), Some(synctable::RemoteRow::Deleted)), "{dialect}");
        assert_eq!(notes.list(&Note::query()).await.unwrap().len(), 1, "{dialect}: a deleted row is in no list");
    }
}

#[tokio::test]
async fn a_context_reads_past_its_store() {
    for dialect in DIALECTS {
        let server = server(dialect);
        seed(&server, 2);
        let context =
            SyncContext::builder(&server.url()).store(MemoryStore::new()).table::<Note>().open().await.unwrap();
        let rows = context.remote::<Note>().list(&Note::query()).await.unwrap();
        assert_eq!(rows.len(), 2, "{dialect}");
        assert_eq!(context.table::<Note>().count(&Note::query()).await.unwrap(), 0, "{dialect}: nothing is stored");
        assert!(context.dialect().is_some());
        // A table that is not registered can be read online.
        assert_eq!(context.remote::<Text>().list(&Text::query()).await.unwrap().len(), 2, "{dialect}");
        let error = context.remote::<Draft>().list(&Draft::query()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        let filtered = Note::query().filter(|t| t.number.eq(1));
        let local = context.table::<Note>();
        local.pull(Note::full_pull()).await.unwrap().into_result().unwrap();
        let (here, there) =
            (local.page(&filtered).await.unwrap(), context.remote::<Note>().page(&filtered).await.unwrap());
        assert_eq!(here, there, "{dialect}");
        assert_eq!(here.total(), Some(1));
    }
}

#[tokio::test]
async fn a_refused_query_says_why() {
    for dialect in LATER {
        let server = server(dialect);
        let notes = notes::<Note>(&server);
        let long = (0..60).fold(Note::query().filter(|t| t.number.eq(1)), |query, n| query.filter(|t| t.number.ne(n)));
        let error = notes.list(&long).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::Rejected, None), "{dialect}: {error}");
        assert!(error.message().contains("the filter is too long"), "{error}");
        assert_eq!(error.table(), Some("note"));
        assert!(std::error::Error::source(&error).is_some());
    }
}
