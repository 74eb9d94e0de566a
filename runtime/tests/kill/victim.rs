//! One child from its start to its death.

use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::child;
use crate::ledger::Ledger;
use crate::proxy::{Phase, Proxy};

/// How long a child may take for anything that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// The number of the signal that no process can catch.
const SIGKILL: i32 = 9;

/// What happens around a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// It has opened the store and listed its rows.
    Listed,
    /// It begins a local write.
    Write,
    /// A request or a reply began, of a push (true) or a pull.
    Wire(Phase, bool),
    /// It has ended.
    Ended,
}

/// When a child is killed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Moment {
    /// This long after it was started.
    AfterStart(Duration),
    /// This long after the event happened for the so-manieth time.
    After(Event, u32, Duration),
}

/// Where the kill fell; more than one may hold at once.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Fell {
    /// The store was not yet open.
    pub(crate) opening: bool,
    /// A local write was begun and not acknowledged.
    pub(crate) write: bool,
    /// A request of a push, or of a pull, had left and was not answered by the backend.
    pub(crate) request: [bool; 2],
    /// The answer to a push, or to a pull, was on its way.
    pub(crate) reply: [bool; 2],
    /// The right to push was taken and not given back.
    pub(crate) lease: bool,
}

/// A running child.
#[derive(Debug)]
pub(crate) struct Victim<'a> {
    process: Child,
    events: Receiver<Event>,
    /// Gives whether the child has listed its rows, or what it did wrong.
    reader: JoinHandle<Result<bool, String>>,
    proxy: &'a Proxy,
    ledger: &'a Arc<Mutex<Ledger>>,
}

impl<'a> Victim<'a> {
    /// Starts a child; the words are its seed, the prefix of its titles and its mode.
    pub(crate) fn start(store: &Path, proxy: &'a Proxy, ledger: &'a Arc<Mutex<Ledger>>, words: [&str; 3]) -> Self {
        let (sender, events) = mpsc::channel();
        proxy.watch_next(sender.clone());
        let mut process = Command::new(std::env::current_exe().expect("the test has a file"))
            .arg(child::FLAG)
            .arg(store)
            .arg(proxy.url())
            .args(words)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test can run itself");
        let stdout = process.stdout.take().expect("stdout is piped");
        let writing = Arc::clone(ledger);
        let reader = std::thread::spawn(move || {
            let result = read(stdout, &writing, &sender);
            let _ = sender.send(Event::Ended);
            result
        });
        Self { process, events, reader, proxy, ledger }
    }

    /// Kills the child at a moment and says where that fell.
    pub(crate) fn kill(mut self, moment: Moment) -> Result<Fell, String> {
        let delay = match moment {
            Moment::AfterStart(delay) => delay,
            Moment::After(event, times, delay) => {
                self.wait_for(event, times)?;
                delay
            }
        };
        std::thread::sleep(delay);
        let (status, mut fell) = {
            // Nothing moves on the wire between the look and the end of the process.
            let state = self.proxy.state();
            self.process.kill().expect("the child can be killed");
            let status = self.process.wait().expect("the child can be waited for");
            let both = |phase| [state.is_in(phase, true), state.is_in(phase, false)];
            (status, Fell { request: both(Phase::Request), reply: both(Phase::Reply), ..Fell::default() })
        };
        let listed = self.reader.join().expect("the reader does not panic")?;
        if status.signal() != Some(SIGKILL) {
            return Err(format!("the child ended by itself with {status}"));
        }
        let mut ledger = lock(self.ledger);
        fell.write = ledger.model().is_writing();
        fell.opening = !listed;
        ledger.append("killed")?;
        Ok(fell)
    }

    /// Waits for the child to end by itself.
    pub(crate) fn finish(mut self) -> Result<(), String> {
        self.wait_for(Event::Ended, 1)?;
        let status = self.process.wait().expect("the child can be waited for");
        self.reader.join().expect("the reader does not panic")?;
        if status.success() { Ok(()) } else { Err(format!("the last child ended with {status}")) }
    }

    /// Waits until an event has happened often enough, or the child has ended.
    fn wait_for(&mut self, event: Event, times: u32) -> Result<(), String> {
        let limit = Instant::now() + PATIENCE;
        let mut left = times;
        while left > 0 {
            match self.events.recv_timeout(limit.saturating_duration_since(Instant::now())) {
                // Who kills it finds out how it ended.
                Ok(Event::Ended) => return Ok(()),
                Ok(happened) => left -= u32::from(happened == event),
                Err(_) => {
                    let _ = self.process.kill();
                    return Err(format!("{event:?} did not happen {times} times in {PATIENCE:?}"));
                }
            }
        }
        Ok(())
    }
}

/// Takes in what a child says until its end.
fn read(stdout: impl Read, ledger: &Mutex<Ledger>, events: &Sender<Event>) -> Result<bool, String> {
    let mut listed = false;
    let mut first_fault = None;
    for line in BufReader::new(stdout).lines() {
        let line = line.map_err(|error| format!("the child cannot be read: {error}"))?;
        let taken = match line.strip_prefix("bad ") {
            Some(fault) => Err(fault.to_owned()),
            None => lock(ledger).append(&line),
        };
        if let Err(fault) = taken {
            // Read on: a child that cannot write its line would never reach its end.
            first_fault.get_or_insert(fault);
        }
        if line == "listed" {
            listed = true;
            let _ = events.send(Event::Listed);
        } else if line.starts_with("begin ") {
            let _ = events.send(Event::Write);
        }
    }
    first_fault.map_or(Ok(listed), Err)
}

/// Locks the ledger.
pub(crate) fn lock(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}
