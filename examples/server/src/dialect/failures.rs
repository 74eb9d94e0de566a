//! Answers of failed requests, in the shapes of the generations.

use axum::http::header::{ALLOW, ETAG};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use synctable::testing::odata::QueryError;

use super::{Generation, Place, Protocol, node};
use crate::answer;
use crate::body::BodyFault;

impl Generation {
    /// Answers an address that leads to no table.
    pub(crate) fn no_such_address(self, verb: &Method, path: &str) -> Response {
        match self {
            Self::Toolkit | Self::V3 => answer::empty(StatusCode::NOT_FOUND),
            Self::NodeV2 => node::cannot(verb, path),
            Self::DotNetV2 => answer::json(
                StatusCode::NOT_FOUND,
                format!(
                    r#"{{"message":{}}}"#,
                    answer::json_text(&format!("No HTTP resource was found that matches the request URI '{path}'."))
                ),
            ),
        }
    }

    /// Answers a verb that an address does not take.
    pub(crate) fn wrong_verb(self, place: Place, verb: &Method, path: &str) -> Response {
        match self {
            Self::NodeV2 if verb == Method::OPTIONS => node::options(),
            Self::NodeV2 => node::cannot(verb, path),
            Self::Toolkit | Self::V3 => answer::not_allowed(self.verbs(place)),
            Self::DotNetV2 => {
                let mut response = answer::json(
                    StatusCode::METHOD_NOT_ALLOWED,
                    format!(
                        r#"{{"message":{}}}"#,
                        answer::json_text(&format!("The requested resource does not support http method '{verb}'."))
                    ),
                );
                response.headers_mut().insert(ALLOW, HeaderValue::from_static(self.verbs(place)));
                response
            }
        }
    }

    /// Answers a request whose line or headers are larger than the generation reads.
    pub(crate) fn too_long(self) -> Response {
        answer::empty(match self {
            Self::Toolkit | Self::V3 | Self::DotNetV2 => StatusCode::URI_TOO_LONG,
            Self::NodeV2 => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        })
    }
}

impl Protocol {
    /// Answers with a status and the reason, where the generation has a place for it.
    pub(crate) fn refuse(self, status: StatusCode, message: &str) -> Response {
        let text = answer::json_text(message);
        match self.generation {
            Generation::Toolkit if status == StatusCode::BAD_REQUEST => answer::toolkit_error(message, None),
            Generation::Toolkit => answer::empty(status),
            Generation::V3 => answer::problem(status, status.canonical_reason().unwrap_or("Error"), Some(message)),
            Generation::NodeV2 => answer::json_with_tag(status, format!(r#"{{"error":{text}}}"#)),
            Generation::DotNetV2 => answer::json(status, format!(r#"{{"message":{text}}}"#)),
        }
    }

    /// Answers a query that cannot be read, naming the option and the place in it.
    pub(crate) fn query_error(self, error: &QueryError) -> Response {
        match self.generation {
            Generation::Toolkit => answer::toolkit_error(&error.to_string(), Some(error.option)),
            Generation::V3 | Generation::DotNetV2 => self.bad_query(&error.to_string()),
            Generation::NodeV2 => {
                self.bad_query(&format!("{} (at index {} of {})", error.message, error.at, error.option))
            }
        }
    }

    /// Answers a query that is refused.
    pub(crate) fn bad_query(self, message: &str) -> Response {
        match self.generation {
            Generation::V3 => answer::json(StatusCode::BAD_REQUEST, answer::json_text(message)),
            Generation::Toolkit | Generation::NodeV2 | Generation::DotNetV2 => {
                self.refuse(StatusCode::BAD_REQUEST, message)
            }
        }
    }

    /// Answers a body that does not fit; the real Toolkit answers 500 without a body, this one says what is wrong.
    pub(crate) fn bad_body(self, fault: &BodyFault) -> Response {
        match self.generation {
            Generation::Toolkit => answer::toolkit_error(&fault.message, Some(&fault.member)),
            Generation::V3 => answer::validation_problem(&fault.member, &fault.message),
            Generation::NodeV2 => self.refuse(StatusCode::BAD_REQUEST, &fault.message),
            Generation::DotNetV2 => {
                let (member, message) = (answer::json_text(&fault.member), answer::json_text(&fault.message));
                let body = format!(r#"{{"message":{message},"modelState":{{{member}:[{message}]}}}}"#);
                answer::json(StatusCode::BAD_REQUEST, body)
            }
        }
    }

    /// Answers a body that is no JSON object; V3 answers that of a PATCH with a serialised exception.
    pub(crate) fn unreadable_body(self, verb: &Method, fault: &BodyFault) -> Response {
        if self.generation == Generation::V3 && verb == Method::PATCH {
            return answer::json(
                StatusCode::BAD_REQUEST,
                format!(r#"{{"Message":{}}}"#, answer::json_text(&fault.message)),
            );
        }
        self.bad_body(fault)
    }

    /// Answers a body of another media type; V3 describes only that there is none.
    pub(crate) fn unsupported_media_type(self, verb: &Method, is_absent: bool) -> Response {
        match self.generation {
            Generation::Toolkit => answer::empty(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Generation::V3 if is_absent => answer::status_problem(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Generation::V3 => answer::empty(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            // Such a body is not looked at, so there is none.
            Generation::NodeV2 => {
                let what = if verb == Method::POST { "insert" } else { "update" };
                self.refuse(StatusCode::BAD_REQUEST, &format!("An item to {what} was not provided"))
            }
            Generation::DotNetV2 => self.refuse(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The request contains an entity body but its media type is not application/json.",
            ),
        }
    }

    /// Answers a body that is larger than the server reads.
    pub(crate) fn too_large(self) -> Response {
        match self.generation {
            Generation::NodeV2 => self.refuse(StatusCode::BAD_REQUEST, "request entity too large"),
            Generation::Toolkit | Generation::V3 | Generation::DotNetV2 => self.status(StatusCode::PAYLOAD_TOO_LARGE),
        }
    }

    /// Answers with a bare status, described as far as the generation describes it.
    pub(crate) fn status(self, status: StatusCode) -> Response {
        match (self.generation, status) {
            (Generation::Toolkit, _) | (Generation::DotNetV2, StatusCode::NOT_FOUND) => answer::empty(status),
            (Generation::V3, _) => answer::status_problem(status),
            (Generation::NodeV2, StatusCode::NOT_FOUND) => self.refuse(status, "The item does not exist"),
            (Generation::NodeV2, StatusCode::UNAUTHORIZED) => {
                node::html(status, "You must be logged in to use this application".to_owned())
            }
            (Generation::NodeV2 | Generation::DotNetV2, _) => {
                self.refuse(status, status.canonical_reason().unwrap_or("Error"))
            }
        }
    }

    /// Takes the entity tag away from a row that was not changed, where the generation sends none.
    pub(crate) fn failed_row(self, mut response: Response) -> Response {
        if self.generation == Generation::DotNetV2 {
            response.headers_mut().remove(ETAG);
        }
        response
    }
}
