//! Peak memory of a pull, in a child process that does only the pull; the mock stays in the parent.

use std::process::Command;
use std::time::Duration;

use crate::Result;
use crate::floor::pull::GroupedPull;
use crate::measure::{Verdict, table};
use crate::mock::{Mock, Pages};
use crate::product;
use crate::world::{Sizes, World, fresh_file};

/// First argument of a child process.
pub(crate) const CHILD: &str = "--child";

/// Most peak memory of the large pull, over that of the small one.
const GROWTH: f64 = 1.1;
/// Most MiB of a pull above the idle process.
const ABOVE_IDLE: f64 = 24.0;

/// Who pulls.
const WHO: [&str; 2] = ["groupeddyn", "product"];

/// KiB of the process before the pull, and at most.
struct Peak {
    idle: f64,
    peak: f64,
}

/// Measures every pull once, prints the table and returns the goals.
pub(crate) fn measure(world: &World) -> Result<Vec<Verdict>> {
    let [small, large] = world.sizes.memory_rows;
    println!("\n### peak memory of a pull (MiB, one run each)\n");
    let mut lines = Vec::new();
    let mut verdicts = Vec::new();
    for page_size in [50, 1_000] {
        let mut peaks = Vec::new();
        for rows in [small, large] {
            let mock = Mock::start(world.handle(), Pages::prepare(rows, page_size), Duration::ZERO)?;
            for who in WHO {
                peaks.push((who, rows, pull_in_child(who, page_size, mock.url())?));
            }
        }
        for (who, rows, peak) in &peaks {
            let [idle, most, above] = match peak {
                Some(Peak { idle, peak }) => [*idle, *peak, peak - idle].map(|kib| format!("{:.1}", kib / 1024.0)),
                None => std::array::from_fn(|_| "not measured".to_owned()),
            };
            lines.push([(*who).to_owned(), page_size.to_string(), rows.to_string(), idle, most, above]);
        }
        let of = |rows| peaks.iter().find(|(who, pulled, _)| *who == "product" && *pulled == rows)?.2.as_ref();
        let growth = of(small).zip(of(large)).map(|(small, large)| large.peak / small.peak);
        let above = of(large).map(|large| (large.peak - large.idle) / 1024.0);
        verdicts.push(verdict(format!("peak of {large} rows / peak of {small}, pages of {page_size}"), growth, GROWTH));
        verdicts.push(verdict(format!("MiB above idle of {large} rows, pages of {page_size}"), above, ABOVE_IDLE));
    }
    table(&["pull", "page", "rows", "idle", "peak", "above idle"], lines.into_iter());
    Ok(verdicts)
}

fn verdict(goal: String, figure: Option<f64>, most: f64) -> Verdict {
    let outcome = match figure {
        None => "not measured",
        Some(figure) if figure <= most => "met",
        Some(_) => "missed",
    };
    let ratio = figure.map_or_else(|| "not measured".to_owned(), |figure| format!("{figure:.2}"));
    Verdict { goal, bound: format!("goal <= {most}"), ratio, outcome }
}

fn pull_in_child(who: &str, page_size: u64, url: &str) -> Result<Option<Peak>> {
    let mut child = Command::new(std::env::current_exe()?);
    let output = child.args([CHILD, who, &page_size.to_string(), url]).output()?;
    if !output.status.success() {
        return Err(format!("the child that pulls as {who} failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let figures: Vec<f64> = text.split_whitespace().map(str::parse).collect::<std::result::Result<_, _>>()?;
    Ok(match figures[..] {
        [idle, peak] => Some(Peak { idle, peak }),
        _ => None,
    })
}

/// The child's whole life: one pull; prints its KiB before and at most, or nothing where they cannot be read.
pub(crate) fn run_child(arguments: &[String]) -> Result<()> {
    let [who, page_size, url] = arguments else {
        return Err("a child needs who, page size and address".into());
    };
    let world = World::new(Sizes::DEFAULT)?;
    match who.as_str() {
        "groupeddyn" => {
            let (_folder, path) = fresh_file()?;
            let pull = GroupedPull::ready(&path, url, page_size.parse()?)?;
            print_peak();
            pull.run(&world)?;
            print_peak();
        }
        "product" => {
            product::pull_for_memory(&world, url, page_size.parse()?, &mut print_peak)?;
        }
        other => return Err(format!("nobody pulls as {other}").into()),
    }
    Ok(())
}

/// Prints the most KiB that this process ever had in memory, where the system tells it (Linux).
fn print_peak() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next());
    if let Some(kib) = peak {
        println!("{kib}");
    }
}
