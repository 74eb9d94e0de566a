//! Calls of endpoints that are no tables.

use super::WireClient;
use super::address::{append_query, shown};
use super::builder::{CONNECTION_HEADERS, check_header};
use super::exchange::{Call, NoAnswer, Received};
use crate::error::{Error, ErrorKind};
use crate::wire::api::{ApiRequest, ApiResponse, Repetition};
use crate::wire::retry::{Next, after_failure, is_transient_status};

impl WireClient {
    /// Sends a request to another endpoint of the server, and gives its answer, whatever the status.
    ///
    /// # Errors
    /// `Invalid`: the path leads to another origin, or a header is not the app's to set. `Offline`: the server
    /// could not be reached or did not answer. `Busy`, `Offline`: nothing was sent as the circuit is open.
    /// `Unauthorized`: there is no token. `Decode`: the answer is too long or wrongly encoded.
    ///
    /// # Cancellation
    /// After a dropped future the request may or may not have arrived.
    pub async fn send_api(&self, request: &ApiRequest) -> Result<ApiResponse, Error> {
        let call = self.api_call(request)?;
        let client = self.for_one_call();
        let mut tries = 0;
        loop {
            let came = client.call(call.clone()).await;
            let asked = match &came {
                Ok(received) if is_transient_status(received.status) => client.retry_after(received),
                Err(NoAnswer::Unsent(_) | NoAnswer::Unanswered(_)) => None,
                Ok(_) | Err(NoAnswer::Withheld(_) | NoAnswer::Unreadable(_)) => return finished(came),
            };
            tries += 1;
            match after_failure(client.retry_policy(), tries, asked) {
                Next::RepeatAfter(wait) if request.repetition == Repetition::WhileItMayPass => {
                    client.clock().sleep(wait).await;
                    client.count_retry();
                }
                Next::RepeatAfter(_) | Next::GiveUp | Next::StopFor(_) => return finished(came),
            }
        }
    }

    fn api_call(&self, request: &ApiRequest) -> Result<Call, Error> {
        let mut url = self.0.address.resolve(&request.path)?;
        append_query(&mut url, &request.query);
        let mut call = Call::new(request.method, url.into(), self.known_dialect().and_then(|it| it.version_header()));
        for (name, value) in request.headers.iter() {
            check_header(name, value, &CONNECTION_HEADERS)?;
            let has_token = self.0.keeper.as_ref().is_some_and(|it| it.header().name().eq_ignore_ascii_case(name));
            if has_token {
                let message = format!("the header `{name}` is set by `auth`; leave it out");
                return Err(Error::new(ErrorKind::Invalid, message));
            }
            call.headers.add(name, value);
        }
        if let Some((content_type, body)) = &request.body {
            check_header("Content-Type", content_type, &[])?;
            call.headers.add("Content-Type", content_type);
            call.body = Some(body.clone());
        }
        call.timeout = request.timeout;
        Ok(call)
    }
}

fn finished(came: Result<Received, NoAnswer>) -> Result<ApiResponse, Error> {
    match came {
        Ok(Received { status, headers, body, url, .. }) => {
            Ok(ApiResponse { status, headers, body, url: shown(&url).to_owned() })
        }
        Err(NoAnswer::Unsent(error) | NoAnswer::Withheld(error)) => Err(error),
        Err(NoAnswer::Unanswered(error) | NoAnswer::Unreadable(error)) => Err(error.perhaps_arrived()),
    }
}
