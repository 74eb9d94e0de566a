//! The tables protocol: what goes over the network, per server generation.

pub mod answer;
mod api;
mod auth;
mod body;
mod circuit;
mod client;
mod dialect;
mod etag;
pub(crate) mod extension;
mod failure;
mod message;
mod page;
#[cfg(feature = "reqwest")]
mod reqwest;
pub mod retry;
mod row;
mod syntax;
mod transport;
mod unreliable;

#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestTransport;
pub use crate::clock::{BoxFuture, Clock, SystemClock};
pub use api::{ApiRequest, ApiResponse};
pub(crate) use auth::keeper::TokenNews;
pub use auth::{AuthHeader, Token, TokenProvider, TokenReason};
pub(crate) use client::{BatchDelivery, Operation};
pub use client::{DeletedRows, Look, PageRequest, Traffic, WireClient, WireClientBuilder, WireTable, WriteRequest};
pub use dialect::Dialect;
pub use extension::{KeyNote, PushExtensions};
pub use failure::WireError;
pub use retry::RetryPolicy;
pub use transport::{Headers, Limits, Method, Request, Response, Transport, TransportError, TransportErrorKind};
pub(crate) use unreliable::Unreliable;
