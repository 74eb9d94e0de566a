//! The private PostgreSQL of the tests.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};

use synctable_server::cluster;

/// Set for the process that is killed.
const VICTIM: &str = "SYNCTABLE_CLUSTER_VICTIM";

#[test]
fn databases_are_apart_and_dropped() {
    let Some(cluster) = cluster::shared("cluster::databases_are_apart_and_dropped") else { return };
    let (one, other) = (cluster.database(), cluster.database());
    one.execute("CREATE TABLE rows (id text); INSERT INTO rows VALUES ('B'), ('a')").unwrap();
    let ids = one.query("SELECT id FROM rows ORDER BY id").unwrap();
    assert_eq!(ids, [[Some("a".to_owned())], [Some("B".to_owned())]], "texts compare by the rules of a language");
    let error = other.query("SELECT count(*) FROM rows").unwrap_err().to_string();
    assert!(error.contains("\"rows\" does not exist"), "{error}");
    let name = |url: String| url.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    let (url, gone) = (name(other.url()), name(one.url()));
    drop(one);
    let known = |name: &str| other.query(&format!("SELECT FROM pg_database WHERE datname = '{name}'")).unwrap().len();
    assert_eq!((known(&url), known(&gone)), (1, 0));
}

#[test]
fn what_was_committed_survives_a_crash() {
    let Some(cluster) = cluster::own("cluster::what_was_committed_survives_a_crash") else { return };
    let database = cluster.database();
    database.execute("CREATE TABLE rows (id bigint); INSERT INTO rows VALUES (1); CHECKPOINT").unwrap();
    database.execute("INSERT INTO rows VALUES (2)").unwrap();
    cluster.crash();
    assert!(database.execute("SELECT 1").is_err(), "nobody answers");
    cluster.start_again();
    assert_eq!(database.query("SELECT id FROM rows").unwrap().len(), 2);
}

#[test]
fn nothing_is_left_of_a_process_that_is_killed() {
    const NAME: &str = "cluster::nothing_is_left_of_a_process_that_is_killed";
    let Some(cluster) = cluster::own(NAME) else { return };
    if std::env::var_os(VICTIM).is_some() {
        println!("{}", cluster.database().url());
        let _ = std::io::stdin().read_line(&mut String::new());
        return;
    }
    drop(cluster);
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture"])
        .env(VICTIM, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let url = lines.map(Result::unwrap).find_map(|line| line.split_once("host=").map(|(_, folder)| folder.to_owned()));
    let folder = url.unwrap();
    assert!(Path::new(&folder).join("data/postmaster.pid").is_file());
    victim.kill().unwrap();
    victim.wait().unwrap();
    // It ends with the last process that holds it: the one that removes the cluster.
    let mut errors = String::new();
    victim.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(!Path::new(&folder).exists(), "{folder}: {errors}");
    let socket = Path::new(&folder).join(".s.PGSQL.5432");
    assert!(std::os::unix::net::UnixStream::connect(socket).is_err());
}
