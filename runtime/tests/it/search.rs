//! Searches all short histories of one row over the real queue, push and pull, and names what breaks.
//!
//! A history is made of local writes, pushes whose request or reply may be lost, local writes while a
//! request is open, pulls, and writes of another device to column b or its delete. After each history
//! the network is good again: pushes until the entry is gone, then a pull. Without the other device
//! nothing may be reported as a conflict, stay queued or be lost; with it, what both wrote is kept.
//!
//! Histories are at most 4 actions long; `SYNCTABLE_SEARCH_DEPTH=6 cargo test --release -p synctable
//! --test it search -- --nocapture` goes deeper and prints the states.

mod device;
mod net;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Instant;

use synctable::MemoryStore;
use synctable::wire::Dialect;

use crate::world::server::Server;
use device::{ID, Local, Memory, TABLE, Values, Written, beside_a_push, holding, open, run};
use net::{InFlight, Loss, Net, Plan, Target};

const LOCAL: [Local; 6] =
    [Local::Insert(0, 0), Local::Insert(1, 0), Local::Update(0), Local::Update(1), Local::Update(2), Local::Delete];

/// Whether another device writes too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Others {
    Alone,
    Another,
}

/// Which actions a history is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moves {
    /// Those of the model.
    Model,
    /// Discards and requests that never leave, too.
    More,
}

#[derive(Debug, Clone, Copy)]
enum Action {
    Local(Local),
    Pull,
    Other(Option<i64>),
    Push(Plan),
}

impl Action {
    /// Whether the app inserts or deletes by it.
    fn makes_or_deletes(self) -> bool {
        let local = match self {
            Self::Local(local) => local,
            Self::Push(Plan { in_flight: Some(InFlight::Local(local)), .. }) => local,
            _ => return false,
        };
        !matches!(local, Local::Update(_))
    }
}

/// A state of the world, with what must come of it in the end.
#[derive(Clone)]
struct State {
    server: Server,
    store: MemoryStore,
    /// What the app wrote last.
    wanted: Option<Values>,
    /// What the other device wrote last to column b.
    theirs: Option<i64>,
    /// Whether a delete of the other device may win.
    gone: bool,
    /// Whether something was discarded: what was sent of it may be there, or not.
    is_open: bool,
}

impl State {
    fn wrote(&mut self, written: Written) {
        (self.wanted, self.gone) = (written.wish, written.is_base);
        self.is_open |= written.is_discard;
    }
}

/// What a search found.
struct Found {
    states: usize,
    broken: BTreeMap<&'static str, Vec<Vec<Action>>>,
}

fn actions(others: Others, moves: Moves) -> Vec<Action> {
    let (mut local, mut losses) = (LOCAL.to_vec(), vec![None, Some(Loss::Request), Some(Loss::Reply)]);
    if moves == Moves::More {
        local.push(Local::Discard);
        losses.push(Some(Loss::Unsent));
    }
    let mut actions: Vec<Action> = local.iter().copied().map(Action::Local).collect();
    actions.push(Action::Pull);
    let push = |loss, in_flight| Action::Push(Plan { target: Target::First, loss, in_flight });
    for loss in losses {
        actions.push(push(loss, None));
        actions.extend(local.iter().map(|&local| push(loss, Some(InFlight::Local(local)))));
    }
    if others == Others::Another {
        actions.extend([Action::Other(Some(5)), Action::Other(None)]);
        for loss in [None, Some(Loss::Reply)] {
            actions.extend([Some(7), None].map(|b| push(loss, Some(InFlight::Other(b)))));
        }
    }
    actions
}

