//! Encrypted connections.

use std::path::Path;

use reqwest::{Certificate, Client, Version, redirect};
use serde_json::json;
use synctable::wire::ReqwestTransport;
use synctable::{Id, MemoryStore, Status, SyncContext, SyncTable};
use synctable_server::{Config, Server, TlsFiles, todoitem_table};

#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "todoitem")]
struct TodoItem {
    id: Id,
    title: String,
    complete: bool,
}

/// Starts a server with a new certificate for this machine, and makes a client that trusts it.
fn start(folder: &Path) -> (Server, Client) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let config = Config::new(vec![todoitem_table()]).tls(TlsFiles { certificate, key });
    let trusted = Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let client =
        Client::builder().redirect(redirect::Policy::none()).no_proxy().tls_certs_only([trusted]).build().unwrap();
    (Server::start(config).unwrap(), client)
}

#[tokio::test]
async fn a_context_syncs_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let (server, client) = start(folder.path());
    assert!(server.url().starts_with("https://"), "{}", server.url());
    let open = || {
        SyncContext::builder(&server.url())
            .transport(ReqwestTransport::with_client(client.clone()))
            .store(MemoryStore::new())
            .table::<TodoItem>()
            .open()
    };
    let (here, there) = (open().await.unwrap(), open().await.unwrap());
    let milk =
        here.table::<TodoItem>().insert(TodoItem { title: "Milk".to_owned(), ..TodoItem::default() }).await.unwrap();
    for context in [&here, &there] {
        let report = context.sync().await.unwrap();
        assert_eq!(report.status(), Status::Complete, "{report}");
    }
    assert_eq!(there.table::<TodoItem>().get(&milk.id).await.unwrap().unwrap().title, "Milk");
}

#[tokio::test]
async fn http_2_is_spoken_and_links_say_https() {
    let folder = tempfile::tempdir().unwrap();
    let (server, client) = start(folder.path());
    let url = format!("{}/tables/todoitem", server.url());
    let request = client.post(&url).header("Content-Type", "application/json").body(json!({"id": "a"}).to_string());
    let answer = request.send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (201, Version::HTTP_2));
    assert_eq!(answer.headers()["location"].to_str().unwrap(), format!("{url}/a"));
}

#[test]
fn a_plain_connection_is_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _) = start(folder.path());
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.write_all(b"GET /tables/todoitem HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
}
