//! JSON columns whose type knows only part of a value.

use serde::{Deserialize, Serialize};
use synctable::{Id, JsonValue, SyncContext, SyncTable};

#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "places")]
struct Whole {
    id: Id,
    name: String,
    #[sync(json)]
    at: JsonValue,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Height {
    height: f64,
}

/// The same table as an app sees it that knows one member of the value.
#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "places")]
struct Part {
    id: Id,
    name: String,
    #[sync(json)]
    at: Height,
}

async fn open<T: SyncTable>(file: &std::path::Path) -> SyncContext {
    SyncContext::builder("http://127.0.0.1:9").store_path(file).table::<T>().open().await.unwrap()
}

async fn value(file: &std::path::Path, id: &Id) -> JsonValue {
    open::<Whole>(file).await.table::<Whole>().get(id).await.unwrap().unwrap().at
}

#[tokio::test]
async fn an_edit_of_another_column_leaves_what_the_type_does_not_know() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("places.db");
    let at = serde_json::json!({"height": 7, "unit": "m", "sources": [{"id": 1}]});
    let id = Id::new();
    {
        let context = open::<Whole>(&file).await;
        let whole = Whole { id: id.clone(), name: "Hill".to_owned(), at: at.clone() };
        context.table::<Whole>().insert(whole).await.unwrap();
    }
    {
        let context = open::<Part>(&file).await;
        let edited =
            context.table::<Part>().edit(&id, |part| part.name = "Mountain".to_owned()).await.unwrap().unwrap();
        assert_eq!((edited.name.as_str(), edited.at.height), ("Mountain", 7.0));
    }
    assert_eq!(value(&file, &id).await, at);
    // What the edit changes is written as the type says.
    {
        let context = open::<Part>(&file).await;
        context.table::<Part>().edit(&id, |part| part.at.height = 8.5).await.unwrap();
    }
    assert_eq!(value(&file, &id).await, serde_json::json!({"height": 8.5}));
}
