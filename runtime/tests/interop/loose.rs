//! A server that creates columns for members it does not know, and answers a bare `[]` where a query names an unknown one.

use serde_json::json;
use synctable::{ErrorKind, Id, Pull, Status, SyncTable};

use crate::world::World;

#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "loose")]
struct Loose {
    id: Id,
    text: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "loose")]
struct Wide {
    id: Id,
    text: Option<String>,
    amount: Option<i32>,
}

#[tokio::test]
async fn a_bare_empty_list_is_an_error_that_names_the_query() {
    let Some(world) = World::start("a_bare_empty_list_is_an_error_that_names_the_query") else { return };
    let context = world.builder("wide").table_with::<Wide>(|table| table).open().await.unwrap();
    let table = context.table::<Wide>();
    // The backend swallows the error of a column that it has not yet.
    let rich = || Pull::<Wide>::named("rich").filter(|row| row.amount.gt(5));
    let pull = table.pull(rich()).await.unwrap();
    assert_eq!(pull.status(), Status::WithFailures, "{pull}");
    let error = pull.stopped_by().unwrap();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
    assert!(error.to_string().contains("amount"), "the error names the query: {error}");
    // A list that is honestly empty is none.
    table.pull(Pull::named("all")).await.unwrap().into_result().unwrap();
    // The first row with the member makes the column; then the query is answered, from its beginning.
    table.insert(Wide { amount: Some(7), ..Wide::default() }).await.unwrap();
    table.insert(Wide { amount: Some(2), ..Wide::default() }).await.unwrap();
    context.push().await.unwrap().into_result().unwrap();
    let other = world.builder("other").table_with::<Wide>(|table| table).open().await.unwrap();
    let rows = other.table::<Wide>();
    rows.pull(rich()).await.unwrap().into_result().unwrap();
    assert_eq!(rows.list(&Wide::query()).await.unwrap().len(), 1);
    table.pull(rich()).await.unwrap().into_result().unwrap();
}

#[tokio::test]
async fn members_that_the_struct_lacks_survive_its_updates() {
    let Some(world) = World::start("members_that_the_struct_lacks_survive_its_updates") else { return };
    let row = json!({"id": "a", "text": "one", "amount": 5, "extra": "kept"});
    assert_eq!(world.peer().send("POST", "/tables/loose", Some(&row)).status, 201);
    let context = world.builder("narrow").table::<Loose>().open().await.unwrap();
    context.sync().await.unwrap().into_result().unwrap();
    let table = context.table::<Loose>();
    table.edit(&"a".parse().unwrap(), |row| row.text = Some("two".to_owned())).await.unwrap().unwrap();
    context.sync().await.unwrap().into_result().unwrap();
    let row = &world.peer().rows("loose")[0];
    assert_eq!((&row["text"], row["amount"].as_f64(), &row["extra"]), (&json!("two"), Some(5.0), &json!("kept")));
}

/// A client that declares what it lacks; the backend makes columns for the constants.
#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "loose", narrow, on_insert(region = "EU", level = -3, rate = 1.5, checked = true))]
struct Texts {
    id: Id,
    text: Option<String>,
}

/// Another that knows another column.
#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "loose", narrow)]
struct Amounts {
    id: Id,
    amount: Option<i32>,
}

