//! Bearer tokens: who asks.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::Value;

/// A longer value of a claim names nobody.
const NAME_BYTES: usize = 1024;

/// The tokens that are taken: JWTs with an expiry, signed with HS256 or RS256.
///
/// The algorithm is that of the key, never that which a token names. A token that says for whom it is (`aud`) is refused
/// unless that is an [`audience`](Self::audience).
#[derive(Clone)]
pub struct Tokens {
    key: DecodingKey,
    validation: Validation,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("algorithms", &self.validation.algorithms).finish_non_exhaustive()
    }
}

impl Tokens {
    /// Takes tokens signed with a secret (HS256).
    ///
    /// # Errors
    /// When the secret has less than 32 bytes: the signature would be weaker than its hash (RFC 7518, 3.2).
    pub fn hs256(secret: &[u8]) -> Result<Self, String> {
        if secret.len() < 32 {
            return Err(format!(
                "the secret of tokens has {} bytes; give one of 32 or more random bytes",
                secret.len()
            ));
        }
        Ok(Self::new(DecodingKey::from_secret(secret), Algorithm::HS256))
    }

    /// Takes tokens signed with the private key to this public one (RS256).
    ///
    /// # Errors
    /// When the text is no RSA key in PEM.
    pub fn rs256(pem: &[u8]) -> Result<Self, String> {
        let key =
            DecodingKey::from_rsa_pem(pem).map_err(|error| format!("there is no public RSA key in PEM: {error}"))?;
        Ok(Self::new(key, Algorithm::RS256))
    }

    fn new(key: DecodingKey, algorithm: Algorithm) -> Self {
        let mut validation = Validation::new(algorithm);
        validation.validate_nbf = true;
        Self { key, validation }
    }

    /// Takes only tokens of this issuer (`iss`); called again, of the other ones too.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.validation.iss.get_or_insert_default().insert(issuer.into());
        self.validation.required_spec_claims.insert("iss".to_owned());
        self
    }

    /// Takes only tokens for this audience (`aud`); called again, for the other ones too.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.validation.aud.get_or_insert_default().insert(audience.into());
        self.validation.required_spec_claims.insert("aud".to_owned());
        self
    }

    /// Sets how far the clocks of issuer and server may be apart, in seconds. Default: 60.
    #[must_use]
    pub fn leeway_seconds(mut self, seconds: u64) -> Self {
        self.validation.leeway = seconds;
        self
    }

    /// Tells who sends these headers: the token of `X-ZUMO-AUTH`, or else of `Authorization: Bearer`.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Caller {
        let Some(token) = sent(headers) else { return Caller::Nobody };
        match decode::<BTreeMap<String, Value>>(token, &self.key, &self.validation) {
            // An extension that must be understood is not (RFC 7515, 4.1.11).
            Ok(token) if token.header.crit.is_some() => {
                Caller::Invalid("the token needs an extension that is not known")
            }
            Ok(token) => Caller::User(Arc::new(Claims(token.claims))),
            Err(error) => Caller::Invalid(match error.kind() {
                ErrorKind::ExpiredSignature => "the token has expired",
                ErrorKind::ImmatureSignature => "the token is not valid yet",
                ErrorKind::InvalidSignature => "the signature does not fit",
                ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => "the algorithm is not that of the key",
                ErrorKind::InvalidAudience => "the token is for another audience",
                ErrorKind::InvalidIssuer => "the token is of another issuer",
                ErrorKind::MissingRequiredClaim(claim) if claim == "exp" => "the token has no expiry",
                ErrorKind::MissingRequiredClaim(_) => "the token lacks a claim that is required",
                _ => "the token cannot be read",
            }),
        }
    }
}

fn sent(headers: &HeaderMap) -> Option<&[u8]> {
    if let Some(token) = headers.get("x-zumo-auth") {
        return Some(token.as_bytes());
    }
    let (scheme, token) = headers.get(AUTHORIZATION)?.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

/// Who sent a request.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// There is no token.
    Nobody,
    /// There is one that is not taken; says why.
    Invalid(&'static str),
    /// There is a valid one.
    User(Arc<Claims>),
}

/// What a valid token says.
pub(crate) struct Claims(BTreeMap<String, Value>);

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

impl Claims {
    /// Returns a claim that names someone: a text, not empty and without control characters, or a whole number.
    pub(crate) fn name(&self, claim: &str) -> Option<String> {
        let name = match self.0.get(claim)? {
            Value::String(name) => name.clone(),
            Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
            _ => return None,
        };
        (!name.is_empty() && name.len() <= NAME_BYTES && !name.contains(char::is_control)).then_some(name)
    }
}

impl Caller {
    /// Returns who the caller is among all of all issuers, for counting his requests.
    pub(crate) fn user(&self) -> Option<String> {
        let Self::User(claims) = self else { return None };
        let issuer = claims.name("iss").unwrap_or_default();
        Some(format!("{issuer}\n{}", claims.name("sub")?))
    }
}
