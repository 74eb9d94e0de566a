//! What a sequence is made of.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use synctable::ConflictPolicy;
use synctable::wire::Dialect;

use crate::net::Meet;
use crate::tables::Kind;

/// A world and what happens in it.
#[derive(Debug, Clone)]
pub(crate) struct Sequence {
    pub(crate) setup: Setup,
    pub(crate) actions: Vec<Action>,
}

/// What a world is like.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) dialect: Dialect,
    /// Whether the devices must find the dialect out.
    pub(crate) is_untold: bool,
    pub(crate) devices: usize,
    pub(crate) writers: Writers,
    pub(crate) stamps: Stamps,
    pub(crate) stores: Stores,
    pub(crate) page_rows: u32,
    /// Requests under way at once in a push.
    pub(crate) lanes: usize,
    pub(crate) conflicts: Conflicts,
}

/// What becomes of conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conflicts {
    /// They are listed.
    Listed,
    /// A policy ends them.
    Policy(ConflictPolicy),
    /// A handler of the app says, of each of three in turn, what becomes of it.
    Handler,
}

impl Conflicts {
    /// Whether what was written here may give way to what is on the server.
    pub(crate) fn may_give_way(self) -> bool {
        matches!(self, Self::Policy(ConflictPolicy::RemoteWins | ConflictPolicy::NewestWins) | Self::Handler)
    }
}

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writers {
    /// The first device alone; the others read.
    One,
    All,
}

/// How the server stamps its writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamps {
    /// Each with its own.
    Apart,
    /// Several writes in a row alike.
    Alike,
    /// Two neighbours in the wrong order.
    Swapped,
}

/// Where the devices keep their rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stores {
    Memory,
    Files,
}

/// One thing that happens.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// The app writes, in one transaction.
    Write(usize, Vec<Write>, Ending),
    /// The app begins to sync, and the next requests of the device meet the first, its next batches the second.
    Start(usize, Work, Vec<Meet>, Vec<Meet>),
    /// What a device has begun goes on a few steps.
    Step(usize, usize, u32),
    /// What a device has begun goes on to its end.
    Finish(usize),
    /// The app drops a future.
    Cancel(usize, usize),
    /// The process ends at once and begins anew.
    Restart(usize),
    /// A request that was given up arrives.
    Arrive(usize),
    /// Somebody else writes to the server.
    Stranger(Write),
    /// The server drops the answers that it has kept by their keys.
    Forget,
    /// Time passes.
    Pass(u64),
    /// The app drops one of its pending operations.
    Discard(usize, usize),
    /// The app drops local rows.
    Purge(usize, Kind, Purge),
}

/// One write, of a row that is found when it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    /// Of an id that the app chose.
    InsertNamed(Kind, usize, Fill),
    /// Of an id that the library makes.
    InsertNew(Kind, Fill),
    Edit(Kind, usize, Fill, Columns),
    /// Back to what the server has.
    Revert(Kind, usize),
    Delete(Kind, usize),
}

/// Which columns an edit changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Columns {
    Text,
    Number,
    Both,
    Parent,
}

/// Which values a write has, and which parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fill {
    /// None: values that no other write has.
    pub(crate) common: Option<u8>,
    pub(crate) parent: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Commit,
    /// The app's closure fails at the end.
    Fail,
}

/// What a device begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Push,
    Pull(Kind),
    PullSome,
    PullWhole(Kind),
    Sync,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purge {
    Fail,
    Keep,
    Discard,
    KeepTokens,
}

/// Actions of a sequence.
const ACTIONS: std::ops::Range<usize> = 8..56;
/// The greatest place among rows, operations and late requests; taken modulo what is there.
const PLACES: std::ops::Range<usize> = 0..6;

/// How much is written before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writing {
    Little,
    /// Enough for several requests to go together.
    Much,
}

pub(crate) fn sequences(writing: Writing) -> BoxedStrategy<Sequence> {
    (setups(), vec(actions(writing), ACTIONS)).prop_map(|(setup, actions)| Sequence { setup, actions }).boxed()
}

fn setups() -> impl Strategy<Value = Setup> {
    (
        select(vec![Dialect::DatasyncV3, Dialect::NodeV2, Dialect::Toolkit]),
        prop::bool::weighted(0.1),
        1usize..4,
        prop_oneof![2 => Just(Writers::One), 3 => Just(Writers::All)],
        prop_oneof![3 => Just(Stamps::Apart), 2 => Just(Stamps::Alike), 1 => Just(Stamps::Swapped)],
        prop_oneof![49 => Just(Stores::Memory), 1 => Just(Stores::Files)],
        select(vec![1000, 1, 2, 3]),
        select(vec![1, 1, 2, 4]),
        conflicts(),
    )
        .prop_map(|(dialect, is_untold, devices, writers, stamps, stores, page_rows, lanes, conflicts)| Setup {
            dialect,
            is_untold,
            devices,
            writers,
            stamps,
            stores,
            page_rows,
            lanes,
            conflicts,
        })
}

