//! A push whose future is dropped, at each of its steps (invariants: nothing lost, nothing doubled).

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use serde_json::json;
use synctable::Push;

use crate::world::server::Server;
use crate::world::tables::{List, Task};
use crate::world::{Device, World, id};

/// Polls a future so many times; `None` if it has not ended by then.
struct Polls<F> {
    future: Pin<Box<F>>,
    left: usize,
}

impl<F: Future> Future for Polls<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        match self.future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// A queue with every kind of operation and a parent behind its child.
async fn fill(world: &World, device: &Device) {
    device.given(world, "edited", "A", 1).await;
    device.given(world, "deleted", "A", 1).await;
    device.given(world, "again", "A", 1).await;
    device.delete("again").await;
    device.pushes().await;
    world.server(|server| server.taken.clear());
    let task = Task { id: id("t"), list: Some(id("l")), text: "x".into() };
    device.context.table::<Task>().insert(task).await.unwrap();
    device.context.table::<List>().insert(List { id: id("l"), title: "T".into() }).await.unwrap();
    device.rename("edited", "B").await;
    device.delete("deleted").await;
    device.insert("again", "C", 3).await;
    for number in 0..3 {
        device.insert(&format!("i{number}"), "A", number).await;
    }
}

fn check(world: &World, what: &str) {
    world.server(|server| {
        let name = |id: &str| server.live("item", id).map(|row| row["name"].clone());
        assert_eq!(name("edited"), Some(json!("B")), "{what}");
        assert_eq!(name("deleted"), None, "{what}");
        assert_eq!(name("again"), Some(json!("C")), "{what}");
        assert!(server.live("task", "t").is_some() && server.live("list", "l").is_some(), "{what}");
        let mut taken = server.taken.clone();
        taken.sort();
        assert_eq!(taken.iter().filter(|line| *line == "POST item").count(), 3, "{what}: {taken:?}");
        assert_eq!(taken.iter().filter(|line| line.ends_with("item/edited")).count(), 1, "{what}: {taken:?}");
        assert_eq!(taken.iter().filter(|line| line.ends_with("item/deleted")).count(), 1, "{what}: {taken:?}");
        assert_eq!(taken.iter().filter(|line| line.ends_with("POST task")).count(), 1, "{what}: {taken:?}");
    });
    assert_eq!(world.doubled(), [""; 0], "{what}");
}

#[tokio::test(start_paused = true)]
async fn a_push_dropped_at_any_step_loses_nothing_and_doubles_nothing() {
    dropped_at_any_step(|_| {}).await;
}

#[tokio::test(start_paused = true)]
async fn nor_does_one_whose_requests_go_together() {
    dropped_at_any_step(|world| world.server(Server::knows_batches)).await;
}

async fn dropped_at_any_step(prepare: impl Fn(&World)) {
    for lanes in [1, 4] {
        for polls in 1.. {
            let world = World::v3();
            prepare(&world);
            let device = Device::new(&world).await;
            fill(&world, &device).await;
            world.takes(&[20, 5, 30]);
            let push = device.context.push_with(Push::new().lanes(lanes));
            let ended = Polls { future: Box::pin(push), left: polls }.await;
            device.pushes().await;
            check(&world, &format!("{lanes} lanes, dropped after {polls} polls"));
            if ended.is_some() {
                assert!(polls > 5, "a push has more steps than {polls}");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_push_dropped_again_and_again_comes_to_its_end() {
    for lanes in [1, 4] {
        let world = World::v3();
        let device = Device::new(&world).await;
        fill(&world, &device).await;
        world.takes(&[20, 5, 30]);
        for polls in [2, 3, 1, 4, 2, 5, 3] {
            let push = device.context.push_with(Push::new().lanes(lanes));
            drop(Polls { future: Box::pin(push), left: polls }.await);
        }
        device.pushes().await;
        check(&world, &format!("{lanes} lanes"));
    }
}
