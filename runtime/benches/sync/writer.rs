//! A thread with a bounded channel in front of it; every question is answered by a oneshot.

use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use crate::Result;

/// A question and where its answer goes.
pub(crate) type Asked<Q, A> = (Q, oneshot::Sender<A>);

/// The asking side; the thread's receiver ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Writer<Q, A> {
    questions: mpsc::Sender<Asked<Q, A>>,
}

impl<Q: Send + 'static, A: Send + 'static> Writer<Q, A> {
    /// Starts the thread with its receiver.
    pub(crate) fn start<S>(serve: S) -> (Writer<Q, A>, JoinHandle<Result<()>>)
    where
        S: FnOnce(mpsc::Receiver<Asked<Q, A>>) -> Result<()> + Send + 'static,
    {
        let (questions, receiver) = mpsc::channel(64);
        (Writer { questions }, std::thread::spawn(move || serve(receiver)))
    }

    /// Asks, and waits for the answer.
    pub(crate) async fn ask(&self, question: Q) -> Result<A> {
        let (answer, answered) = oneshot::channel();
        self.questions.send((question, answer)).await.map_err(|_| "the writer thread stopped")?;
        Ok(answered.await?)
    }
}