#[tokio::test]
async fn narrow_clients_leave_alone_what_they_lack() {
    let Some(world) = World::start("narrow_clients_leave_alone_what_they_lack") else { return };
    let row = json!({"id": "a", "text": "one", "amount": 5, "extra": "kept"});
    assert_eq!(world.peer().send("POST", "/tables/loose", Some(&row)).status, 201);
    let (texts, amounts) = (
        world.builder("texts").table::<Texts>().open().await.unwrap(),
        world.builder("amounts").table::<Amounts>().open().await.unwrap(),
    );
    // `$select` is not sent: were it, a name that the backend does not know would hide every row.
    texts.sync().await.unwrap().into_result().unwrap();
    amounts.sync().await.unwrap().into_result().unwrap();
    let a = "a".parse().unwrap();
    let (mine, yours) = (texts.table::<Texts>(), amounts.table::<Amounts>());
    let before = mine.get(&a).await.unwrap().unwrap();
    assert_eq!(before.text.as_deref(), Some("one"));

    // Different columns, at once: the second is told of the first, and nothing is lost.
    mine.edit(&a, |row| row.text = Some("two".to_owned())).await.unwrap().unwrap();
    yours.edit(&a, |row| row.amount = Some(6)).await.unwrap().unwrap();
    texts.push().await.unwrap().into_result().unwrap();
    let report = amounts.push().await.unwrap();
    assert!(report.failed().len() == 1 && report.failed()[0].is_conflict(), "{report}");
    for operation in amounts.pending().await.unwrap() {
        amounts.discard(&operation).await.unwrap();
    }
    yours.edit(&a, |row| row.amount = Some(6)).await.unwrap().unwrap();
    amounts.push().await.unwrap().into_result().unwrap();
    let row = &world.peer().rows("loose")[0];
    assert_eq!((&row["text"], row["amount"].as_f64(), &row["extra"]), (&json!("two"), Some(6.0), &json!("kept")));

    // One column, at once: the second has a conflict, and the first edit stands.
    let other = world.builder("other").table::<Texts>().open().await.unwrap();
    texts.sync().await.unwrap().into_result().unwrap();
    other.sync().await.unwrap().into_result().unwrap();
    mine.edit(&a, |row| row.text = Some("three".to_owned())).await.unwrap().unwrap();
    other.table::<Texts>().edit(&a, |row| row.text = Some("four".to_owned())).await.unwrap().unwrap();
    texts.push().await.unwrap().into_result().unwrap();
    let report = other.push().await.unwrap();
    assert!(report.failed().len() == 1 && report.failed()[0].is_conflict(), "{report}");
    assert_eq!(other.table::<Texts>().get(&a).await.unwrap().unwrap().text.as_deref(), Some("four"));
    assert_eq!(world.peer().rows("loose")[0]["text"], json!("three"));

    // The constants come with an insert, and with nothing else.
    mine.insert(Texts { id: "b".parse().unwrap(), text: Some("new".to_owned()) }).await.unwrap();
    texts.push().await.unwrap().into_result().unwrap();
    let rows = world.peer().rows("loose");
    let row = rows.iter().find(|row| row["id"] == json!("b")).unwrap();
    assert_eq!((&row["region"], row["level"].as_f64(), row["rate"].as_f64()), (&json!("EU"), Some(-3.0), Some(1.5)));
    assert_eq!(row["checked"], json!(true));
    assert_eq!(rows[0]["region"], json!(null));
}

#[tokio::test]
async fn a_value_of_another_type_is_set_aside_and_comes_back_when_it_is_mended() {
    let Some(world) = World::start("a_value_of_another_type_is_set_aside_and_comes_back_when_it_is_mended") else {
        return;
    };
    for (id, amount) in [("a", json!(1)), ("b", json!(2.5)), ("c", json!(3))] {
        let row = json!({"id": id, "text": id, "amount": amount});
        assert_eq!(world.peer().send("POST", "/tables/loose", Some(&row)).status, 201);
    }
    let context = world.builder("wide").table::<Wide>().open().await.unwrap();
    let table = context.table::<Wide>();
    let report = context.sync().await.unwrap();
    assert_eq!(report.status(), Status::WithFailures, "{report}");
    assert_eq!(report.into_result().unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(table.count(&Wide::query()).await.unwrap(), 2, "the rows beside it are applied");
    let aside = context.quarantined().await.unwrap();
    assert_eq!(aside.len(), 1);
    assert_eq!((aside[0].table.as_str(), aside[0].id.as_str()), ("loose", "b"));
    assert!(aside[0].error.contains("amount") && aside[0].raw.contains("2.5"), "{aside:?}");
    let answer = world.peer().send("PATCH", "/tables/loose/b", Some(&json!({"amount": 2})));
    assert_eq!(answer.status, 200, "{answer:?}");
    context.sync().await.unwrap().into_result().unwrap();
    assert!(context.quarantined().await.unwrap().is_empty());
    assert_eq!(table.get(&"b".parse().unwrap()).await.unwrap().unwrap().amount, Some(2));
}
