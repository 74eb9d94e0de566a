//! Extensions of the push protocol that a server may announce (docs/protocol-extensions.md).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use super::transport::Headers;

/// The header of the announcement.
pub(crate) const EXTENSIONS: &str = "Synctable-Extensions";
/// The header that names one request over all its tries.
pub(crate) const KEY: &str = "Idempotency-Key";
/// The header of an answer that was given before.
const REPLAYED: &str = "Idempotency-Replayed";
/// The header of a refusal because the key was used for another request.
const MISMATCH: &str = "Idempotency-Mismatch";

/// An announcement that is longer is ignored.
const LONGEST_ANNOUNCEMENT: usize = 1024;

/// Which extensions of the push protocol a context uses where the server announces them; plain data.
///
/// A server that announces none is spoken to as ever, whatever is set here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum PushExtensions {
    /// A key for each write, by which a repeated one gets the answer that was lost, and several writes in one
    /// request.
    #[default]
    All,
    /// A key for each write; each is a request of its own.
    KeysOnly,
    /// None.
    Unused,
}

/// What a server announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Announced {
    pub(crate) keys: bool,
    pub(crate) batch: Option<BatchLimits>,
}

/// How much a batch may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchLimits {
    pub(crate) operations: usize,
    pub(crate) bytes: usize,
}

/// What is known of the extensions of one server, and which of them are to be used.
#[derive(Debug, Default)]
pub(crate) struct Extensions {
    used: PushExtensions,
    announced: RwLock<Announced>,
    /// Whether the server has answered a batch in a way that makes no sense.
    no_batches: AtomicBool,
}

impl Extensions {
    pub(crate) fn new(used: PushExtensions) -> Self {
        Self { used, ..Self::default() }
    }

    /// Whether requests that are planned now get a key.
    pub(crate) fn has_keys(&self) -> bool {
        self.used != PushExtensions::Unused && self.announced().keys
    }

    /// How much a batch may carry, if there may be one.
    pub(crate) fn batch(&self) -> Option<BatchLimits> {
        let wanted = self.used == PushExtensions::All && !self.no_batches.load(Ordering::Relaxed);
        self.announced().batch.filter(|_| wanted)
    }

    /// Sends no more batches.
    pub(crate) fn give_up_batches(&self) {
        self.no_batches.store(true, Ordering::Relaxed);
    }

    /// Takes up what an answer below the tables announces.
    pub(crate) fn learn(&self, status: u16, headers: &Headers) {
        let announced = match headers.get(EXTENSIONS) {
            Some(text) => read(text).unwrap_or_default(),
            None if (200..300).contains(&status) => Announced::default(),
            // Something between may have answered.
            None => return,
        };
        if announced != self.announced() {
            *self.announced.write().unwrap_or_else(PoisonError::into_inner) = announced;
        }
    }

    fn announced(&self) -> Announced {
        *self.announced.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads an announcement; `None` if it does not follow the grammar.
fn read(text: &str) -> Option<Announced> {
    if text.len() > LONGEST_ANNOUNCEMENT {
        return None;
    }
    let mut announced = Announced::default();
    for extension in text.split(',') {
        let mut parts = extension.split(';').map(|part| part.trim_matches([' ', '\t']));
        let name = parts.next().filter(|name| is_token(name))?;
        let parameters = parts.map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            (is_token(name) && is_number).then(|| (name, value.parse().unwrap_or(usize::MAX)))
        });
        let parameters: Vec<(&str, usize)> = parameters.collect::<Option<_>>()?;
        let parameter = |wanted: &str| parameters.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
        match name {
            "idempotency-key" => announced.keys = true,
            "batch" => {
                let limits = parameter("operations").zip(parameter("bytes"));
                announced.batch = limits
                    .map(|(operations, bytes)| BatchLimits { operations, bytes })
                    .filter(|limits| limits.operations >= 2 && limits.bytes >= 1024);
            }
            _ => {}
        }
    }
    announced.batch = announced.batch.filter(|_| announced.keys);
    Some(announced)
}

