//! `update(&row)` and the version that the struct carries (queue.md 9).

use serde_json::json;
use synctable::{ErrorKind, Pull};

use crate::world::net::response;
use crate::world::tables::Checked;
use crate::world::{Device, Meet, World, id};

fn given(world: &World) {
    world.server(|server| server.put("checked", "a", json!({ "name": "A", "note": "n" })));
}

async fn pull(device: &Device) {
    drop(device.context.table::<Checked>().pull(Pull::full()).await.unwrap());
}

async fn read(device: &Device) -> Checked {
    device.context.table::<Checked>().get(&id("a")).await.unwrap().expect("the row is there")
}

async fn update(device: &Device, row: &Checked) -> Result<(), ErrorKind> {
    device.context.table::<Checked>().update(row).await.map_err(|error| error.kind())
}

fn named(row: &Checked, name: &str) -> Checked {
    Checked { name: name.to_owned(), ..row.clone() }
}

#[tokio::test(start_paused = true)]
async fn the_stored_version_and_the_one_that_our_own_push_replaced_are_accepted() {
    let world = World::v3();
    let device = Device::new(&world).await;
    given(&world);
    pull(&device).await;
    let first = read(&device).await;
    assert_eq!(update(&device, &named(&first, "B")).await, Ok(()));
    device.pushes().await;
    let second = read(&device).await;
    assert_ne!(first.version, second.version);
    assert_eq!(update(&device, &named(&first, "C")).await, Ok(()), "a struct in the app's hands since before the push");
    device.pushes().await;
    assert_eq!(update(&device, &named(&first, "D")).await, Err(ErrorKind::Conflict), "two pushes ago is outdated");
    assert_eq!(update(&device, &named(&second, "D")).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_struct_from_before_a_pulled_change_is_refused() {
    let world = World::v3();
    let device = Device::new(&world).await;
    given(&world);
    pull(&device).await;
    let first = read(&device).await;
    assert_eq!(update(&device, &named(&first, "B")).await, Ok(()));
    device.pushes().await;
    world.server(|server| server.change("checked", "a", json!({ "note": "theirs" })));
    pull(&device).await;
    assert_eq!(update(&device, &first).await, Err(ErrorKind::Conflict));
    assert_eq!(read(&device).await.note, "theirs", "a refused update changes nothing");
    assert!(device.pending().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn none_counts_as_before_our_insert() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let new = Checked { id: id("a"), name: "A".into(), note: "n".into(), version: None };
    device.context.table::<Checked>().insert(new.clone()).await.unwrap();
    assert_eq!(update(&device, &named(&new, "B")).await, Ok(()));
    device.pushes().await;
    assert!(read(&device).await.version.is_some());
    assert_eq!(update(&device, &named(&new, "C")).await, Ok(()));
    device.pushes().await;
    assert_eq!(update(&device, &named(&new, "D")).await, Err(ErrorKind::Conflict));
}

#[tokio::test(start_paused = true)]
async fn none_is_refused_for_a_row_of_another_device() {
    let world = World::v3();
    let device = Device::new(&world).await;
    given(&world);
    pull(&device).await;
    let row = Checked { version: None, ..read(&device).await };
    assert_eq!(update(&device, &row).await, Err(ErrorKind::Conflict));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_changed_another_column_outdates_the_struct() {
    let world = World::v3();
    let device = Device::new(&world).await;
    given(&world);
    pull(&device).await;
    let first = read(&device).await;
    assert_eq!(update(&device, &named(&first, "B")).await, Ok(()));
    let row = r#"{"id":"a","name":"B","note":"by the server","version":"v2","updatedAt":"2026-01-01T00:00:02.000Z"}"#;
    let row = response(200, "content-type: application/json\netag: \"v2\"", row);
    world.once("PATCH", "checked/a", Meet::TakenThen(row));
    device.pushes().await;
    assert_eq!(read(&device).await.note, "by the server");
    assert_eq!(update(&device, &named(&first, "C")).await, Err(ErrorKind::Conflict));
}

#[tokio::test(start_paused = true)]
async fn edit_and_upsert_look_at_no_version() {
    let world = World::v3();
    let device = Device::new(&world).await;
    given(&world);
    pull(&device).await;
    let table = device.context.table::<Checked>();
    table.upsert(Checked { id: id("a"), name: "B".into(), note: "n".into(), version: None }).await.unwrap();
    table.edit(&id("a"), |row| row.version = None).await.unwrap();
    device.pushes().await;
    assert_eq!(
        world.sent_in_full().last().unwrap(),
        r#"PATCH checked/a if "v1" {"name":"B"}"#,
        "the base's version goes out"
    );
}
