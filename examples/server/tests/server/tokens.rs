//! Which tokens are taken, and what rules ask of them.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use synctable_server::{Config, Dialect, Server, Tokens, default_tables};

use super::http::{Answer, send, send_json};

pub(crate) const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Signs claims as the issuer would.
pub(crate) fn token(claims: &Value) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(SECRET)).unwrap()
}

/// A token of a user for the next hour.
pub(crate) fn token_of(user: &str) -> String {
    token(&json!({"sub": user, "exp": now() + 3600}))
}

fn server(tokens: Tokens) -> Server {
    let config = Config::new(default_tables()).tokens(tokens);
    Server::start(config.rule("*", "authenticated".parse().unwrap()).rule("movies_v3", "anonymous".parse().unwrap()))
        .unwrap()
}

fn bearer(server: &Server, token: &str) -> Answer {
    send(server.port(), "GET", "/tables/movies", &[("Authorization", &format!("Bearer {token}"))], None)
}

#[test]
fn both_headers_are_taken_and_a_missing_token_is_challenged() {
    let server = server(Tokens::hs256(SECRET).unwrap());
    let (port, token) = (server.port(), token_of("ann"));
    for (name, value) in [
        ("Authorization", format!("Bearer {token}")),
        ("authorization", format!("bearer {token}")),
        ("X-ZUMO-AUTH", token.clone()),
    ] {
        assert_eq!(send(port, "GET", "/tables/movies", &[(name, &value)], None).status, 200, "{name}");
    }
    for headers in [vec![], vec![("Authorization", "Basic YTpi")], vec![("Authorization", "Bearer")]] {
        let answer = send(port, "GET", "/tables/movies", &headers, None);
        let challenge = answer.header("www-authenticate");
        assert_eq!((answer.status, challenge), (401, Some(r#"Bearer realm="synctable""#)), "{headers:?}");
    }
    for (verb, status) in [("GET", 200), ("POST", 415)] {
        assert_eq!(send(port, verb, "/tables/movies_v3", &[], None).status, status, "an anonymous table");
        assert_eq!(send(port, verb, "/tables/movies_v3", &[("X-ZUMO-AUTH", "x")], None).status, status);
        assert_eq!(send(port, verb, "/tables/todoitem", &[], None).status, 401);
    }
    assert_eq!(send(port, "GET", "/tables/nope", &[], None).status, 404);
}

#[test]
fn tokens_that_are_not_right_are_refused_with_the_reason() {
    let tokens = Tokens::hs256(SECRET).unwrap().issuer("https://me").issuer("https://us").audience("tables");
    let server = server(tokens);
    let good = json!({"sub": "ann", "iss": "https://us", "aud": ["other", "tables"], "exp": now() + 60});
    assert_eq!(bearer(&server, &token(&good)).status, 200);
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims.as_object_mut().unwrap().insert(name.to_owned(), value),
        };
        token(&claims)
    };
    // The clocks may be a minute apart.
    assert_eq!(bearer(&server, &with("exp", json!(now() - 30))).status, 200);
    assert_eq!(bearer(&server, &with("nbf", json!(now() + 30))).status, 200);
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = token(&good);
    let (unsigned, signature) = signed.rsplit_once('.').unwrap();
    let (_, claims) = unsigned.split_once('.').unwrap();
    let none = part(json!({"alg": "none", "typ": "JWT"}));
    let mut critical = Header::new(Algorithm::HS256);
    critical.crit = Some(vec!["b64".to_owned()]);
    let other = encode(&Header::new(Algorithm::HS256), &good, &EncodingKey::from_secret(&[7; 32])).unwrap();
    let longer = encode(&Header::new(Algorithm::HS512), &good, &EncodingKey::from_secret(SECRET)).unwrap();
    let critical = encode(&critical, &good, &EncodingKey::from_secret(SECRET)).unwrap();
    let forged = format!(
        "{}.{}.{signature}",
        unsigned.split_once('.').unwrap().0,
        part(json!({"sub": "eve", "exp": now() + 60}))
    );
    for (token, reason) in [
        (with("exp", json!(now() - 120)), "has expired"),
        (with("exp", Value::Null), "no expiry"),
        (with("exp", json!("tomorrow")), "no expiry"),
        (with("nbf", json!(now() + 120)), "not valid yet"),
        (with("iss", json!("https://eve")), "another issuer"),
        (with("iss", Value::Null), "lacks a claim"),
        (with("aud", json!("others")), "another audience"),
        (with("aud", Value::Null), "lacks a claim"),
        (format!("{none}.{claims}."), "cannot be read"),
        (format!("{none}.{claims}.{signature}"), "cannot be read"),
        (format!("{unsigned}."), "signature"),
        (unsigned.to_owned(), "cannot be read"),
        (forged, "signature"),
        (other, "signature"),
        (longer, "algorithm"),
        (critical, "extension"),
        ("x".to_owned(), "cannot be read"),
        ("a.b.c".to_owned(), "cannot be read"),
        ("....".to_owned(), "cannot be read"),
    ] {
        let answer = bearer(&server, &token);
        let challenge = answer.header("www-authenticate").unwrap_or("none");
        assert_eq!(answer.status, 401, "{reason}: {challenge}");
        assert!(challenge.contains(r#"error="invalid_token""#) && challenge.contains(reason), "{reason}: {challenge}");
        assert!(answer.body.is_empty());
    }
}

#[test]
fn a_public_key_takes_its_signatures_and_no_secret_made_of_it() {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let public = pair.public_key_pem();
    let server = server(Tokens::rs256(public.as_bytes()).unwrap());
    let claims = json!({"sub": "ann", "exp": now() + 60});
    let private = EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes()).unwrap();
    assert_eq!(bearer(&server, &encode(&Header::new(Algorithm::RS256), &claims, &private).unwrap()).status, 200);
    for secret in [public.as_bytes(), public.trim_end().as_bytes()] {
        let confused = encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(secret)).unwrap();
        let answer = bearer(&server, &confused);
        assert_eq!(answer.status, 401);
        assert!(answer.header("www-authenticate").unwrap().contains("algorithm"));
    }
    // A token for an audience is not for a server that names none.
    let elsewhere = json!({"sub": "ann", "aud": "elsewhere", "exp": now() + 60});
    assert_eq!(bearer(&server, &encode(&Header::new(Algorithm::RS256), &elsewhere, &private).unwrap()).status, 401);
    assert!(Tokens::rs256(b"-----BEGIN").unwrap_err().contains("PEM"));
    assert!(Tokens::hs256(b"short").unwrap_err().contains("32"));
}

#[test]
fn nobody_writes_to_a_read_only_table() {
    let config = Config::new(default_tables())
        .tokens(Tokens::hs256(SECRET).unwrap())
        .dialect(Dialect::V3)
        .rule("movies", "read-only".parse().unwrap())
        .rule("todoitem", "authenticated+read-only".parse().unwrap());
    let server = Server::start(config).unwrap();
    let port = server.port();
    server.store().seed("movies", &[json!({"id": "a"})]).unwrap();
    let (version, auth) = (("ZUMO-API-VERSION", "3.0.0"), token_of("ann"));
    for headers in [vec![version], vec![version, ("X-ZUMO-AUTH", &auth)]] {
        assert_eq!(send(port, "GET", "/tables/movies/a", &headers, None).status, 200);
        for (verb, target) in [
            ("POST", "/tables/movies"),
            ("PUT", "/tables/movies/a"),
            ("PATCH", "/tables/movies/a"),
            ("DELETE", "/tables/movies/a"),
            ("POST", "/tables/todoitem"),
        ] {
            let answer = send_json(port, verb, target, &headers, &json!({"id": "a"}));
            assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")), "{verb} {target}");
        }
        let reads = send(port, "GET", "/tables/todoitem", &headers, None).status;
        assert_eq!(reads, if headers.len() == 1 { 401 } else { 200 });
    }
}

/// Node answers HEAD as GET.
#[test]
fn a_look_at_the_head_writes_nothing() {
    let config = Config::new(default_tables()).dialect(Dialect::NodeV2).rule("movies", "read-only".parse().unwrap());
    let server = Server::start(config).unwrap();
    let head = |target: &str| send(server.port(), "HEAD", target, &[("ZUMO-API-VERSION", "2.0.0")], None).status;
    assert_eq!((head("/tables/movies"), head("/tables/movies/a")), (200, 404));
}

#[test]
fn rules_that_guard_nothing_keep_the_server_from_starting() {
    let tokens = || Tokens::hs256(SECRET).unwrap();
    for (table, rule, with_tokens, reason) in [
        ("movie", "read-only", true, "'movie=read-only' is for a table that is not served"),
        ("movies", "authenticated", false, "needs tokens; give --jwt-secret or --jwt-public-key"),
        ("movies", "owner:director", true, "needs a text column 'director' in table 'movies'"),
        ("movies", "owner:year", true, "needs a text column 'year'"),
        ("*", "owner:title", true, ""),
        ("*", "owner:rating", true, "needs a text column 'rating' in table 'todoitem'"),
    ] {
        let config = Config::new(default_tables()).rule(table, rule.parse().unwrap());
        let config = if with_tokens { config.tokens(tokens()) } else { config };
        match Server::start(config) {
            Ok(_) => assert_eq!(reason, "", "{table}={rule}"),
            Err(error) => assert!(!reason.is_empty() && error.to_string().contains(reason), "{table}={rule}: {error}"),
        }
    }
}

#[test]
fn users_are_limited_apart_from_each_other() {
    let config =
        Config::new(default_tables()).tokens(Tokens::hs256(SECRET).unwrap()).rate_limit("1/h".parse().unwrap());
    let server = Server::start(config).unwrap();
    let ask = |user: &str| bearer(&server, &token_of(user)).status;
    assert_eq!([ask("ann"), ask("bob"), ask("ann"), ask("bob")], [200, 200, 429, 429]);
    // Tokens that are not taken count for the address, so that making them up helps nobody.
    assert_eq!([bearer(&server, "x").status, bearer(&server, "y").status], [200, 429]);
}
