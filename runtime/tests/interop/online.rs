//! Online tables against the backend: rows, conditions, conflicts, pages, and what its database answers wrongly.

use serde_json::json;
use synctable::wire::Dialect;
use synctable::{ErrorKind, Id, PullWarning, RemoteClient, RemoteRow, RemoteTable, SyncTable, Version};

use crate::world::{TodoItem, World};

/// The to-do table with the version.
#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "todoitem")]
struct Item {
    id: Id,
    title: Option<String>,
    complete: bool,
    #[sync(system)]
    version: Option<Version>,
}

fn items(world: &World) -> RemoteTable<Item> {
    RemoteClient::builder(&world.url()).build().unwrap().table()
}

fn titled(title: &str) -> Item {
    Item { title: Some(title.to_owned()), ..Item::default() }
}

fn live(error: &synctable::Error) -> Item {
    match error.remote::<Item>().unwrap() {
        Some(RemoteRow::Live(item)) => item,
        other => panic!("expected the backend's row, found {other:?} in {error}"),
    }
}

#[tokio::test]
async fn rows_are_made_changed_deleted_and_brought_back() {
    let Some(world) = World::start("online::rows_are_made_changed_deleted_and_brought_back") else { return };
    let items = items(&world);
    let made = items.insert(titled("it's 50% & \"+\" é 🥛")).await.unwrap();
    assert_eq!(made.version.as_ref().map(Version::as_str), Some("MQ=="));
    assert_eq!(world.live()[made.id.as_str()]["title"], "it's 50% & \"+\" é 🥛");
    let changed = items.update(&Item { complete: true, ..made.clone() }).await.unwrap();
    let replaced = items.replace(&Item { title: None, ..changed }).await.unwrap();
    assert_eq!((replaced.title.as_ref(), replaced.complete), (None, true));
    assert_eq!(items.get(&made.id).await.unwrap().as_ref(), Some(&replaced));
    assert_eq!(items.refresh(&made).await.unwrap(), replaced);

    items.delete(&made.id).await.unwrap();
    assert_eq!(items.get(&made.id).await.unwrap(), None);
    assert_eq!(items.refresh(&made).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(items.list(&Item::query()).await.unwrap().len(), 0);
    let all = items.list(&Item::query().include_deleted()).await.unwrap();
    assert_eq!(all.len(), 1, "the tombstone is listed when it is asked for");
    let back = items.undelete(&made.id).await.unwrap();
    assert_eq!((back.id.clone(), back.complete), (made.id.clone(), true));
    assert_eq!(items.list(&Item::query()).await.unwrap(), [back]);

    let odd = Item { id: "o'k +x&y %é/#?".parse().unwrap(), ..titled("an id to be encoded") };
    let odd = items.insert(odd).await.unwrap();
    let odd = items.update(&Item { complete: true, ..odd }).await.unwrap();
    assert_eq!(items.get(&odd.id).await.unwrap(), Some(odd));
}

#[tokio::test]
async fn conditions_and_conflicts() {
    let Some(world) = World::start("online::conditions_and_conflicts") else { return };
    let items = items(&world);
    let before = items.insert(titled("Milk")).await.unwrap();
    let after = items.update(&Item { title: Some("Oat milk".into()), ..before.clone() }).await.unwrap();
    let mine = Item { complete: true, ..before.clone() };
    let seen = before.version.clone().unwrap();
    for error in [items.update(&mine).await.unwrap_err(), items.delete(&mine.id).if_version(&seen).await.unwrap_err()] {
        assert_eq!((error.kind(), error.status()), (ErrorKind::Conflict, Some(412)), "{error}");
        assert_eq!(live(&error), after);
        assert!(!error.may_have_arrived());
    }
    assert_eq!(world.live()[before.id.as_str()]["title"], "Oat milk");
    let won = items.update(&mine).if_version(after.version.as_ref().unwrap()).await.unwrap();
    assert_eq!((won.title.as_deref(), won.complete), (Some("Milk"), true));
    items.update(&titled_as(&before, "forced")).force().await.unwrap();
    assert_eq!(world.live()[before.id.as_str()]["title"], "forced");

    // The backend's 409 echoes the request: the row is asked for.
    let error = items.insert(titled_as(&before, "other")).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Exists, Some(409)), "{error}");
    assert_eq!(live(&error).title.as_deref(), Some("forced"));
    items.delete(&before.id).await.unwrap();
    let error = items.insert(titled_as(&before, "other")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Exists, "{error}");
    assert_eq!(error.remote::<Item>().unwrap(), Some(RemoteRow::Deleted));

    for error in [
        items.update(&before).await.unwrap_err(),
        items.delete(&before.id).await.unwrap_err(),
        items.undelete(&"none".parse().unwrap()).await.unwrap_err(),
        items.update(&Item { id: "none".parse().unwrap(), ..before.clone() }).await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.status()), (ErrorKind::NotFound, Some(404)), "{error}");
    }
    let error = items.undelete(&before.id).if_version(&seen).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Conflict, Some(412)), "{error}");
    assert_eq!(error.remote::<Item>().unwrap(), Some(RemoteRow::Deleted));
}

