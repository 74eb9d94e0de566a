//! The process that is killed: it writes, pushes and pulls until it dies, and says on stdout what it does.

use std::io::Write as _;
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use synctable::store::SqliteStore;
use synctable::{Id, Pull, PullReport, PushReport, Status, SyncContext, SyncTable, Table};

/// First argument of a child; store file, endpoint, seed, prefix of titles and mode follow.
pub(crate) const FLAG: &str = "--child";
/// Mode of a child that runs until it is killed.
pub(crate) const LOOP: &str = "loop";
/// Mode of the last child, which ends by itself with nothing pending.
pub(crate) const FINISH: &str = "finish";

/// Rows beyond which the child deletes more often than it inserts.
const MANY_ROWS: usize = 40;
/// Rows that count as written of late.
const RECENT: usize = 4;
/// Pushes after which something is stuck for good.
const MOST_PUSHES: usize = 20;

#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "todoitem")]
struct TodoItem {
    id: Id,
    title: String,
    complete: bool,
}

/// One line in one write: a kill never cuts it.
fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(format!("{line}\n").as_bytes()).expect("the parent reads");
    stdout.flush().expect("the parent reads");
}

pub(crate) fn run(arguments: &[String]) {
    let [store, endpoint, seed, prefix, mode] = arguments else { panic!("five arguments, not {arguments:?}") };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let next_id = Arc::new(Mutex::new(Id::new()));
        let made = Arc::clone(&next_id);
        let context = SyncContext::builder(endpoint)
            .store(SqliteStore::at(store))
            .ids(move || made.lock().expect("no holder panics").clone())
            .table::<TodoItem>()
            .open()
            .await
            .expect("the store opens after a kill");
        let items = context.table::<TodoItem>();
        let mut writer = Writer {
            items: items.clone(),
            live: list(&items).await,
            recent: context.pending().await.expect("the queue can be read").iter().map(|op| op.id().clone()).collect(),
            rng: Rng::with_seed(seed.parse().expect("a seed")),
            next_id,
            prefix: prefix.clone(),
            titles: 0,
        };
        if mode == FINISH {
            finish(&context, &items).await;
            return;
        }
        loop {
            if writer.rng.bool() {
                // Edits in flight: the writes race with the push.
                let (push, ()) = tokio::join!(context.push(), writer.write_some());
                check_push(&push.expect("a push"));
            } else {
                writer.write_some().await;
                check_push(&context.push().await.expect("a push"));
            }
            check_pull(&items.pull(Pull::named("all")).await.expect("a pull"));
        }
    });
}

/// Pushes until nothing is pending, pulls, and lists what there is.
async fn finish(context: &SyncContext, items: &Table<TodoItem>) {
    for _ in 0..MOST_PUSHES {
        check_push(&context.push().await.expect("a push"));
        check_pull(&items.pull(Pull::named("all")).await.expect("a pull"));
        // A pull may queue a delete: a row that was taken back while its insert was open and that arrived later.
        if context.pending_count().await.expect("a count") == 0 {
            list(items).await;
            return;
        }
    }
    say(&format!("bad after {MOST_PUSHES} pushes there is still something pending: {:?}", context.pending().await));
}

/// Says every row; gives the ids of those that this device wrote.
async fn list(items: &Table<TodoItem>) -> Vec<Id> {
    let rows = items.list(&TodoItem::query()).await.expect("the rows can be read after a kill");
    for row in &rows {
        say(&format!("row {} {}", row.id, row.title));
    }
    say("listed");
    rows.into_iter().map(|row| row.id).filter(|id| !id.as_str().starts_with(crate::model::FOREIGN)).collect()
}

struct Writer {
    items: Table<TodoItem>,
    live: Vec<Id>,
    /// Rows written of late, and those that an earlier child left pending: a request of theirs may be open.
    recent: Vec<Id>,
    rng: Rng,
    /// The id that the context gives to the next row inserted without one, so that it can be said before.
    next_id: Arc<Mutex<Id>>,
    prefix: String,
    titles: u32,
}

impl Writer {
    async fn write_some(&mut self) {
        for _ in 0..self.rng.u32(1..=3) {
            let share = self.rng.u32(0..10);
            let inserts = if self.live.len() < MANY_ROWS { 5 } else { 2 };
            if self.live.is_empty() || share < inserts {
                self.insert().await;
            } else if share < 8 {
                self.edit().await;
            } else {
                self.delete().await;
            }
        }
    }

    /// A live row, as often as not one written of late.
    fn pick(&mut self) -> Id {
        self.recent.retain(|id| self.live.contains(id));
        let from = if self.recent.is_empty() || self.rng.bool() { &self.live } else { &self.recent };
        from[self.rng.usize(..from.len())].clone()
    }

    fn touch(&mut self, id: Id) {
        self.recent.truncate(RECENT - 1);
        self.recent.insert(0, id);
    }

    /// A title that no other write of any child has.
    fn title(&mut self) -> String {
        self.titles += 1;
        format!("{}-{}", self.prefix, self.titles)
    }

    async fn insert(&mut self) {
        let (id, title) = (Id::new(), self.title());
        *self.next_id.lock().expect("no holder panics") = id.clone();
        let own = if self.rng.bool() { id.clone() } else { Id::default() };
        say(&format!("begin {id} {title}"));
        let row = self.items.insert(TodoItem { id: own, title, ..TodoItem::default() }).await.expect("an insert");
        say("ack");
        assert_eq!(row.id, id, "the context takes the id that it was given");
        self.live.push(id.clone());
        self.touch(id);
    }

    async fn edit(&mut self) {
        let (id, title) = (self.pick(), self.title());
        say(&format!("begin {id} {title}"));
        let complete = self.rng.bool();
        let edited = self.items.edit(&id, move |row| {
            row.title = title;
            row.complete = complete;
        });
        edited.await.expect("an edit").expect("the row is there");
        say("ack");
        self.touch(id);
    }

    async fn delete(&mut self) {
        let id = self.pick();
        self.live.retain(|live| *live != id);
        say(&format!("begin {id}"));
        self.items.delete(&id).await.expect("a delete");
        say("ack");
    }
}

/// Nobody else writes these rows and the backend is there: a push has nothing to complain about.
fn check_push(report: &PushReport) {
    for failed in report.failed() {
        let operation = failed.operation();
        let unanswered = if operation.is_unanswered() { ", its request is open" } else { "" };
        say(&format!("bad {} failed: {failed}; {} attempts{unanswered}", failed.id(), operation.attempts()));
    }
    for waiting in report.not_attempted() {
        say(&format!("bad {} was not attempted: {:?}", waiting.id(), waiting.reason()));
    }
    if report.status() != Status::Complete {
        say(&format!("bad a push ended {}: {:?}", report.status(), report.stopped_by()));
    }
}

fn check_pull(report: &PullReport) {
    if let Some(push) = report.push() {
        check_push(push);
    }
    if report.status() != Status::Complete {
        say(&format!("bad a pull ended {}: {report}: {:?}", report.status(), report.stopped_by()));
    }
}