/// Takes one action; `None` if it is not possible. The flag says whether a push began with a read.
fn step(before: &State, action: Action, memory: Memory) -> Option<(State, bool)> {
    let mut after = State { store: before.store.snapshot(), ..before.clone() };
    let net = Net::new(after.server.clone());
    let side = || open(&after.store, net.quiet(), memory);
    let mut began_with_read = false;
    match action {
        Action::Local(local) => {
            after.wrote(run(device::write(&side(), local))?);
        }
        Action::Pull => run(beside_a_push(&after.store, device::pull(&side()))),
        Action::Other(b) => {
            if !net.with_server(|server| device::other_device(server, b)) {
                return None;
            }
            match b {
                Some(_) => after.theirs = b,
                None => after.gone |= !holding(&after.store).has_entry,
            }
        }
        Action::Push(plan) => {
            let held = holding(&after.store);
            if !held.has_entry {
                return None;
            }
            if let Some(InFlight::Local(local)) = plan.in_flight
                && local != Local::Discard
                && held.wish.is_none() != matches!(local, Local::Insert(..))
            {
                return None;
            }
            let side = side();
            let context = open(&after.store, net.clone(), memory);
            net.meet(plan, side);
            drop(run(context.push()).unwrap());
            let (read_first, written) = net.seen();
            began_with_read = read_first;
            if let Some(written) = written {
                after.wrote(written);
            }
            if let (Some(InFlight::Other(b)), Some(row)) = (plan.in_flight, net.server().row(TABLE, ID)) {
                if b.is_none() {
                    after.gone = true;
                } else if row.members["b"] == 7 {
                    after.theirs = Some(7);
                }
            }
        }
    }
    after.server = net.server();
    Some((after, began_with_read))
}

/// Lets the network be good until nothing is left to do, and names what is wrong then.
fn verdict(state: &State, others: Others, history: &[Action], memory: Memory) -> Option<&'static str> {
    let store = state.store.snapshot();
    let net = Net::new(state.server.clone());
    let context = open(&store, net.quiet(), memory);
    for _ in 0..5 {
        let held = holding(&store);
        if held.has_entry && !held.is_conflict {
            drop(run(context.push()).unwrap());
        }
    }
    run(beside_a_push(&store, device::pull(&context)));
    let held = holding(&store);
    let there = net.server().live(TABLE, ID).map(|row| {
        let number = |name: &str| row[name].as_i64().unwrap();
        (number("a"), number("b"))
    });
    let State { wanted, theirs, gone, .. } = *state;
    if others == Others::Alone {
        return if held.is_conflict {
            Some("false conflict")
        } else if held.has_entry {
            Some("stuck")
        } else if state.is_open {
            (held.wish != there).then_some("device and server differ")
        } else {
            ((there, held.wish) != (wanted, wanted)).then_some("lost")
        };
    }
    if held.is_conflict {
        return None;
    }
    if held.has_entry {
        return Some("stuck");
    }
    if held.wish != there {
        return Some("device and server differ");
    }
    if state.is_open {
        return None;
    }
    match (wanted, there) {
        (None, Some(_)) => Some("our delete lost"),
        (Some(_), None) if !gone => Some("our write lost"),
        (Some(wanted), Some(there)) if wanted.0 != there.0 => Some("our write lost"),
        (_, Some(there))
            if theirs.is_some_and(|theirs| theirs != there.1)
                && !history.iter().any(|action| action.makes_or_deletes()) =>
        {
            Some("their write lost")
        }
        _ => None,
    }
}

fn search(depth: usize, others: Others, moves: Moves, start: State, memory: Memory) -> Found {
    let mut todo = VecDeque::from([(start, Vec::new())]);
    let mut seen = HashSet::new();
    // What comes of a state follows from its key, and from whether the app has made or deleted the row.
    let mut verdicts = HashMap::new();
    let mut broken: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let all = actions(others, moves);
    while let Some((state, history)) = todo.pop_front() {
        let mut visit = |action: Action| -> bool {
            let Some((next, began_with_read)) = step(&state, action, memory) else { return false };
            let mut now: Vec<Action> = history.clone();
            now.push(action);
            let key = key(&next);
            let makes_or_deletes = now.iter().any(|action| action.makes_or_deletes());
            let judged = verdicts.entry((key.clone(), makes_or_deletes));
            if let Some(what) = *judged.or_insert_with(|| verdict(&next, others, &now, memory)) {
                broken.entry(what).or_default().push(now);
                return began_with_read;
            }
            if now.len() < depth && seen.insert(key) {
                todo.push_back((next, now));
            }
            began_with_read
        };
        for &action in &all {
            let began_with_read = visit(action);
            if let (true, Action::Push(plan)) = (began_with_read, action)
                && (plan.loss.is_some() || plan.in_flight.is_some())
            {
                visit(Action::Push(Plan { target: Target::FirstWrite, ..plan }));
            }
        }
    }
    Found { states: seen.len(), broken }
}

