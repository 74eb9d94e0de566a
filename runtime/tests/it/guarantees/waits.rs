//! The app does not wait for the network.

use std::time::Duration;

use serde_json::json;
use synctable::{Pull, Query};

use crate::world::net::Gate;
use crate::world::tables::{Item, List};
use crate::world::{Device, Meet, World, id};

#[tokio::test(start_paused = true)]
async fn reads_and_writes_of_any_row_go_on_while_requests_hang() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    world.server(|server| server.put("list", "l", json!({ "title": "T" })));
    device.rename("a", "sent").await;
    let (patch, list) = (Gate::default(), Gate::default());
    world.once("PATCH", "item/a", Meet::Gate(patch.clone()));
    world.once("GET", "list", Meet::Gate(list.clone()));
    let context = device.context.clone();
    let pushing = tokio::spawn(async move { context.push().await.unwrap() });
    patch.arrival().await;
    let lists = device.context.table::<List>();
    let pulling = tokio::spawn(async move { lists.pull(Pull::named("all")).await.unwrap() });
    list.arrival().await;

    let work = async {
        device.recount("a", 2).await;
        assert_eq!(device.sees("a").await, Some(("sent".to_owned(), 2)), "the row that is being sent");
        device.insert("b", "B", 1).await;
        device.delete("b").await;
        device.context.table::<List>().insert(List { id: id("m"), title: "M".into() }).await.unwrap();
        let both = |tx: &mut synctable::Transaction<'_>| {
            tx.upsert(List { id: id("m"), title: "N".into() })?;
            tx.insert(Item { id: id("c"), name: "C".into(), count: 1 })
        };
        device.context.transaction(both).await.unwrap();
        assert_eq!(device.context.table::<Item>().count(&Query::new()).await.unwrap(), 2);
        assert_eq!(device.pending().await.len(), 3);
    };
    tokio::time::timeout(Duration::from_secs(1), work).await.expect("nothing waits for the requests");
    patch.open();
    list.open();
    assert_eq!(pushing.await.unwrap().changed_meanwhile().len(), 1);
    assert_eq!(pulling.await.unwrap().applied(), 1);
    device.pushes().await;
}
