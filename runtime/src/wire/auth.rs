//! Authentication: who is asked for a token, and the header that carries it.

pub(crate) mod keeper;
mod token;

pub use token::Token;

use std::fmt;

use crate::clock::BoxFuture;
use crate::error::Error;

/// Gives the token that requests carry; implement it over the app's sign-in.
///
/// It is called when no token is known, when the known one is about to expire, and when the server refused
/// it; never twice at once, however many requests wait. Methods may be written as `async fn`.
///
/// ```
/// use synctable::{Error, ErrorKind, Timestamp, Token, TokenProvider, TokenReason};
///
/// struct SignIn;
///
/// impl TokenProvider for SignIn {
///     async fn token(&self, reason: TokenReason) -> Result<Option<Token>, Error> {
///         if reason == TokenReason::Refused {
///             // The one that this provider keeps is of no use any more: ask for another.
///         }
///         let in_an_hour = Timestamp::now().saturating_add(std::time::Duration::from_secs(3600));
///         Ok(Some(Token::new("the text of the token").user("user-1").expires_at(in_an_hour)))
///     }
/// }
/// ```
///
/// A closure is a provider too: `.auth(|_reason| async { Ok(Some(Token::new("…"))) })`.
pub trait TokenProvider: Send + Sync + 'static {
    /// Gives a token; `None` if nobody is signed in, and requests then go without one.
    ///
    /// # Errors
    /// `Offline` or `Busy` (see [`Error::new`]): whoever gives out tokens cannot be reached now, and the sync
    /// ends as offline. Every other kind means that the user has to sign in: the sync ends as
    /// unauthorized, and the error is the source of the one that the app sees. Its text must not hold
    /// the token.
    ///
    /// # Cancellation
    /// The future is kept while the requests that wait for it are dropped, and goes on with the next one.
    fn token(&self, reason: TokenReason) -> impl Future<Output = Result<Option<Token>, Error>> + Send;
}

impl<F, A> TokenProvider for F
where
    F: Fn(TokenReason) -> A + Send + Sync + 'static,
    A: Future<Output = Result<Option<Token>, Error>> + Send,
{
    fn token(&self, reason: TokenReason) -> impl Future<Output = Result<Option<Token>, Error>> + Send {
        self(reason)
    }
}

/// Why a provider is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenReason {
    /// No token is known.
    None,
    /// The token is about to expire, or has.
    Expiring,
    /// The server refused the token (401): one that the provider keeps will not do.
    Refused,
}

/// Which header carries the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum AuthHeader {
    /// `Authorization: Bearer …`: what Datasync servers and most others read.
    #[default]
    Bearer,
    /// `X-ZUMO-AUTH: …`: what App Service and Azure Mobile Apps backends read.
    ZumoAuth,
}

impl AuthHeader {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Authorization",
            Self::ZumoAuth => "X-ZUMO-AUTH",
        }
    }

    pub(crate) fn value(self, token: &Token) -> String {
        match self {
            Self::Bearer => format!("Bearer {}", token.secret()),
            Self::ZumoAuth => token.secret().to_owned(),
        }
    }
}

/// A provider whose type is forgotten.
pub(crate) trait AnyProvider: Send + Sync {
    fn any_token(&self, reason: TokenReason) -> BoxFuture<'_, Result<Option<Token>, Error>>;
}

impl<P: TokenProvider> AnyProvider for P {
    fn any_token(&self, reason: TokenReason) -> BoxFuture<'_, Result<Option<Token>, Error>> {
        Box::pin(self.token(reason))
    }
}

impl fmt::Debug for dyn AnyProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenProvider")
    }
}
