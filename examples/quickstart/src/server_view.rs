//! A look at the server with a plain request, past the library.

use synctable::Id;
use synctable::wire::Dialect;

use crate::Failure;

/// Reads one item as the server has it; `None` if it is not there or deleted.
pub(crate) async fn item(url: &str, dialect: Option<Dialect>, id: &Id) -> Result<Option<serde_json::Value>, Failure> {
    let version = match dialect {
        Some(Dialect::NodeV2 | Dialect::DotNetV2) => "2.0.0",
        _ => "3.0.0",
    };
    let url = format!("{}/tables/todoitem/{id}", url.trim_end_matches('/'));
    let answer = reqwest::Client::new().get(url).header("ZUMO-API-VERSION", version).send().await?;
    match answer.status().as_u16() {
        200 => Ok(Some(serde_json::from_slice(&answer.bytes().await?)?)),
        404 | 410 => Ok(None),
        status => Err(format!("the server answered {status} to a plain read").into()),
    }
}
