//! Which cases are measured together, and which ratios are taken between them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use serde_json::{Map, Value};

use crate::Result;
use crate::cells::ItemRef;
use crate::floor::{pull, push, write};
use crate::measure::Group;
use crate::mock::{Mock, Pages};
use crate::product;
use crate::rows::Item;
use crate::store::{Pragmas, Synchronous};
use crate::watch::{self, Pace, Time, WATCHERS};
use crate::world::World;

/// Delay of a request in the cases that have one.
pub(crate) const DELAY: Duration = Duration::from_millis(5);
/// Delay of a request to a server that is far away.
const FAR: Duration = Duration::from_millis(50);

type PullFloor = fn(&World, &str, &Pages) -> Result<f64>;
const FETCH: (&str, PullFloor) = ("fetch", pull::fetch);
const OVERLAPDYN: (&str, PullFloor) = ("overlapdyn", pull::overlapdyn);
const GROUPEDDYN: (&str, PullFloor) = ("groupeddyn", pull::groupeddyn);

type PushFloor = fn(&World, &str, &[Item], Pragmas) -> Result<f64>;
type WriteFloor = fn(&[Item], Pragmas) -> Result<f64>;

/// JSON alone.
pub(crate) fn parse(world: &World) -> Group<'_> {
    let rows = world.sizes.rows;
    let pages: Arc<[Bytes]> = Pages::prepare(rows, 1_000).in_order().into();
    let mut group = Group::new("parse", "rows/s");
    let (borrowed, owned, maps, columns) = (pages.clone(), pages.clone(), pages.clone(), pages);
    group.case("borrowed rows", move || pull::parse::<ItemRef<'_>>(&borrowed, rows));
    group.case("owned rows", move || pull::parse::<Item>(&owned, rows));
    group.case("maps", move || pull::parse::<Map<String, Value>>(&maps, rows));
    group.case("cells by column", move || pull::parse_columns(&columns, rows));
    group.speed("owned rows", "borrowed rows", "0.75");
    group.speed("maps", "borrowed rows", "0.40");
    group
}

/// The store alone, fed from memory.
pub(crate) fn store(world: &World) -> Group<'_> {
    let rows = world.sizes.rows;
    let items: Arc<[Item]> = pull::items(rows).into();
    let small: Arc<[Bytes]> = Pages::prepare(rows, 50).in_order().into();
    let large: Arc<[Bytes]> = Pages::prepare(rows, 1_000).in_order().into();
    let mut group = Group::new("store", "rows/s");
    let (a, b, c) = (items.clone(), items.clone(), items);
    group.case("bulk insert", move || pull::bulk_insert(&a));
    group.case("bulk upsert, all new", move || pull::bulk_upsert_new(&b));
    group.case("bulk upsert, all existing", move || pull::bulk_upsert_existing(&c));
    for (name, per_commit) in [
        ("50 a commit", 1),
        ("1 000 a commit", 1_000),
        ("5 000 a commit", pull::GROUP_ROWS),
        ("all in one commit", usize::MAX),
    ] {
        let pages = if per_commit == 1 { small.clone() } else { large.clone() };
        group.case(name, move || pull::apply_pages(&pages, rows, Pragmas::NORMAL, per_commit));
    }
    let (a, b) = (large.clone(), large);
    group.case("5 000 a commit, pull's pragmas", move || pull::apply_pages(&a, rows, Pragmas::PULL, pull::GROUP_ROWS));
    group.case("re-upsert, 50 a commit", move || pull::apply_pages_again(&small, rows, Pragmas::NORMAL, 1));
    group.case("re-upsert, 1 000 a commit", move || pull::apply_pages_again(&b, rows, Pragmas::NORMAL, 1_000));
    group.speed("bulk upsert, all new", "bulk insert", "0.90");
    group.speed("bulk upsert, all existing", "bulk upsert, all new", "1.50");
    group.speed("1 000 a commit", "50 a commit", "1.61");
    group.speed("5 000 a commit", "50 a commit", "3.30");
    group.speed("all in one commit", "50 a commit", "4.46");
    group.speed("5 000 a commit, pull's pragmas", "5 000 a commit", "1.30 (at 64 MB of cache)");
    group.speed("re-upsert, 50 a commit", "50 a commit", "7.1");
    group.speed("re-upsert, 1 000 a commit", "1 000 a commit", "3.9");
    group
}

