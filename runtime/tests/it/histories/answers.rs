//! The answers table of queue.md 4, row by row.

use std::time::Duration;

use serde_json::json;
use synctable::store::entry::FailureKind;
use synctable::wire::Dialect;
use synctable::{ErrorKind, Reason, RemoteRow, Status};

use crate::world::net::{answer, response, status, work};
use crate::world::tables::Item;
use crate::world::{Device, Meet, World};

/// The kind and status of the only failure of a push.
fn failure(report: &synctable::PushReport) -> (FailureKind, Option<u16>) {
    assert_eq!(report.failed().len(), 1, "{report:?}");
    let failure = report.failed()[0].failure();
    (failure.kind, failure.status)
}

#[tokio::test(start_paused = true)]
async fn refused_with_403_it_is_tried_again_at_the_next_push_and_the_others_go_on() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    device.insert("b", "B", 1).await;
    world.once("POST", "item", status(403));
    let report = device.push().await;
    assert_eq!((report.status(), report.done()), (Status::WithFailures, 1));
    assert_eq!(failure(&report), (FailureKind::Refused, Some(403)));
    let left = device.only().await;
    assert_eq!((left.id().as_str(), left.is_unanswered()), ("a", false), "the request is closed");
    assert_eq!(device.push().await.status(), Status::Complete);
    assert!(world.server(|server| server.live("item", "a").is_some()));
}

#[tokio::test(start_paused = true)]
async fn a_404_to_an_insert_is_tried_again_at_the_next_push() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    world.once("POST", "item", answer(404, "content-type: application/problem+json", "{\"title\":\"no\"}"));
    assert_eq!(failure(&device.push().await), (FailureKind::Refused, Some(404)));
    assert_eq!(device.push().await.status(), Status::Complete);
}

