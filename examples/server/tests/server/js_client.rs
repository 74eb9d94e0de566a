//! Microsoft's client for JavaScript (npm `azure-mobile-apps-client`) as two devices that share a table: tests/js-client.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use synctable_server::{Config, Database, Dialect, Server, wire_tables};

use super::engines;

/// The client's folder, when it is installed. If not, says on stderr that the test is skipped and why; in CI and with
/// `SYNCTABLE_REQUIRE_INTEROP=1` that is a failure.
fn client(test: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/js-client");
    if folder.join("node_modules/azure-mobile-apps-client").is_dir() {
        return Some(folder);
    }
    let missing = "the client is not installed; run `npm ci --prefix examples/server/tests/js-client`";
    let required = std::env::var_os("CI").is_some()
        || std::env::var_os("SYNCTABLE_REQUIRE_INTEROP").is_some_and(|value| value == "1");
    assert!(!required, "{test} may not be skipped here: {missing}");
    // Written past the test harness, which hides what a passing test prints.
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {missing}");
    None
}

#[test]
fn two_devices_with_the_client_for_javascript_sync_on_every_dialect_of_version_2() {
    const TEST: &str = "js_client::two_devices_with_the_client_for_javascript_sync_on_every_dialect_of_version_2";
    let Some(folder) = client(TEST) else { return };
    let walk = &|dialect: Dialect, database: &Database| {
        let config = Config::new(wire_tables()).dialect(dialect).database(database.clone());
        let server = Server::start_with(config.clone(), config.open_store().unwrap()).unwrap();
        let ended = Command::new("node").arg(folder.join("devices.js")).arg(server.port().to_string()).output();
        let ended = ended.expect("node can be run");
        assert!(ended.status.success(), "{dialect} {database:?}: {}", String::from_utf8_lossy(&ended.stderr));
    };
    // The client waits more than it works.
    std::thread::scope(|scope| {
        for dialect in [Dialect::NodeV2, Dialect::DotNetV2] {
            scope.spawn(move || walk(dialect, &Database::Memory));
        }
        engines::on_each(TEST, |database| walk(Dialect::Header, database));
    });
}
