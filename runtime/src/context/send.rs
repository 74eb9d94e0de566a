//! Calls of other endpoints of the server.

use crate::error::Error;
use crate::wire::{ApiRequest, ApiResponse};

use super::SyncContext;

impl SyncContext {
    /// Sends a request to another endpoint of the same server, with the context's headers, token, timeout and
    /// limits; gives the answer, whatever its status.
    ///
    /// A 401 renews the token and sends the request once more. A `GET`, and what is
    /// [`repeatable`](ApiRequest::repeatable), is repeated as the [policy](crate::RetryPolicy) says; everything
    /// else is sent once. Redirects are followed within the origin only.
    ///
    /// ```no_run
    /// # async fn example(ctx: synctable::SyncContext) -> Result<(), synctable::Error> {
    /// use synctable::{ApiRequest, JsonValue};
    ///
    /// let answer = ctx.send(ApiRequest::get("api/totals").query("year", "2026")).await?.into_success()?;
    /// let totals: JsonValue = answer.json()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Invalid`: the path leads to another origin, or a header is not the app's to set. `Offline`: the server
    /// could not be reached or did not answer; [`may_have_arrived`](Error::may_have_arrived) tells which.
    /// `Offline`, `Busy` with a [`retry_at`](Error::retry_at): nothing was sent as the circuit is open.
    /// `Unauthorized`: the provider gave no token. `Schema`: the token is of another user than the store.
    /// `Decode`: the answer is too long or wrongly encoded.
    ///
    /// # Cancellation
    /// After a dropped future the request may or may not have arrived.
    pub async fn send(&self, request: ApiRequest) -> Result<ApiResponse, Error> {
        self.session.wire.send_api(&request).await
    }

    /// Forgets the token: the next request asks the provider for one. For an app whose user signed in or out.
    pub fn forget_token(&self) {
        self.session.wire.forget_token();
    }
}
