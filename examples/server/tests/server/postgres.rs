//! What only the engine of PostgreSQL meets.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use serde_json::json;
use synctable_server::cluster::{self, TestDatabase};
use synctable_server::{
    ColumnType, Config, Database, Dialect, Hold, PostgresOptions, Server, Store, TableDefinition, todoitem_table,
    wire_tables,
};

use super::http::{get, send_json};

fn open(url: &str, tables: &[TableDefinition]) -> Result<Store, String> {
    Store::open(&Database::Postgres(url.to_owned()), tables).map_err(|error| error.to_string())
}

#[test]
fn servers_that_start_at_one_time_make_the_tables_once() {
    let Some(cluster) = cluster::shared("postgres::servers_that_start_at_one_time_make_the_tables_once") else {
        return;
    };
    let database = cluster.database();
    let (url, barrier) = (database.url(), Barrier::new(6));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                barrier.wait();
                let store = open(&url, &wire_tables()).unwrap();
                assert!(store.rows("kitchen").unwrap().is_empty());
            });
        }
    });
}

#[test]
fn columns_come_and_other_types_and_collations_are_refused() {
    let Some(cluster) = cluster::shared("postgres::columns_come_and_other_types_and_collations_are_refused") else {
        return;
    };
    let database = cluster.database();
    let plain = TableDefinition::new("Plain").column("title", ColumnType::Text);
    let store = open(&database.url(), std::slice::from_ref(&plain)).unwrap();
    store.seed("plain", &[json!({"id": "a", "title": "x"})]).unwrap();
    let more = plain
        .clone()
        .required("count", ColumnType::Int32)
        .required("price", ColumnType::Decimal)
        .required("open", ColumnType::Bool)
        .required("share", ColumnType::Double)
        .required("data", ColumnType::Bytes)
        .required("day", ColumnType::Date)
        .column("note", ColumnType::Text);
    // The one that knows fewer columns writes on.
    let other = open(&database.url(), std::slice::from_ref(&more)).unwrap();
    store.seed("plain", &[json!({"id": "b", "title": "y"})]).unwrap();
    let rows = other.rows("plain").unwrap();
    for row in &rows {
        assert_eq!(
            (&row["count"], &row["price"], &row["open"], &row["share"]),
            (&json!(0), &json!(0), &json!(false), &json!(0)),
            "{row}"
        );
        assert_eq!((&row["data"], &row["day"], row["note"].is_null()), (&json!(""), &json!("0001-01-01"), true));
    }
    assert_eq!(rows.len(), 2);
    open(&database.url(), &[more]).unwrap();
    let another_type = TableDefinition::new("Plain").column("title", ColumnType::Int64);
    let error = open(&database.url(), &[another_type]).unwrap_err();
    assert!(error.contains("'Plain.title' is text") && error.contains("must be bigint"), "{error}");
    database.execute("ALTER TABLE \"Plain\" ALTER title TYPE text COLLATE \"default\"").unwrap();
    let error = open(&database.url(), &[plain]).unwrap_err();
    assert!(error.contains("'Plain.title' is text with another collation"), "{error}");
    let long = TableDefinition::new("a".repeat(53));
    assert!(open(&database.url(), &[long]).unwrap_err().contains("longer than 52 bytes"));
}

#[test]
fn an_address_that_leads_nowhere_is_told() {
    let error = open("postgres:///none?host=/nowhere", &[todoitem_table()]).unwrap_err();
    assert!(error.starts_with("cannot connect to the database: "), "{error}");
    let error = open("postgres://host:port/", &[todoitem_table()]).unwrap_err();
    assert!(error.starts_with("the address of the database cannot be read: "), "{error}");
}

