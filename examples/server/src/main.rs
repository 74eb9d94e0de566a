//! The server as a program.

use std::net::SocketAddr;
use std::process::ExitCode;

use synctable_server::{Config, Server, default_tables, document_tables, wire_tables};

const USAGE: &str = "usage: synctable-server [--listen 127.0.0.1:5000] [--db FILE] [--dialect toolkit|v3] [--page-size ROWS] [--max-top ROWS]
                        [--tables default|wire] [--documents PATH]

Serves the tables todoitem, movies and movies_v3 (with '--tables wire': todoitem and kitchen of the recorded exchanges;
with '--documents PATH': those of the table documents of a folder, file or glob) under http://ADDRESS/tables/NAME.
Without --db the rows live in memory. Port 0 takes a free port.";

fn main() -> ExitCode {
    let config = match read_arguments(std::env::args().skip(1)) {
        Ok(Some(config)) => config,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("synctable-server: {message}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let server = match Server::start(config) {
        Ok(server) => server,
        Err(error) => {
            eprintln!("synctable-server: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{}", server.url());
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("synctable-server: cannot wait for signals: {error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(async {
        stop_signal().await;
        server.stop().await;
    });
    ExitCode::SUCCESS
}

#[cfg(unix)]
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

#[cfg(not(unix))]
async fn stop_signal() {
    let _ = tokio::signal::ctrl_c().await;
}

/// Reads the settings; `None` when help is asked for.
fn read_arguments(mut arguments: impl Iterator<Item = String>) -> Result<Option<Config>, String> {
    let mut tables = default_tables();
    let mut settings: Vec<(String, String)> = Vec::new();
    while let Some(argument) = arguments.next() {
        if argument == "--help" || argument == "-h" {
            return Ok(None);
        }
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => {
                let value = arguments.next().ok_or_else(|| format!("'{argument}' needs a value"))?;
                (argument, value)
            }
        };
        if name == "--tables" {
            tables = match value.as_str() {
                "default" => default_tables(),
                "wire" => wire_tables(),
                _ => return Err(format!("--tables is default or wire, not '{value}'")),
            };
        } else if name == "--documents" {
            tables = document_tables(&value).map_err(|error| error.to_string())?;
        } else {
            settings.push((name, value));
        }
    }
    let mut config = Config::new(tables).listen(SocketAddr::from(([127, 0, 0, 1], 5000)));
    for (name, value) in settings {
        let rows = || value.parse::<u64>().map_err(|_| format!("{name} is a number of rows, not '{value}'"));
        config = match name.as_str() {
            "--listen" => config
                .listen(value.parse().map_err(|_| format!("--listen is an address as 127.0.0.1:5000, not '{value}'"))?),
            "--db" => config.db_file(&value),
            "--dialect" => config.dialect(value.parse()?),
            "--page-size" => config.page_size(rows()?),
            "--max-top" => config.max_top(rows()?),
            _ => return Err(format!("unknown argument '{name}'")),
        };
    }
    Ok(Some(config))
}