fn titled_as(item: &Item, title: &str) -> Item {
    Item { title: Some(title.to_owned()), ..item.clone() }
}

#[tokio::test]
async fn pages_counts_and_streams() {
    let Some(mut world) = World::start("online::pages_counts_and_streams") else { return };
    let items = items(&world);
    items.insert(Item { id: "first".parse().unwrap(), ..titled("x") }).await.unwrap();
    world.operate(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2344)
         INSERT INTO todoitem (id, title, complete, version, createdAt, updatedAt, deleted)
         SELECT printf('n%05d', i), 't' || (i % 10), i % 2, version, createdAt, updatedAt, 0 FROM n, todoitem;
         DELETE FROM todoitem WHERE id = 'first';",
    );
    let all = items.list(&Item::query()).await.unwrap();
    let ids: Vec<_> = all.iter().map(|item| item.id.as_str().to_owned()).collect();
    assert_eq!(ids, (0..2345).map(|i| format!("n{i:05}")).collect::<Vec<_>>());
    let query = Item::query().filter(|t| t.complete.eq(true)).order_by(|t| t.title.desc());
    let some = items.list(&query.clone().skip(10).take(1100)).await.unwrap();
    assert_eq!(some.len(), 1100);
    assert!(some.is_sorted_by(|a, b| (&b.title, &a.id) <= (&a.title, &b.id)), "by title, ties by id");
    assert_eq!(items.count(&query).await.unwrap(), 1172);
    assert_eq!(items.count(&query.clone().skip(1000).take(500)).await.unwrap(), 172);
    assert_eq!(items.list(&query.clone().take(0)).await.unwrap(), []);
    let page = items.page(&query.clone().skip(5).take(7)).await.unwrap();
    assert_eq!((page.rows().len(), page.total()), (7, Some(1172)));
    let none = items.page(&query.clone().take(0)).await.unwrap();
    assert_eq!((none.rows().len(), none.total()), (0, Some(1172)));
    let mut stream = items.stream(&query);
    let mut count = 0;
    while let Some(item) = stream.next().await {
        item.unwrap();
        count += 1;
    }
    assert_eq!(count, 1172);
}

#[tokio::test]
async fn what_the_database_answers_wrongly_is_warned_of_or_refused() {
    let Some(world) = World::start("online::what_the_database_answers_wrongly_is_warned_of_or_refused") else { return };
    items(&world).insert(titled("Milk")).await.unwrap();
    let query = || Item::query().filter(|t| t.title.starts_with("Mi"));
    let wrong = items(&world).list(&query()).await.unwrap();
    assert_eq!(wrong, [], "the backend has the row and does not find it");
    let client = RemoteClient::builder(&world.url()).node_on_sqlite().build().unwrap();
    let error = client.table::<Item>().list(&query()).await.unwrap_err();
    assert_eq!((error.kind(), client.dialect()), (ErrorKind::Unsupported, Some(Dialect::NodeV2)), "{error}");

    let (context, todos) = world.device("tablet").await;
    let pull = || TodoItem::pull("milk").filter(|t| t.title.starts_with("Mi"));
    let report = todos.pull(pull()).await.unwrap();
    assert!(
        matches!(report.warnings(), [PullWarning::UnreliableFunction { function: "startswith", .. }]),
        "{:?}",
        report.warnings()
    );
    assert_eq!(report.applied(), 0);
    drop((context, todos));
    let careful = world.builder("phone").node_on_sqlite().table::<TodoItem>().open().await.unwrap();
    let error = careful.table::<TodoItem>().pull(pull()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert_eq!(careful.table::<TodoItem>().pull(TodoItem::pull("all")).await.unwrap().applied(), 1);
    assert_eq!(world.live().len(), 1);
    assert_eq!(json!(world.live().values().next().unwrap()["title"]), json!("Milk"));
}

#[tokio::test]
async fn parameters_and_a_context() {
    let Some(world) = World::start("online::parameters_and_a_context") else { return };
    let (context, todos) = world.device("tablet").await;
    let online = context.remote::<TodoItem>();
    let milk = online.insert(TodoItem::titled("Milk")).await.unwrap();
    assert_eq!(todos.count(&TodoItem::query()).await.unwrap(), 0, "nothing is stored");
    let pull = TodoItem::pull("all").parameter("unknown to the backend & odd", "ü+1");
    assert_eq!(todos.pull(pull).await.unwrap().applied(), 1);
    assert_eq!(todos.list(&TodoItem::query()).await.unwrap(), online.list(&TodoItem::query()).await.unwrap());
    assert_eq!(online.list(&TodoItem::query().parameter("a&b", "#")).await.unwrap(), [milk]);
}