#[test]
fn a_character_that_its_texts_have_not_is_kept_all_the_same() {
    let Some(cluster) = cluster::shared("postgres::a_character_that_its_texts_have_not_is_kept_all_the_same") else {
        return;
    };
    let database = cluster.database();
    let config = Config::new(vec![todoitem_table()]).database(Database::Postgres(database.url()));
    let toolkit = Server::start(config.clone()).unwrap();
    let v3 = Server::start_with(config.dialect(Dialect::V3), toolkit.store()).unwrap();
    let version = ("ZUMO-API-VERSION", "3.0.0");
    let port = toolkit.port();
    for (id, title) in [("a", "x\0y"), ("b", "x\u{1}"), ("c", "x\u{2}"), ("d", "x")] {
        let answer = send_json(port, "POST", "/tables/todoitem", &[], &json!({"id": id, "title": title}));
        assert_eq!((answer.status, &answer.json()["title"]), (201, &json!(title)));
        assert_eq!(get(port, &format!("/tables/todoitem/{id}")).json()["title"], title);
    }
    let ids = |query: &str| {
        let page = get(port, &format!("/tables/todoitem?{query}")).json();
        let ids: Vec<&str> = page["items"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
        ids.join(" ")
    };
    assert_eq!(ids("$orderby=title"), "d a b c");
    assert_eq!(ids("$filter=title%20eq%20'x%00y'"), "a");
    assert_eq!(ids("$filter=startswith(title,'x%00')"), "a");
    let patch = send_json(v3.port(), "PATCH", "/tables/todoitem/d", &[version], &json!({"title": "\0"}));
    assert_eq!((patch.status, &patch.json()["title"]), (200, &json!("\0")));
    assert_eq!(get(port, "/tables/todoitem/%00").status, 404);
    assert_eq!(send_json(port, "DELETE", "/tables/todoitem/%00", &[], &json!(null)).status, 404);
}

/// Breaks all connections that servers have.
fn break_connections(database: &TestDatabase<'_>) {
    database
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'synctable-server'",
        )
        .unwrap();
}

#[test]
fn a_connection_that_breaks_before_the_commit_costs_no_write() {
    let Some(cluster) = cluster::shared("postgres::a_connection_that_breaks_before_the_commit_costs_no_write") else {
        return;
    };
    let database = Arc::new(cluster.database());
    let tries = Arc::new(AtomicU32::new(0));
    let hold = Hold::new({
        let (database, tries) = (Arc::clone(&database), Arc::clone(&tries));
        move || {
            // The stamps are taken, and nothing else is done yet.
            let first = tries.fetch_add(1, Ordering::SeqCst) == 0;
            if first {
                std::thread::scope(|scope| scope.spawn(|| break_connections(&database)).join().unwrap());
            }
            if first { Duration::from_millis(500) } else { Duration::ZERO }
        }
    });
    let options = PostgresOptions { hold: Some(hold), ..PostgresOptions::default() };
    let store = Store::open_with(&Database::Postgres(database.url()), &[todoitem_table()], options).unwrap();
    let server = Server::start_with(Config::new(vec![todoitem_table()]), store).unwrap();
    let answer = send_json(server.port(), "POST", "/tables/todoitem", &[], &json!({"id": "a", "title": "kept"}));
    assert_eq!((answer.status, tries.load(Ordering::SeqCst)), (201, 2));
    assert_eq!(get(server.port(), "/tables/todoitem/a").json(), answer.json());
    // Connections that rest in the pool break too.
    break_connections(&database);
    assert_eq!(get(server.port(), "/tables/todoitem/a").status, 200);
    break_connections(&database);
    assert_eq!(send_json(server.port(), "PUT", "/tables/todoitem/a", &[], &json!({"id": "a"})).status, 200);
}

/// The connections of a runtime end with it, and none is left with one that stands still.
#[test]
fn a_store_serves_one_runtime_after_the_other() {
    let Some(cluster) = cluster::shared("postgres::a_store_serves_one_runtime_after_the_other") else { return };
    let database = cluster.database();
    let store = open(&database.url(), &[todoitem_table()]).unwrap();
    let still = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    still.block_on(store.ready()).unwrap();
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(store.ready()).unwrap();
    }
    still.block_on(store.ready()).unwrap();
}