#[tokio::test(start_paused = true)]
async fn what_the_server_can_never_take_is_set_aside_until_it_is_edited() {
    for code in [400, 413, 414, 415, 422, 431, 451] {
        let world = World::v3();
        let device = Device::new(&world).await;
        device.insert("a", "A", 1).await;
        world.once("POST", "item", status(code));
        assert_eq!(failure(&device.push().await), (FailureKind::SetAside, Some(code)));
        world.sent();
        let report = device.push().await;
        assert_eq!(report.not_attempted()[0].reason(), &Reason::SetAside, "{code}");
        assert_eq!(report.status(), Status::WithFailures);
        assert!(world.sent().is_empty(), "{code}: it is not sent again");
        device.rename("a", "A2").await;
        assert_eq!(device.push().await.status(), Status::Complete, "{code}: the edit makes it live");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_what_has_changed_since_is_planned_anew() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    let writer = device.clone();
    let edit = work(move || {
        let writer = writer.clone();
        async move { writer.rename("a", "A2").await }
    });
    world.once("POST", "item", Meet::WorkThen(edit, response(422, "", "")));
    let report = device.push().await;
    assert_eq!(report.failed().len(), 0, "{report:?}");
    assert_eq!(report.changed_meanwhile().len(), 1);
    assert!(device.only().await.failure().is_none());
    assert_eq!(device.push().await.status(), Status::Complete);
    assert_eq!(world.server(|server| server.live("item", "a").unwrap()["name"].clone()), json!("A2"));
}

#[tokio::test(start_paused = true)]
async fn a_405_makes_the_dialect_be_found_out_again_once() {
    let world = World::with(Dialect::Toolkit, Some(Dialect::DatasyncV3));
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "A2").await;
    assert_eq!(device.push().await.status(), Status::Complete);
    assert_eq!(device.context.dialect(), Some(Dialect::Toolkit));
    assert!(world.writes().starts_with(&["PATCH item/a".to_owned(), "PUT item/a".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_405_to_what_makes_a_row_again_makes_the_dialect_be_found_out_too() {
    let world = World::with(Dialect::Toolkit, Some(Dialect::DatasyncV3));
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.delete("a").await;
    device.pushes().await;
    device.insert("a", "again", 2).await;
    world.sent();
    device.pushes().await;
    assert_eq!(world.writes(), ["PATCH item/a", "PUT item/a"]);
    assert_eq!(world.server(|server| server.live("item", "a").cloned()).unwrap()["name"], "again");
}

/// Where the right dialect has none to make a row again, the app decides.
#[tokio::test(start_paused = true)]
async fn a_405_of_the_right_dialect_to_what_makes_a_row_again_is_a_conflict() {
    let world = World::new(Dialect::Toolkit);
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.delete("a").await;
    device.pushes().await;
    device.insert("a", "again", 2).await;
    world.always("PUT", "item/a", status(405));
    assert_eq!(failure(&device.push().await).0, FailureKind::Conflict);
}

#[tokio::test(start_paused = true)]
async fn a_405_of_the_right_dialect_is_set_aside() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    world.always("POST", "item", status(405));
    assert_eq!(failure(&device.push().await), (FailureKind::SetAside, Some(405)));
    assert_eq!(world.writes(), ["POST item", "POST item"], "once more after the detection");
}

#[tokio::test(start_paused = true)]
async fn a_passing_failure_is_tried_three_times_and_stays_open() {
    for code in [408, 425, 429, 500, 502, 503, 504] {
        let world = World::v3();
        let device = Device::new(&world).await;
        device.insert("a", "A", 1).await;
        device.insert("b", "B", 1).await;
        world.times(3, "POST", "item", status(code));
        let report = device.push().await;
        assert_eq!(failure(&report), (FailureKind::Unanswered, Some(code)));
        assert_eq!(world.sent(), ["POST item", "POST item", "POST item", "GET item?", "POST item"]);
        assert!(device.only().await.is_unanswered(), "{code}: the request stays open");
        assert_eq!(device.push().await.status(), Status::Complete);
    }
}

#[tokio::test(start_paused = true)]
async fn tries_wait_half_a_second_then_a_second_jittered() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    world.times(2, "POST", "item", status(503));
    let began = tokio::time::Instant::now();
    assert_eq!(device.push().await.status(), Status::Complete);
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(750) && took <= Duration::from_millis(1500), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_obeyed_to_30_s_and_stops_the_push_beyond() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    world.once("POST", "item", answer(429, "retry-after: 30", ""));
    let began = tokio::time::Instant::now();
    assert_eq!(device.push().await.status(), Status::Complete);
    assert!(began.elapsed() >= Duration::from_secs(30));

    device.insert("b", "B", 1).await;
    device.insert("c", "C", 1).await;
    world.sent();
    world.once("POST", "item", answer(503, "retry-after: 31", ""));
    let report = device.push().await;
    assert_eq!(report.status(), Status::Unavailable);
    assert_eq!(world.sent(), ["POST item"]);
    assert_eq!(report.not_attempted().len(), 2, "{report:?}");
    assert!(device.pending().await[0].is_unanswered(), "it may have arrived");
}

#[tokio::test(start_paused = true)]
async fn a_401_is_a_403_if_the_table_can_be_read_and_else_skips_the_table() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    world.once("POST", "item", status(401));
    assert_eq!(failure(&device.push().await), (FailureKind::Refused, Some(401)));
    assert_eq!(world.sent(), ["POST item", "GET item?"]);

    world.always("*", "item", status(401));
    let report = device.push().await;
    assert_eq!(report.status(), Status::Unauthorized);
    assert!(!device.only().await.is_unanswered(), "401 is an answer");
    world.heal();
    assert_eq!(device.push().await.status(), Status::Complete);
}

#[tokio::test(start_paused = true)]
async fn an_empty_success_is_read_before_it_counts() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    world.once("POST", "item", Meet::TakenThen(response(201, "", "")));
    assert_eq!(device.push().await.status(), Status::Complete);
    assert_eq!(world.sent(), ["POST item", "GET item/a"]);
    device.rename("a", "A2").await;
    assert_eq!(device.push().await.status(), Status::Complete, "the version that was read holds");
    assert_eq!(world.sent_in_full()[0], r#"PATCH item/a if "v1" {"name":"A2"}"#);
}

#[tokio::test(start_paused = true)]
async fn a_row_of_another_id_sets_the_entry_aside_for_good() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    let other = r#"{"id":"7","name":"A","count":1,"version":"v1","updatedAt":"2026-01-01T00:00:01.000Z"}"#;
    world.once("POST", "item", answer(201, "content-type: application/json", other));
    let report = device.push().await;
    assert_eq!(failure(&report).0, FailureKind::WrongId);
    assert!(report.failed()[0].failure().message.contains("`7`"), "{report:?}");
    device.rename("a", "A2").await;
    world.sent();
    assert_eq!(device.push().await.status(), Status::WithFailures);
    assert!(world.sent().is_empty(), "an edit does not free it");
    assert_eq!(device.sees("a").await, Some(("A2".to_owned(), 1)), "the edit is kept");
    device.context.discard(&device.only().await).await.unwrap();
    assert!(device.pending().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_answer_with_an_unreadable_row_adopts_the_version_and_quarantines() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    let row = r#"{"id":"a","name":"A","count":"many","version":"v1","updatedAt":"2026-01-01T00:00:01.000Z"}"#;
    world.once("POST", "item", Meet::TakenThen(response(201, "content-type: application/json\netag: \"v1\"", row)));
    assert_eq!(device.push().await.status(), Status::Complete);
    assert_eq!(device.sees("a").await, Some(("A".to_owned(), 1)), "the values are kept");
    let quarantined = device.context.quarantined().await.unwrap();
    assert_eq!((quarantined.len(), quarantined[0].raw.as_str()), (1, row));
    device.rename("a", "A2").await;
    world.sent();
    assert_eq!(device.push().await.status(), Status::Complete);
    assert_eq!(world.sent_in_full()[0], r#"PATCH item/a if "v1" {"name":"A2"}"#);
    assert!(device.context.quarantined().await.unwrap().is_empty(), "a readable answer takes it back");
}

#[tokio::test(start_paused = true)]
async fn a_redirect_of_a_write_is_followed_only_by_307_to_the_same_origin() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    world.once("POST", "item", answer(307, "location: /tables/item", ""));
    assert_eq!(device.push().await.status(), Status::Complete);
    assert_eq!(world.sent(), ["POST item", "POST item"]);

    device.insert("b", "B", 1).await;
    world.times(3, "POST", "item", answer(302, "location: /tables/item", ""));
    let report = device.push().await;
    assert_eq!(failure(&report), (FailureKind::Unanswered, Some(302)));
    assert_eq!(world.sent(), ["POST item", "POST item", "POST item", "GET item?"], "as a 503");
    assert!(device.only().await.is_unanswered());

    world.times(3, "POST", "item", answer(308, "location: https://elsewhere.example/tables/item", ""));
    assert_eq!(failure(&device.push().await), (FailureKind::Unanswered, Some(308)));
}

#[tokio::test(start_paused = true)]
async fn a_200_with_html_is_no_answer() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    world.times(3, "POST", "item", answer(200, "content-type: text/html", "<html>sign in</html>"));
    assert_eq!(failure(&device.push().await).0, FailureKind::Unanswered);
    assert!(device.only().await.is_unanswered());
    assert_eq!(device.push().await.status(), Status::Complete);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_left_leaves_the_entry_as_before() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    world.once("POST", "item", Meet::Unsent);
    let report = device.push().await;
    assert_eq!(report.status(), Status::Offline);
    assert_eq!(report.into_result().unwrap_err().kind(), ErrorKind::Offline);
    let left = device.only().await;
    assert_eq!((left.attempts(), left.is_unanswered(), left.failure()), (0, false, None));
    device.delete("a").await;
    assert!(device.pending().await.is_empty(), "nothing was sent, so nothing is left to do");
}

