//! A token: a secret, whose it is, and how long it lasts.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::value::Timestamp;

/// What a server wants to see of a user; cheap to clone. The secret is never shown, not by `Debug` either.
///
/// ```
/// use synctable::{Timestamp, Token};
///
/// let token = Token::new("secret").user("user-1").expires_at(Timestamp::now());
/// assert!(!format!("{token:?}").contains("secret"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    secret: Arc<str>,
    user: Option<Arc<str>>,
    expires_at: Option<Timestamp>,
}

impl Token {
    /// Makes a token of the text that the server reads, without `Bearer`.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self { secret: secret.into().into(), user: None, expires_at: None }
    }

    /// Says whose token it is, by an id that never changes: the store of a context is bound to it, and
    /// refuses the token of another user before anything is sent.
    #[must_use]
    pub fn user(mut self, id: impl Into<String>) -> Self {
        self.user = Some(id.into().into());
        self
    }

    /// Says when it expires; another is asked for some time before. Without it the token is used until
    /// the server refuses it.
    #[must_use]
    pub fn expires_at(mut self, time: Timestamp) -> Self {
        self.expires_at = Some(time);
        self
    }

    /// Whose token it is, if that was said.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// When it expires, if that was said.
    #[must_use]
    pub fn expiry(&self) -> Option<Timestamp> {
        self.expires_at
    }

    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    /// Refuses what cannot stand in a header.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.secret.is_empty() || !self.secret.bytes().all(|byte| (0x20..0x7F).contains(&byte)) {
            let message = "the token is empty or has characters that a header cannot carry";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        Ok(())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}