/// The pull over loopback with no delay.
pub(crate) fn pull(world: &World, page_size: u64) -> Result<Group<'_>> {
    let pages = Pages::prepare(world.sizes.rows, page_size);
    let mock = Arc::new(Mock::start(world.handle(), Arc::clone(&pages), Duration::ZERO)?);
    let mut group = Group::new(format!("pull, pages of {page_size}"), "rows/s");
    add_pulls(&mut group, world, &mock, &pages, &[FETCH, OVERLAPDYN, GROUPEDDYN]);
    let (over_fetch, over_overlap) = if page_size == 50 { ("0.74", "3.6") } else { ("0.13", "2.0") };
    group.speed("groupeddyn", "fetch", over_fetch);
    group.speed("groupeddyn", "overlapdyn", over_overlap);
    group.at_least("product", "groupeddyn", 0.7);
    group.at_least("product", "overlapdyn", 1.0);
    let (again, prepared) = (Arc::clone(&mock), Arc::clone(&pages));
    group.case("product, second pull", move || product::pull_again(world, again.url(), &prepared));
    let (bodies, rows) = (pages.in_order(), pages.rows());
    group.case("re-upsert", move || pull::apply_pages_again(&bodies, rows, Pragmas::NORMAL, 1));
    group.at_least("product, second pull", "re-upsert", 0.5);
    Ok(group)
}

/// The pull with 5 ms a request.
pub(crate) fn delayed_pull(world: &World, page_size: u64) -> Result<Group<'_>> {
    let rows = if page_size == 50 { world.sizes.delayed_rows } else { world.sizes.rows };
    let pages = Pages::prepare(rows, page_size);
    let mock = Arc::new(Mock::start(world.handle(), Arc::clone(&pages), DELAY)?);
    let mut group = Group::new(format!("pull at 5 ms a request, pages of {page_size}"), "rows/s");
    if page_size == 50 {
        // One commit a page hides in the delay of the next; the overlapped floors do not differ.
        add_pulls(&mut group, world, &mock, &pages, &[FETCH, GROUPEDDYN]);
        group.speed("groupeddyn", "fetch", "0.99");
        group.at_least("product", "fetch", 0.93);
    } else {
        add_pulls(&mut group, world, &mock, &pages, &[FETCH, OVERLAPDYN, GROUPEDDYN]);
        group.speed("groupeddyn", "fetch", "0.81");
        group.speed("groupeddyn", "overlapdyn", "1.68");
        group.at_least("product", "groupeddyn", 0.85);
    }
    Ok(group)
}

/// The pull that finds nothing new, with no delay.
pub(crate) fn quiet_pull(world: &World) -> Result<Group<'_>> {
    let pages = Pages::prepare(world.sizes.rows, 1_000);
    let mock = Arc::new(Mock::start(world.handle(), Arc::clone(&pages), Duration::ZERO)?);
    let pulls = world.sizes.pushes;
    let mut group = Group::new("pull without news", "pulls/s");
    let (server, rows) = (Arc::clone(&mock), Arc::clone(&pages));
    group.case("fetch", move || pull::fetch_last(world, server.url(), &rows, pulls));
    group.case("product", move || product::pull_nothing(world, mock.url(), &pages, pulls));
    group.show_speed("product", "fetch");
    Ok(group)
}