#[tokio::test(start_paused = true)]
async fn an_open_request_that_does_not_leave_stays_open() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    device.push_loses(&world, "POST", "item", Meet::LostReply).await;
    world.once("POST", "item", Meet::Unsent);
    assert_eq!(device.push().await.status(), Status::Offline);
    assert!(device.only().await.is_unanswered());
    assert_eq!(device.push().await.status(), Status::Complete);
}

#[tokio::test(start_paused = true)]
async fn a_bare_404_counts_only_if_the_table_answers() {
    let world = World::new(Dialect::Toolkit);
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "A2").await;
    world.sent();
    world.always("PUT", "item/a", status(404));
    world.always("GET", "item", status(404));
    let report = device.push().await;
    assert_eq!(report.status(), Status::Unavailable, "{report:?}");
    assert!(!device.only().await.is_conflict());
    world.heal();
    world.once("PUT", "item/a", status(404));
    let report = device.push().await;
    assert!(report.failed()[0].is_conflict(), "{report:?}");
    assert!(matches!(device.only().await.remote::<Item>().unwrap(), Some(RemoteRow::Deleted)));
}

#[tokio::test(start_paused = true)]
async fn a_409_while_the_server_still_has_the_base_is_set_aside() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "A2").await;
    world.once("PATCH", "item/a", answer(409, "", "a constraint"));
    assert_eq!(failure(&device.push().await), (FailureKind::SetAside, Some(409)));
    assert_eq!(device.sees("a").await, Some(("A2".to_owned(), 1)));
}

