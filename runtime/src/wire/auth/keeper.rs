//! Keeps the token, and sees to it that the provider is asked once for all who wait.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use super::{AnyProvider, AuthHeader, Token, TokenReason};
use crate::clock::{BoxFuture, Clock, within};
use crate::error::{Error, ErrorKind};
use crate::value::Timestamp;

/// Called with the user of each token before it is used; an error refuses the token.
pub(crate) type OnUser = Arc<dyn Fn(String) -> BoxFuture<'static, Result<(), Error>> + Send + Sync>;

/// What became of the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenNews {
    /// Another token than before is used.
    Refreshed,
    /// The server wants one, and there is none.
    SignedOut,
}

/// Called when there is news of the token.
pub(crate) type OnNews = Arc<dyn Fn(TokenNews) + Send + Sync>;

/// How requests are authenticated.
#[derive(Clone)]
pub(crate) struct AuthSettings {
    pub(crate) provider: Arc<dyn AnyProvider>,
    pub(crate) header: AuthHeader,
    /// How long before its end a token is renewed.
    pub(crate) buffer: Duration,
    /// How long the provider may take.
    pub(crate) timeout: Duration,
    pub(crate) on_user: Option<OnUser>,
    pub(crate) on_news: Option<OnNews>,
}

/// The token of a client, shared by all its requests.
pub(crate) struct Keeper {
    settings: AuthSettings,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
    /// The call of the provider that is under way: whoever waits first drives it, and if that one is
    /// dropped the next takes it over where it stands.
    flight: tokio::sync::Mutex<Option<Flight>>,
}

type Flight = BoxFuture<'static, Result<Option<Token>, Error>>;

/// What the last call of the provider gave.
#[derive(Debug, Clone, Default)]
struct Known {
    /// How many calls have ended; names the token of the last successful one.
    calls: u64,
    /// How often all was forgotten: what a call gives that began before is not kept.
    forgotten: u64,
    last: Last,
    held: Option<Held>,
}

#[derive(Debug, Clone, Default)]
enum Last {
    #[default]
    Nothing,
    Token,
    NoToken,
    Failure(Error),
}

/// A token and its name.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) token: Token,
    /// Tokens that were held later have greater numbers.
    pub(crate) number: u64,
    /// From when on another is asked for.
    renewed_from: Option<Timestamp>,
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").field("header", &self.settings.header).finish_non_exhaustive()
    }
}

impl fmt::Debug for AuthSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthSettings").field("header", &self.header).finish_non_exhaustive()
    }
}

impl Keeper {
    pub(crate) fn new(settings: AuthSettings, clock: Arc<dyn Clock>) -> Self {
        Self { settings, clock, known: Mutex::default(), flight: tokio::sync::Mutex::new(None) }
    }

    pub(crate) fn header(&self) -> AuthHeader {
        self.settings.header
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the token: the next request asks for one.
    pub(crate) fn forget(&self) {
        let mut known = self.known();
        known.held = None;
        known.forgotten += 1;
    }

    /// Gives the token for a request; `None` if there is none.
    ///
    /// # Errors
    /// The provider failed, or the token is of another user than the store.
    pub(crate) async fn token(&self) -> Result<Option<Held>, Error> {
        let now = self.clock.now();
        let (held, calls) = {
            let known = self.known();
            (known.held.clone(), known.calls)
        };
        let reason = match &held {
            Some(held) if held.renewed_from.is_none_or(|from| now < from) => return Ok(Some(held.clone())),
            Some(_) => TokenReason::Expiring,
            None => TokenReason::None,
        };
        match (self.ask(reason, calls).await, held) {
            // It was to be renewed in good time, but it is still good.
            (Err(error), Some(held))
                if matches!(error.kind(), ErrorKind::Offline | ErrorKind::Unauthorized)
                    && held.token.expiry().is_some_and(|expiry| self.clock.now() < expiry) =>
            {
                Ok(Some(held))
            }
            (asked, _) => asked,
        }
    }

    /// Gives another token than the one that the server refused; `None` if there is no other.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    pub(crate) async fn renewed(&self, refused: Option<&Held>) -> Result<Option<Held>, Error> {
        let number = refused.map_or(0, |held| held.number);
        let calls = {
            let known = self.known();
            if let Some(held) = known.held.as_ref().filter(|held| held.number > number) {
                return Ok(Some(held.clone()));
            }
            known.calls
        };
        let held = self.ask(TokenReason::Refused, calls).await?;
        Ok(held.filter(|held| refused.is_none_or(|refused| refused.token.secret() != held.token.secret())))
    }