fn add_pulls<'w>(
    group: &mut Group<'w>,
    world: &'w World,
    mock: &Arc<Mock>,
    pages: &Arc<Pages>,
    floors: &[(&str, PullFloor)],
) {
    for (name, floor) in floors.iter().copied() {
        let (mock, pages) = (Arc::clone(mock), Arc::clone(pages));
        group.case(name, move || floor(world, mock.url(), &pages));
    }
    let (mock, pages) = (Arc::clone(mock), Arc::clone(pages));
    group.case("product", move || product::pull(world, mock.url(), &pages));
}

/// The push with no delay.
pub(crate) fn push(world: &World) -> Result<Group<'_>> {
    let mut group = Group::new("push", "operations/s");
    add_pushes(&mut group, world, world.sizes.pushes, Duration::ZERO)?;
    group.speed("POST, 4 in flight", "POST", "4.6");
    group.speed("pushstore NORMAL", "POST", "0.46");
    group.at_least("product", "pushstore FULL", 0.8);
    Ok(group)
}

/// The push with 5 ms a request.
pub(crate) fn delayed_push(world: &World) -> Result<Group<'_>> {
    let mut group = Group::new("push at 5 ms a request", "operations/s");
    add_pushes(&mut group, world, world.sizes.delayed_pushes, DELAY)?;
    group.speed("POST, 4 in flight", "POST", "3.9");
    group.speed("pushstore NORMAL", "POST", "0.94");
    group.show_speed("pushstore FULL", "POST");
    group.show_speed("pushstore FULL, one ahead", "POST");
    group.at_least("product", "POST", 0.93);
    Ok(group)
}

fn add_pushes<'w>(group: &mut Group<'w>, world: &'w World, operations: u64, delay: Duration) -> Result<()> {
    let items: Arc<[Item]> = pull::items(operations).into();
    let bodies = push::bodies(&items)?;
    let mock = Arc::new(Mock::start(world.handle(), Pages::prepare(1, 1), delay)?);
    for (name, lanes) in [("POST", 1), ("POST, 4 in flight", 4)] {
        let (mock, bodies) = (Arc::clone(&mock), Arc::clone(&bodies));
        group.case(name, move || push::post(world, mock.url(), &bodies, lanes));
    }
    for (name, floor, pragmas) in [
        ("pushstore NORMAL", push::pushstore as PushFloor, Pragmas::NORMAL),
        ("pushstore FULL", push::pushstore, Pragmas::FULL),
        ("pushstore FULL, one ahead", push::pushstore_ahead, Pragmas::FULL),
    ] {
        let (mock, items) = (Arc::clone(&mock), Arc::clone(&items));
        group.case(name, move || floor(world, mock.url(), &items, pragmas));
    }
    group.case("product", move || product::push(world, mock.url(), &items, 1));
    Ok(())
}

/// The push with 50 ms a request, where lanes pay.
pub(crate) fn push_lanes(world: &World) -> Result<Group<'_>> {
    let items: Arc<[Item]> = pull::items(world.sizes.far_pushes).into();
    let bodies = push::bodies(&items)?;
    let mock = Arc::new(Mock::start(world.handle(), Pages::prepare(1, 1), FAR)?);
    let mut group = Group::new("push at 50 ms a request", "operations/s");
    for (name, lanes) in [("POST", 1), ("POST, 8 in flight", 8)] {
        let (mock, bodies) = (Arc::clone(&mock), Arc::clone(&bodies));
        group.case(name, move || push::post(world, mock.url(), &bodies, lanes));
    }
    for (name, lanes) in [("product, 1 lane", 1), ("product, 4 lanes", 4), ("product, 8 lanes", 8)] {
        let (mock, items) = (Arc::clone(&mock), Arc::clone(&items));
        group.case(name, move || product::push(world, mock.url(), &items, lanes));
    }
    group.show_speed("POST, 8 in flight", "POST");
    group.show_speed("product, 1 lane", "POST");
    group.show_speed("product, 4 lanes", "product, 1 lane");
    group.at_least("product, 8 lanes", "product, 1 lane", 7.0);
    Ok(group)
}

