//! The deepest filters that are read, which the server walks by functions that call themselves.

use synctable_server::{Config, Database, Dialect, Server, wire_tables};

use super::engines::on_engines;
use super::http::{encode_query, send};

on_engines!(the_deepest_filters_leave_the_stack_of_a_thread);

fn the_deepest_filters_leave_the_stack_of_a_thread(database: &Database) {
    let config = Config::new(wire_tables()).dialect(Dialect::Header).database(database.clone());
    let server = Server::start(config).unwrap();
    // A library of the system from before SQLite 3.46 has room for 100 tokens that wait for their end, and refuses all of these.
    let is_refused = !matches!(database, Database::Postgres(_)) && rusqlite::version_number() < 3_046_000;
    // Node reads 4,000 nodes, the Toolkit 100.
    for (version, least) in [("2.0.0", if is_refused { 0 } else { 8 }), ("", if is_refused { 0 } else { 1 })] {
        let nested = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(48), close.repeat(48));
        let chain = |operator: &str, operand: &str, count: usize| vec![operand; count].join(operator);
        let sum = chain(" add ", "int32", 50);
        let mut answered = 0;
        for filter in [
            format!("{sum} gt 1"),
            chain(" eq ", "flag", 50),
            chain(" add ", "int32", 190) + " gt 1",
            chain(" eq ", "flag", 190),
            nested("(", &format!("{sum} gt 1"), ")"),
            nested("not(", &format!("{} gt 1", chain(" mul ", "int32", 50)), ")"),
            nested("round(", &sum, ")") + " eq 1",
            nested("concat(text,", "text", ")") + " eq 'x'",
            nested("-", "int32", "") + " lt 1",
            nested("(flag or ", "flag", ")"),
            nested("(flag eq ", "flag", ")"),
            nested("(1 add ", "int32", ")") + " eq 7",
        ] {
            let target = format!("/tables/kitchen?$filter={}", encode_query(&filter));
            let answer = send(server.port(), "GET", &target, &[("ZUMO-API-VERSION", version)], None);
            assert!([200, 400].contains(&answer.status), "{version} {filter}: {answer:?}");
            answered += usize::from(answer.status == 200);
        }
        assert!(answered >= least, "{version} read {answered} of them");
    }
}