    /// Asks the provider, or takes what a call gave that ended since `calls` of them had.
    async fn ask(&self, reason: TokenReason, calls: u64) -> Result<Option<Held>, Error> {
        let mut flight = self.flight.lock().await;
        loop {
            let forgotten = {
                let known = self.known();
                if known.calls > calls && known.is_current() {
                    return known.last_result();
                }
                known.forgotten
            };
            let running = flight.get_or_insert_with(|| self.begin(reason));
            let ended = within(&*self.clock, self.settings.timeout, running).await;
            *flight = None;
            let came = ended.unwrap_or_else(|| {
                let message = format!("no token came within {} s", self.settings.timeout.as_secs_f64());
                Err(Error::new(ErrorKind::Offline, message))
            });
            let mut known = self.known();
            if known.forgotten == forgotten {
                let now = self.clock.now();
                let news = known.news(&came, reason, now);
                known.keep(came, self.settings.buffer, now);
                let result = known.last_result();
                drop(known);
                if let (Some(news), Some(tell)) = (news, &self.settings.on_news) {
                    tell(news);
                }
                return result;
            }
        }
    }

    /// The call of the provider, and what follows for the store: kept apart from whoever waits for it.
    fn begin(&self, reason: TokenReason) -> Flight {
        let (provider, on_user) = (Arc::clone(&self.settings.provider), self.settings.on_user.clone());
        let call = async move {
            let Some(token) = provider.any_token(reason).await.map_err(no_token)? else { return Ok(None) };
            token.check().map_err(no_token)?;
            if let (Some(on_user), Some(user)) = (on_user, token.user_id()) {
                on_user(user.to_owned()).await?;
            }
            Ok(Some(token))
        };
        guarded(Box::pin(call))
    }
}

/// Ends a call whose provider panics as one that failed.
fn guarded(mut call: Flight) -> Flight {
    Box::pin(std::future::poll_fn(move |context| {
        catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(context))).unwrap_or_else(|_| {
            let message = "the token provider panicked";
            Poll::Ready(Err(Error::new(ErrorKind::Unauthorized, message)))
        })
    }))
}

/// What the failure of a provider means for a request.
fn no_token(error: Error) -> Error {
    let (kind, message) = match error.kind() {
        ErrorKind::Offline | ErrorKind::Busy => (ErrorKind::Offline, "the token provider cannot be reached now"),
        _ => (ErrorKind::Unauthorized, "the token provider gave no token"),
    };
    Error::new(kind, format!("{message}: {}", error.message())).with_source(error)
}

/// From when on another token is asked for: some time before this one ends, but one that lives shortly is
/// used for half of its life.
fn renewed_from(token: &Token, buffer: Duration, now: Timestamp) -> Option<Timestamp> {
    let expiry = token.expiry()?;
    let half_life = now.saturating_add(expiry.saturating_since(now) / 2);
    Some(expiry.saturating_sub(buffer).max(half_life))
}

impl Known {
    /// Whether what the last call gave was not forgotten since.
    fn is_current(&self) -> bool {
        !matches!(self.last, Last::Token) || self.held.is_some()
    }

    /// What a call that ends tells beside the token.
    fn news(&self, came: &Result<Option<Token>, Error>, reason: TokenReason, now: Timestamp) -> Option<TokenNews> {
        let held = self.held.as_ref().map(|held| &held.token);
        let is_good =
            reason == TokenReason::Expiring && held.and_then(Token::expiry).is_some_and(|expiry| now < expiry);
        match came {
            Ok(Some(token)) if held.is_none_or(|held| held.secret() != token.secret()) => Some(TokenNews::Refreshed),
            Ok(None) if reason == TokenReason::Refused => Some(TokenNews::SignedOut),
            Err(error) if error.kind() == ErrorKind::Unauthorized && !is_good => Some(TokenNews::SignedOut),
            _ => None,
        }
    }

    fn keep(&mut self, came: Result<Option<Token>, Error>, buffer: Duration, now: Timestamp) {
        self.calls += 1;
        match came {
            Ok(Some(token)) => {
                let renewed_from = renewed_from(&token, buffer, now);
                self.last = Last::Token;
                self.held = Some(Held { token, number: self.calls, renewed_from });
            }
            Ok(None) => {
                self.last = Last::NoToken;
                self.held = None;
            }
            Err(error) => self.last = Last::Failure(error),
        }
    }

    fn last_result(&self) -> Result<Option<Held>, Error> {
        match &self.last {
            Last::Failure(error) => Err(error.clone()),
            Last::Token => Ok(self.held.clone()),
            Last::NoToken | Last::Nothing => Ok(None),
        }
    }
}