fn conflicts() -> impl Strategy<Value = Conflicts> {
    use ConflictPolicy::{LocalWins, Merge, NewestWins, RemoteWins};
    prop_oneof![
        4 => Just(Conflicts::Listed),
        4 => select(vec![LocalWins, RemoteWins, Merge, NewestWins]).prop_map(Conflicts::Policy),
        2 => Just(Conflicts::Handler),
    ]
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Album), Just(Kind::Track)]
}

fn fills() -> impl Strategy<Value = Fill> {
    (prop_oneof![3 => Just(None), 1 => (0u8..2).prop_map(Some)], PLACES)
        .prop_map(|(common, parent)| Fill { common, parent })
}

fn writes() -> impl Strategy<Value = Write> {
    let columns = select(vec![Columns::Text, Columns::Number, Columns::Both, Columns::Parent]);
    prop_oneof![
        5 => (kinds(), 0usize..3, fills()).prop_map(|(kind, name, fill)| Write::InsertNamed(kind, name, fill)),
        2 => (kinds(), fills()).prop_map(|(kind, fill)| Write::InsertNew(kind, fill)),
        5 => (kinds(), PLACES, fills(), columns)
            .prop_map(|(kind, place, fill, columns)| Write::Edit(kind, place, fill, columns)),
        1 => (kinds(), PLACES).prop_map(|(kind, place)| Write::Revert(kind, place)),
        3 => (kinds(), PLACES).prop_map(|(kind, place)| Write::Delete(kind, place)),
    ]
}

fn strangers() -> impl Strategy<Value = Write> {
    let columns = select(vec![Columns::Text, Columns::Number, Columns::Both]);
    prop_oneof![
        2 => (kinds(), 0usize..3, fills()).prop_map(|(kind, name, fill)| Write::InsertNamed(kind, name, fill)),
        3 => (kinds(), PLACES, fills(), columns)
            .prop_map(|(kind, place, fill, columns)| Write::Edit(kind, place, fill, columns)),
        3 => (kinds(), PLACES).prop_map(|(kind, place)| Write::Revert(kind, place)),
        2 => (kinds(), PLACES).prop_map(|(kind, place)| Write::Delete(kind, place)),
    ]
}

fn meets() -> impl Strategy<Value = Meet> {
    prop_oneof![
        7 => Just(Meet::Pass),
        2 => Just(Meet::Unsent),
        3 => Just(Meet::LostRequest),
        6 => Just(Meet::LostReply),
        3 => Just(Meet::Late),
        1 => Just(Meet::Twice),
        3 => select(vec![503, 500, 429, 403, 422]).prop_map(Meet::Status),
        1 => select(vec![1, 20, 90]).prop_map(Meet::Wait),
        2 => Just(Meet::TakenThen500),
        2 => Just(Meet::Cut),
        1 => Just(Meet::Portal),
        1 => select(vec![1, 25, 70]).prop_map(Meet::Slow),
    ]
}

fn batch_meets() -> impl Strategy<Value = Meet> {
    prop_oneof![
        3 => Just(Meet::Pass),
        3 => (0usize..4).prop_map(Meet::Crash),
        3 => (0usize..4).prop_map(Meet::Part),
        3 => Just(Meet::LostReply),
        3 => select(vec![Meet::Late, Meet::Twice]),
        4 => meets(),
    ]
}

fn work() -> impl Strategy<Value = Work> {
    prop_oneof![
        6 => Just(Work::Push),
        4 => kinds().prop_map(Work::Pull),
        1 => Just(Work::PullSome),
        1 => kinds().prop_map(Work::PullWhole),
        3 => Just(Work::Sync),
    ]
}

fn actions(writing: Writing) -> impl Strategy<Value = Action> {
    let device = || 0usize..3;
    let (often, most) = match writing {
        Writing::Little => (2, 4),
        Writing::Much => (9, 7),
    };
    let purge = select(vec![Purge::Fail, Purge::Keep, Purge::Discard, Purge::KeepTokens]);
    prop_oneof![
        9 => (device(), vec(writes(), 1..2), Just(Ending::Commit)).prop_map(|(d, w, e)| Action::Write(d, w, e)),
        often => (device(), vec(writes(), 2..most), prop_oneof![3 => Just(Ending::Commit), 1 => Just(Ending::Fail)])
            .prop_map(|(d, w, e)| Action::Write(d, w, e)),
        8 => (device(), work(), vec(meets(), 0..5), vec(batch_meets(), 0..3))
            .prop_map(|(d, work, meets, batches)| Action::Start(d, work, meets, batches)),
        10 => (device(), 0usize..3, 1u32..12).prop_map(|(d, job, steps)| Action::Step(d, job, steps)),
        4 => device().prop_map(Action::Finish),
        1 => (device(), 0usize..3).prop_map(|(d, job)| Action::Cancel(d, job)),
        2 => device().prop_map(Action::Restart),
        2 => PLACES.prop_map(Action::Arrive),
        4 => strangers().prop_map(Action::Stranger),
        1 => Just(Action::Forget),
        1 => select(vec![1, 40, 3700]).prop_map(Action::Pass),
        1 => (device(), PLACES).prop_map(|(d, place)| Action::Discard(d, place)),
        1 => (device(), kinds(), purge).prop_map(|(d, kind, purge)| Action::Purge(d, kind, purge)),
    ]
}