/// Single writes.
pub(crate) fn write(world: &World, pragmas: Pragmas) -> Group<'_> {
    let full = pragmas.synchronous == Synchronous::Full;
    let rows = if full { world.sizes.full_writes } else { world.sizes.normal_writes };
    let items: Arc<[Item]> = pull::items(rows).into();
    let mut group = Group::new(if full { "write, FULL" } else { "write, NORMAL" }, "writes/s");
    let floors: [(&str, WriteFloor); 5] = [
        ("raw insert", write::raw_insert),
        ("row+op", write::row_and_operation),
        ("row+op, no index", write::row_and_operation_without_index),
        ("lookup+row+op JSON", write::lookup_row_and_operation),
        ("coalescing update", write::coalescing_update),
    ];
    for (name, floor) in floors {
        let items = Arc::clone(&items);
        group.case(name, move || floor(&items, pragmas));
    }
    group.case("empty job to a writer thread", move || write::empty_job(world, rows));
    for (name, in_flight) in [("product, one at a time", 1), ("product, 16 in flight", 16)] {
        let items = Arc::clone(&items);
        group.case(name, move || product::insert(world, &items, pragmas.synchronous, in_flight));
    }
    let seen = if full { ["1.16", "0.99", "1.32", "1.04"] } else { ["2.36", "1.67", "2.58", "0.92"] };
    for ((name, _), seen) in floors[1..].iter().zip(seen) {
        group.cost(name, "raw insert", seen);
    }
    if full {
        group.costs_at_most("product, one at a time", "raw insert", 1.6);
        group.show_cost("product, 16 in flight", "raw insert");
    } else {
        group.costs_at_most("product, 16 in flight", "raw insert", 3.2);
        group.show_cost("product, one at a time", "raw insert");
        group.show_cost("product, one at a time", "empty job to a writer thread");
    }
    group
}

/// Many writes in one transaction.
pub(crate) fn batch(world: &World) -> Group<'_> {
    let items: Arc<[Item]> = pull::items(world.sizes.batch).into();
    let mut group = Group::new("batch", "writes/s");
    let untracked = Arc::clone(&items);
    group.case("untracked", move || write::batch_untracked(&untracked));
    group.case("tracked", move || write::batch_tracked(&items));
    group.cost("tracked", "untracked", "4.98");
    group
}

/// A writer of 10 000 rows a second beside live queries.
pub(crate) fn paced_watch(world: &World) -> Group<'_> {
    let items: Arc<[Item]> = pull::items(world.sizes.watched_rows).into();
    let mut group = Group::new("watch, 10 000 rows a second", "rows/s");
    for (name, watchers, time) in [
        ("nobody watches", 0, Time::All),
        ("1 000 live queries", WATCHERS, Time::All),
        ("time in transactions, nobody watches", 0, Time::Writing),
        ("time in transactions, 1 000 live queries", WATCHERS, Time::Writing),
    ] {
        let items = Arc::clone(&items);
        group.case(name, move || watch::write(world, &items, watchers, Pace::Steady, time));
    }
    group.at_least("1 000 live queries", "nobody watches", 0.9);
    group.show_speed("time in transactions, 1 000 live queries", "time in transactions, nobody watches");
    group
}

/// A writer that does nothing else, beside live queries.
pub(crate) fn unpaced_watch(world: &World) -> Group<'_> {
    let items: Arc<[Item]> = pull::items(world.sizes.watched_rows * 5).into();
    let mut group = Group::new("watch, as fast as it goes", "rows/s");
    for (name, watchers) in [("nobody watches", 0), ("1 live query", 1), ("1 000 live queries", WATCHERS)] {
        let items = Arc::clone(&items);
        group.case(name, move || watch::write(world, &items, watchers, Pace::Full, Time::All));
    }
    group.show_speed("1 live query", "nobody watches");
    group.show_speed("1 000 live queries", "nobody watches");
    group
}
