//! Floors and product side by side: `cargo bench -p synctable [-- FILTER] [--runs N] [--quick]`; see docs/performance.md.

mod cells;
mod floor;
mod groups;
mod measure;
mod memory;
mod merge;
mod mock;
mod product;
mod rows;
mod store;
mod watch;
mod world;
mod writer;

use std::process::ExitCode;

use crate::measure::{Group, Verdict, print_goals};
use crate::store::Pragmas;
use crate::world::{Sizes, World, disk};

/// Any error; a bench reports it and stops.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const USAGE: &str = "usage: cargo bench -p synctable -- [FILTER] [--runs N] [--quick]
  FILTER    only groups whose name contains it: parse, store, pull, push, write, batch, merge, watch, memory
  --runs N  runs of every case (default 5)
  --quick   small sizes and 2 runs: shows that all runs, its figures mean little";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.split_first() {
        Some((first, rest)) if first == memory::CHILD => memory::run_child(rest),
        _ => Options::read(&arguments).and_then(|options| options.run()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What the command line asks for.
struct Options {
    filter: String,
    sizes: Sizes,
}

impl Options {
    fn read(arguments: &[String]) -> Result<Options> {
        // Cargo passes it when it benches; without it, it is a test of whether everything runs.
        let benched = arguments.iter().any(|argument| argument == "--bench");
        let sizes = if benched { Sizes::DEFAULT } else { Sizes::QUICK };
        let mut options = Options { filter: String::new(), sizes };
        let mut runs = None;
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--bench" => {}
                "--quick" => options.sizes = Sizes::QUICK,
                "--runs" => runs = Some(arguments.next().ok_or(USAGE)?.parse::<usize>().map_err(|_| USAGE)?),
                flag if flag.starts_with('-') => return Err(USAGE.into()),
                filter => filter.clone_into(&mut options.filter),
            }
        }
        if let Some(runs) = runs {
            options.sizes.runs = runs.max(1);
        }
        Ok(options)
    }

    fn run(&self) -> Result<()> {
        print_machine(&self.sizes);
        let world = World::new(self.sizes)?;
        type Make<'w> = Box<dyn Fn() -> Result<Group<'w>> + 'w>;
        let world = &world;
        let groups: [(&str, Make<'_>); 16] = [
            ("parse", Box::new(|| Ok(groups::parse(world)))),
            ("store", Box::new(|| Ok(groups::store(world)))),
            ("pull p50", Box::new(|| groups::pull(world, 50))),
            ("pull p1000", Box::new(|| groups::pull(world, 1_000))),
            ("pull delayed p50", Box::new(|| groups::delayed_pull(world, 50))),
            ("pull delayed p1000", Box::new(|| groups::delayed_pull(world, 1_000))),
            ("pull nochange", Box::new(|| groups::quiet_pull(world))),
            ("push", Box::new(|| groups::push(world))),
            ("push delayed", Box::new(|| groups::delayed_push(world))),
            ("push lanes", Box::new(|| groups::push_lanes(world))),
            ("write normal", Box::new(|| Ok(groups::write(world, Pragmas::NORMAL)))),
            ("write full", Box::new(|| Ok(groups::write(world, Pragmas::FULL)))),
            ("batch", Box::new(|| Ok(groups::batch(world)))),
            ("merge", Box::new(|| Ok(merge::group(world)))),
            ("watch paced", Box::new(|| Ok(groups::paced_watch(world)))),
            ("watch unpaced", Box::new(|| Ok(groups::unpaced_watch(world)))),
        ];
        if !groups.iter().any(|(name, _)| name.contains(&self.filter)) && !"memory".contains(&self.filter) {
            return Err(format!("no group's name contains {:?}\n{USAGE}", self.filter).into());
        }
        let mut verdicts: Vec<Verdict> = Vec::new();
        for (name, make) in groups {
            if name.contains(&self.filter) {
                let start = std::time::Instant::now();
                verdicts.extend(make()?.measure(self.sizes.runs)?.print());
                eprintln!("[{name}: {:.1} s]", start.elapsed().as_secs_f64());
            }
        }
        if "memory".contains(&self.filter) {
            verdicts.extend(memory::measure(world)?);
        }
        print_goals(&verdicts);
        Ok(())
    }
}

/// Says what the figures were measured on.
fn print_machine(sizes: &Sizes) {
    let cpus = std::thread::available_parallelism().map_or(0, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, model)| model);
    println!("machine: {cpus} x {}, {}", model.unwrap_or(std::env::consts::ARCH), std::env::consts::OS);
    println!("SQLite {}; files in {}", rusqlite::version(), disk().display());
    println!("{} runs a case, interleaved; {} rows of {} bytes", sizes.runs, sizes.rows, rows::ROW_BYTES);
}