#[tokio::test(start_paused = true)]
async fn a_change_equal_to_the_servers_is_no_conflict() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "A2").await;
    world.server(|server| server.change("item", "a", json!({ "name": "A2" })));
    assert_eq!(device.push().await.status(), Status::Complete);
    assert!(device.pending().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_conflict_keeps_base_local_and_remote_and_discard_restores_the_remote() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "ours").await;
    world.server(|server| server.change("item", "a", json!({ "name": "theirs" })));
    let report = device.push().await;
    assert_eq!(failure(&report), (FailureKind::Conflict, Some(412)));
    let conflict = device.only().await;
    assert_eq!(conflict.base::<Item>().unwrap().unwrap().name, "A");
    assert_eq!(conflict.local::<Item>().unwrap().unwrap().name, "ours");
    assert!(matches!(conflict.remote::<Item>().unwrap(), Some(RemoteRow::Live(item)) if item.name == "theirs"));
    assert!(!conflict.is_unanswered(), "the request is closed before the conflict is reported");
    device.context.discard(&conflict).await.unwrap();
    assert_eq!(device.sees("a").await, Some(("theirs".to_owned(), 1)));
    assert!(device.pending().await.is_empty());
}

/// A server that resolves conflicts by itself answers 200 with another row than was sent: that is the
/// truth, with its version, and what was edited since stays.
#[tokio::test(start_paused = true)]
async fn a_success_with_another_row_than_was_sent_is_the_truth() {
    for (dialect, method) in [(Dialect::DatasyncV3, "PATCH"), (Dialect::Toolkit, "PUT")] {
        let world = World::new(dialect);
        let device = Device::new(&world).await;
        device.given(&world, "a", "A", 1).await;
        device.rename("a", "ours").await;
        let resolved = world.server(|server| {
            server.change("item", "a", json!({ "name": "theirs and ours", "count": 9 }));
            server.show(200, "item", "a")
        });
        world.once(method, "item/a", Meet::Answer(resolved));
        let report = device.push().await;
        assert_eq!((report.status(), report.done()), (Status::Complete, 1), "{dialect}");
        assert_eq!(device.sees("a").await, Some(("theirs and ours".to_owned(), 9)), "{dialect}");
        assert!(device.pending().await.is_empty(), "{dialect}");

        // The next change stands on that row; what is edited while it is under way is kept.
        device.recount("a", 10).await;
        let resolved = world.server(|server| {
            server.change("item", "a", json!({ "name": "again", "count": 11 }));
            server.show(200, "item", "a")
        });
        let writer = device.clone();
        let edit = work(move || {
            let writer = writer.clone();
            async move { writer.recount("a", 12).await }
        });
        world.once(method, "item/a", Meet::WorkThen(edit, resolved));
        world.sent();
        drop(device.push().await);
        let first = world.sent_in_full().remove(0);
        assert!(first.starts_with(&format!("{method} item/a if \"v2\"")), "{first}");
        assert_eq!(device.sees("a").await, Some(("again".to_owned(), 12)), "{dialect}");
        device.pushes().await;
        assert_eq!(world.server(|server| server.live("item", "a").unwrap()["count"].clone()), json!(12));
    }
}

#[tokio::test(start_paused = true)]
async fn an_insert_is_answered_with_another_row_too() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    let resolved = world.server(|server| {
        server.put("item", "a", json!({ "name": "corrected", "count": 2 }));
        server.show(201, "item", "a")
    });
    world.once("POST", "item", Meet::Answer(resolved));
    device.pushes().await;
    assert_eq!(device.sees("a").await, Some(("corrected".to_owned(), 2)));
    let report = device.pull().await;
    assert_eq!((report.status(), report.applied()), (Status::Complete, 0), "nothing is left to bring");
}