fn is_token(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
}

/// What an answer says of the key that the request carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum KeyNote {
    /// Nothing: the request was done now, or carried no key.
    #[default]
    None,
    /// It is the answer of the first time that the request arrived.
    Replayed,
    /// The key belongs to another request; nothing was done.
    Mismatch,
}

impl KeyNote {
    pub(crate) fn of(status: u16, headers: &Headers) -> Self {
        let is_true = |name: &str| headers.get(name).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
        if is_true(REPLAYED) {
            Self::Replayed
        } else if status == 422 && is_true(MISMATCH) {
            Self::Mismatch
        } else {
            Self::None
        }
    }
}

/// Makes the key of a new request.
pub(crate) fn new_key() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announcing(text: &str) -> Headers {
        Headers::from_iter([("synctable-extensions", text)])
    }

    #[test]
    fn announcements() {
        let limits = |operations, bytes| Some(BatchLimits { operations, bytes });
        let cases = [
            ("idempotency-key", Some((true, None))),
            ("idempotency-key, batch; operations=100; bytes=1048576", Some((true, limits(100, 1_048_576)))),
            ("batch;bytes=2048;operations=2;more=1 , idempotency-key", Some((true, limits(2, 2048)))),
            ("batch; operations=100; bytes=1048576", Some((false, None))),
            ("idempotency-key, batch", Some((true, None))),
            ("idempotency-key, batch; operations=1; bytes=1048576", Some((true, None))),
            ("idempotency-key, batch; operations=2; bytes=1023", Some((true, None))),
            (
                "idempotency-key, batch; operations=99999999999999999999999; bytes=2048",
                Some((true, limits(usize::MAX, 2048))),
            ),
            ("other, idempotency-key; v=2", Some((true, None))),
            ("other", Some((false, None))),
            ("", None),
            ("idempotency-key,", None),
            ("idempotency key", None),
            ("idempotency-key; v", None),
            ("idempotency-key; v=-1", None),
        ];
        for (text, expected) in cases {
            let read = read(text).map(|announced| (announced.keys, announced.batch));
            assert_eq!(read, expected, "{text}");
        }
        assert_eq!(read(&format!("idempotency-key, {}", "x".repeat(LONGEST_ANNOUNCEMENT))), None);
    }

    #[test]
    fn a_success_without_the_header_withdraws_and_a_failure_does_not() {
        let extensions = Extensions::new(PushExtensions::All);
        assert!(!extensions.has_keys() && extensions.batch().is_none());
        extensions.learn(404, &announcing("idempotency-key, batch; operations=9; bytes=2048"));
        assert!(extensions.has_keys() && extensions.batch().is_some());
        extensions.learn(503, &Headers::new());
        extensions.learn(404, &Headers::new());
        assert!(extensions.has_keys());
        extensions.learn(200, &Headers::new());
        assert!(!extensions.has_keys() && extensions.batch().is_none());
        extensions.learn(200, &announcing("idempotency-key"));
        assert!(extensions.has_keys());
        extensions.learn(200, &announcing("nonsense nonsense"));
        assert!(!extensions.has_keys());
    }

    #[test]
    fn what_is_not_to_be_used_is_not_there() {
        let text = "idempotency-key, batch; operations=9; bytes=2048";
        for (used, keys, batch) in [
            (PushExtensions::All, true, true),
            (PushExtensions::KeysOnly, true, false),
            (PushExtensions::Unused, false, false),
        ] {
            let extensions = Extensions::new(used);
            extensions.learn(200, &announcing(text));
            assert_eq!((extensions.has_keys(), extensions.batch().is_some()), (keys, batch), "{used:?}");
            extensions.give_up_batches();
            assert_eq!((extensions.has_keys(), extensions.batch().is_some()), (keys, false), "{used:?}");
        }
    }
}