fn key(state: &State) -> String {
    let server = state.server.row(TABLE, ID);
    let held = holding(&state.store);
    format!("{server:?} {} {:?} {:?} {} {}", held.key, state.wanted, state.theirs, state.gone, state.is_open)
}

fn new_row() -> State {
    let server = Server::new(Dialect::DatasyncV3);
    let store = MemoryStore::new();
    drop(open(&store, Net::new(server.clone()), Memory::Keeps));
    State { server, store, wanted: None, theirs: None, gone: false, is_open: false }
}

fn synced_row() -> State {
    let mut server = Server::new(Dialect::DatasyncV3);
    server.put(TABLE, ID, serde_json::json!({ "a": 0, "b": 0 }));
    let store = MemoryStore::new();
    let context = open(&store, Net::new(server.clone()), Memory::Keeps);
    run(device::pull(&context));
    assert_eq!(holding(&store).wish, Some((0, 0)));
    State { server, store, wanted: Some((0, 0)), theirs: Some(0), gone: false, is_open: false }
}

fn depth() -> usize {
    std::env::var("SYNCTABLE_SEARCH_DEPTH").map_or(4, |depth| depth.parse().expect("a number of actions"))
}

fn holds(name: &str, others: Others, start: State) {
    holds_to(depth(), name, others, Moves::Model, start);
}

fn holds_to(depth: usize, name: &str, others: Others, moves: Moves, start: State) {
    let began = Instant::now();
    let found = search(depth, others, moves, start, Memory::Keeps);
    println!("{name}, depth {depth}: {} states in {:?}", found.states, began.elapsed());
    let report: String = found
        .broken
        .iter()
        .map(|(what, histories)| format!("\n{what}, {} times, such as {:#?}", histories.len(), histories[0]))
        .collect();
    assert!(report.is_empty(), "{name}:{report}");
}

#[test]
fn alone_a_new_row_is_never_lost_stuck_or_in_conflict() {
    holds("new row, alone", Others::Alone, new_row());
}

#[test]
fn alone_a_synced_row_is_never_lost_stuck_or_in_conflict() {
    holds("synced row, alone", Others::Alone, synced_row());
}

#[test]
fn beside_another_device_what_both_wrote_to_a_new_row_is_kept() {
    holds("new row, another device writes too", Others::Another, new_row());
}

#[test]
fn beside_another_device_what_both_wrote_to_a_synced_row_is_kept() {
    holds("synced row, another device writes too", Others::Another, synced_row());
}

#[test]
fn without_the_open_request_it_must_break() {
    for start in [new_row(), synced_row()] {
        let found = search(3, Others::Alone, Moves::Model, start, Memory::ForgetsRequests);
        assert!(found.broken.contains_key("false conflict"), "{:?}", found.broken.keys());
    }
}

#[test]
fn discards_and_unsent_requests_leave_device_and_server_the_same() {
    let depth = depth() - 1;
    holds_to(depth, "new row with discards, alone", Others::Alone, Moves::More, new_row());
    holds_to(depth, "synced row with discards, alone", Others::Alone, Moves::More, synced_row());
    holds_to(depth, "new row with discards, beside another", Others::Another, Moves::More, new_row());
    holds_to(depth, "synced row with discards, beside another", Others::Another, Moves::More, synced_row());
}
