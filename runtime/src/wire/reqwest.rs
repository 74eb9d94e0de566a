//! The default transport.

use std::time::Duration;

use ::reqwest::header::{HeaderName, HeaderValue};
use ::reqwest::{Client, redirect};
use bytes::{Bytes, BytesMut};

use super::transport::{Headers, Method, Request, Response, Transport, TransportError, TransportErrorKind};
use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind};

/// Sends requests through a [`reqwest::Client`](::reqwest::Client).
#[derive(Debug, Clone)]
pub struct ReqwestTransport {
    client: Client,
}

impl ReqwestTransport {
    /// The time for name, connection and TLS.
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

    /// Makes a client that follows no redirects; connecting may take 10 s.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported): the TLS of this platform could not be set up.
    pub fn new() -> Result<Self, Error> {
        let client =
            Client::builder().redirect(redirect::Policy::none()).connect_timeout(Self::CONNECT_TIMEOUT).build();
        match client {
            Ok(client) => Ok(Self { client }),
            Err(error) => {
                Err(Error::new(ErrorKind::Unsupported, "the http client could not be set up").with_source(error))
            }
        }
    }

    /// Uses the app's own client, with its proxies, certificates and timeouts.
    ///
    /// Build it with `redirect::Policy::none()`: a redirect that it follows to another origin is
    /// refused only after the request, with its headers, went there.
    #[must_use]
    pub fn with_client(client: Client) -> Self {
        Self { client }
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let url =
            ::reqwest::Url::parse(&request.url).map_err(|error| unsent("the url is not valid").with_source(error))?;
        let origin = url.origin();
        let mut outgoing = self.client.request(method(request.method), url);
        for (name, value) in request.headers.iter() {
            let name =
                HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsent("the name of a header is not valid"))?;
            let value = HeaderValue::from_bytes(value.as_bytes())
                .map_err(|_| unsent(format!("the value of the header `{name}` is not valid")))?;
            outgoing = outgoing.header(name, value);
        }
        if !request.body.is_empty() {
            outgoing = outgoing.body(request.body);
        } else if request.method == Method::Post {
            outgoing = outgoing.header("content-length", "0");
        }
        let response = outgoing.send().await.map_err(classify)?;
        if response.url().origin() != origin {
            let message = "the given http client followed a redirect to another origin";
            return Err(TransportError::new(TransportErrorKind::Unanswered, message));
        }
        let status = response.status().as_u16();
        let headers: Headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())))
            .collect();
        let body = read_body(response, request.limit_bytes).await?;
        Ok(Response { status, headers, body })
    }
}

impl Transport for ReqwestTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

async fn read_body(mut response: ::reqwest::Response, limit_bytes: u64) -> Result<Bytes, TransportError> {
    if response.content_length().is_some_and(|length| length > limit_bytes) {
        return Err(too_large(limit_bytes));
    }
    let Some(first) = response.chunk().await.map_err(classify)? else { return Ok(Bytes::new()) };
    if first.len() as u64 > limit_bytes {
        return Err(too_large(limit_bytes));
    }
    let Some(second) = response.chunk().await.map_err(classify)? else { return Ok(first) };
    let mut body = BytesMut::from(first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        if (body.len() + chunk.len()) as u64 > limit_bytes {
            return Err(too_large(limit_bytes));
        }
        body.extend_from_slice(&chunk);
        next = response.chunk().await.map_err(classify)?;
    }
    Ok(body.freeze())
}

fn method(method: Method) -> ::reqwest::Method {
    match method {
        Method::Get => ::reqwest::Method::GET,
        Method::Post => ::reqwest::Method::POST,
        Method::Put => ::reqwest::Method::PUT,
        Method::Patch => ::reqwest::Method::PATCH,
        Method::Delete => ::reqwest::Method::DELETE,
    }
}

fn classify(error: ::reqwest::Error) -> TransportError {
    let error = error.without_url();
    let (kind, message) = if error.is_builder() {
        (TransportErrorKind::Unsent, "the request could not be made")
    } else if error.is_connect() {
        (TransportErrorKind::Unsent, "the connection failed")
    } else if error.is_timeout() {
        (TransportErrorKind::Unanswered, "no answer came in time")
    } else if error.is_body() || error.is_decode() {
        (TransportErrorKind::Unanswered, "the answer was cut")
    } else {
        (TransportErrorKind::Unanswered, "the connection was lost before an answer came")
    };
    TransportError::new(kind, message).with_source(error)
}

fn unsent(message: impl Into<String>) -> TransportError {
    TransportError::new(TransportErrorKind::Unsent, message)
}

fn too_large(limit_bytes: u64) -> TransportError {
    TransportError::new(TransportErrorKind::TooLarge, format!("the answer is longer than {limit_bytes} bytes"))
}