#[test]
fn while_the_database_is_away_requests_are_answered_with_503() {
    let Some(cluster) = cluster::own("postgres::while_the_database_is_away_requests_are_answered_with_503") else {
        return;
    };
    let database = cluster.database();
    let config = Config::new(vec![todoitem_table()]).database(Database::Postgres(database.url()));
    let server = Server::start(config).unwrap();
    let port = server.port();
    assert_eq!(send_json(port, "POST", "/tables/todoitem", &[], &json!({"id": "a"})).status, 201);
    cluster.crash();
    assert_eq!(get(port, "/tables/todoitem").status, 503);
    assert_eq!(send_json(port, "POST", "/tables/todoitem", &[], &json!({"id": "b"})).status, 503);
    cluster.start_again();
    assert_eq!(get(port, "/tables/todoitem/a").status, 200, "an answered write survives");
    assert_eq!(send_json(port, "POST", "/tables/todoitem", &[], &json!({"id": "b"})).status, 201);
}

/// Passes bytes between a server and the database, until a commit is sent: that one is passed on, and its answer is lost.
struct LosesCommit {
    folder: tempfile::TempDir,
    /// Counts down; at zero commits are lost.
    commits_left: Arc<AtomicU32>,
}

impl LosesCommit {
    fn new(database: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = Path::new(database).join(".s.PGSQL.5432");
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let commits_left = Arc::new(AtomicU32::new(u32::MAX));
        let left = Arc::clone(&commits_left);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (server, left) = (UnixStream::connect(&socket).unwrap(), Arc::clone(&left));
                let (mut answers, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let lost = Arc::new(AtomicBool::new(false));
                let is_lost = Arc::clone(&lost);
                std::thread::spawn(move || {
                    let mut buffer = [0; 65_536];
                    while let Ok(count @ 1..) = answers.read(&mut buffer) {
                        if is_lost.load(Ordering::SeqCst) {
                            break;
                        }
                        if back.write_all(&buffer[..count]).is_err() {
                            break;
                        }
                    }
                    // The database has answered, and nobody hears it.
                    let _ = back.shutdown(Shutdown::Both);
                });
                std::thread::spawn(move || pass(client, server, &left, &lost));
            }
        });
        Self { folder, commits_left }
    }
}

fn pass(mut client: UnixStream, mut server: UnixStream, left: &AtomicU32, lost: &AtomicBool) {
    let mut buffer = [0; 65_536];
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        let is_commit = buffer[..count].windows(7).any(|bytes| bytes == b"COMMIT\0");
        if is_commit && left.fetch_sub(1, Ordering::SeqCst) == 0 {
            lost.store(true, Ordering::SeqCst);
        }
        if server.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Write);
}

#[test]
fn a_connection_that_breaks_in_the_commit_is_a_503_and_a_repetition_finds_out() {
    let Some(cluster) =
        cluster::own("postgres::a_connection_that_breaks_in_the_commit_is_a_503_and_a_repetition_finds_out")
    else {
        return;
    };
    let database = cluster.database();
    let url = database.url();
    let (address, folder) = url.split_once("host=").unwrap();
    let proxy = LosesCommit::new(folder);
    let through = format!("{address}host={}", proxy.folder.path().display());
    let config = Config::new(vec![todoitem_table()]).database(Database::Postgres(through));
    let server = Server::start(config).unwrap();
    let port = server.port();
    let insert = |id: &str| send_json(port, "POST", "/tables/todoitem", &[], &json!({"id": id, "title": "once"}));
    assert_eq!(insert("a").status, 201);
    proxy.commits_left.store(0, Ordering::SeqCst);
    assert_eq!(insert("b").status, 503);
    proxy.commits_left.store(u32::MAX, Ordering::SeqCst);
    let again = insert("b");
    assert_eq!((again.status, &again.json()["title"]), (409, &json!("once")), "it had its effect, once");
    assert_eq!(server.store().rows("todoitem").unwrap().len(), 2);
}
