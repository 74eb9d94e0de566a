//! The one background thread of a blocking context, and how callers wait for futures.

use std::cell::Cell;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::error::{Error, ErrorKind};

/// Runs timers, sockets and connections on the thread `synctable-blocking` while callers wait.
///
/// Dropping the last handle ends the thread.
pub(super) struct Driver {
    handle: Handle,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Driver {
    pub(super) fn start() -> Result<Arc<Self>, Error> {
        let failed = |error| Error::new(ErrorKind::Store, "the background thread cannot be started").with_source(error);
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel();
        let thread = thread::Builder::new().name("synctable-blocking".to_owned()).spawn(move || {
            // It is told by a message or by the drop of the sender.
            let _: Result<(), _> = runtime.block_on(ended);
            // A look-up of a name may still run, and nobody waits for it.
            runtime.shutdown_background();
        });
        Ok(Arc::new(Self { handle, end: Some(end), thread: Some(thread.map_err(failed)?) }))
    }

    /// The runtime of the background thread.
    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Waits for a future, on the caller's thread.
    ///
    /// Tokio's own `block_on` panics inside of a runtime; this one only holds up the thread, and what
    /// the future waits for goes on in the background.
    ///
    /// # Errors
    /// `Invalid`: the caller is a closure that the store runs, which waiting for the store would never
    /// end. Else the future's own.
    pub(super) fn wait<T>(&self, future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        if IN_WORK.get() {
            return Err(Error::new(
                ErrorKind::Invalid,
                "a blocking call inside a closure that the store runs would wait for itself: use the closure's \
                 argument, or call before or after",
            ));
        }
        self.wait_anyhow(future)
    }

    /// As [`wait`](Self::wait), for futures that wait for no store.
    pub(super) fn wait_anyhow<T>(&self, future: impl Future<Output = T>) -> T {
        let _entered = self.handle.enter();
        // The caller may be a task with a budget, which would be spent for good: nothing of the task
        // runs before this returns.
        let mut future = pin!(tokio::task::unconstrained(future));
        let alarm = Arc::new(Alarm { thread: thread::current(), rang: AtomicBool::new(false) });
        let waker = Waker::from(Arc::clone(&alarm));
        let mut context = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            // The thread may be unparked for another reason.
            while !alarm.rang.swap(false, Ordering::Acquire) {
                thread::park();
            }
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != thread::current().id()) {
            // It cannot have panicked but by a panic of tokio's, and there is nobody to tell.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Driver")
    }
}

/// Wakes the thread that waits.
struct Alarm {
    thread: Thread,
    rang: AtomicBool,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rang.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

thread_local! {
    /// Whether this thread runs a closure of an app inside the store.
    static IN_WORK: Cell<bool> = const { Cell::new(false) };
}

/// Runs a closure of an app that the store calls.
pub(super) fn in_work<R>(work: impl FnOnce() -> R) -> R {
    struct Reset(bool);
    impl Drop for Reset {
        fn drop(&mut self) {
            IN_WORK.set(self.0);
        }
    }
    let _reset = Reset(IN_WORK.replace(true));
    work()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn timers_run_in_the_background_wherever_the_caller_is() {
        let driver = Driver::start().unwrap();
        let sleep = || driver.wait_anyhow(async { tokio::time::sleep(Duration::from_millis(2)).await });
        sleep();
        let runtime = Builder::new_current_thread().build().unwrap();
        // More often than a task's budget allows.
        runtime.block_on(async {
            sleep();
            tokio::spawn(async {}).await.unwrap();
            for _ in 0..500 {
                driver.wait_anyhow(async {
                    let (send, receive) = oneshot::channel();
                    send.send(()).unwrap();
                    receive.await.unwrap();
                });
            }
        });
    }

    #[test]
    fn a_future_is_polled_again_when_it_is_woken_and_not_otherwise() {
        let driver = Driver::start().unwrap();
        let mut polls = 0;
        let (send, mut receive) = oneshot::channel();
        let mut waking = Some(send);
        let got = driver.wait_anyhow(std::future::poll_fn(|context| {
            polls += 1;
            if let Some(send) = waking.take() {
                thread::current().unpark();
                thread::spawn(move || send.send(7));
            }
            pin!(&mut receive).poll(context)
        }));
        assert_eq!((got, polls), (Ok(7), 2));
    }

    #[test]
    fn the_last_handle_ends_the_thread() {
        let driver = Driver::start().unwrap();
        let (guard, dropped) = oneshot::channel::<()>();
        driver.handle.spawn(async move {
            let _guard = guard;
            std::future::pending::<()>().await;
        });
        let other = Arc::clone(&driver);
        drop(driver);
        other.wait_anyhow(async {});
        drop(other);
        assert!(dropped.blocking_recv().is_err(), "what ran in the background is gone");
    }

    #[test]
    fn waiting_inside_the_stores_work_is_refused() {
        let driver = Driver::start().unwrap();
        let wait = || driver.wait(async { Ok(()) }).map_err(|error| error.kind());
        assert_eq!(in_work(wait), Err(ErrorKind::Invalid));
        assert_eq!(wait(), Ok(()));
        let panicked = std::panic::catch_unwind(|| in_work(|| panic!("work")));
        assert!(panicked.is_err());
        assert_eq!(wait(), Ok(()));
    }
}
