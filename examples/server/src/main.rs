//! The server as a program.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use synctable_server::{Arguments, LogFormat, LogLevel, serve};
use tracing_subscriber::filter::LevelFilter;

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help goes to the output, mistakes to the error output; nothing can be done when that is closed.
            let _ = error.print();
            return if error.exit_code() == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    if arguments.is_print_config() {
        let written = std::io::stdout().write_all(arguments.printed().as_bytes());
        return if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    write_log(&arguments);
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("synctable-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let config = arguments.config()?;
    let store = config.open_store().map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // The deepest filter that is read takes most of the usual stack in a build that is not optimised.
        .thread_stack_size(8 << 20)
        .build()
        .map_err(|error| format!("cannot start the threads of the server: {error}"))?;
    let listening = |_, url: &str| {
        // Whoever reads it may have gone away.
        let _ = writeln!(std::io::stdout(), "{url}");
    };
    runtime.block_on(async {
        // Before the address is told: from then on the program is asked to end, not killed.
        let stop = stop_signal().map_err(|error| format!("cannot wait for signals: {error}"))?;
        serve(config, store, stop, listening).await.map_err(|error| error.to_string())
    })
}

/// Sends the events of the libraries to the error output.
fn write_log(arguments: &Arguments) {
    let level = match arguments.log_level() {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
        _ => LevelFilter::INFO,
    };
    let log = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match arguments.log_format() {
        LogFormat::Json => log.json().init(),
        _ => log.init(),
    }
}

/// Begins to listen to the signals that end the program, and returns what waits for one of them.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Begins to listen to what ends the program, and returns what waits for it.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
