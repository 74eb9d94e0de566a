//! Interleaved runs of a group of cases, and the tables of medians and paired ratios made of them.

use std::time::{Duration, Instant};

use crate::Result;

/// One run of a case: things done a second.
pub(crate) type Run<'a> = Box<dyn FnMut() -> Result<f64> + 'a>;

/// Cases that are compared with each other, run in turn.
pub(crate) struct Group<'a> {
    title: String,
    unit: &'static str,
    cases: Vec<(String, Run<'a>)>,
    ratios: Vec<Ratio>,
}

/// A comparison of two cases of a group, made run by run.
#[derive(Debug, Clone)]
struct Ratio {
    of: String,
    over: String,
    kind: Kind,
    bound: Bound,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Rate over rate.
    Speed,
    /// Time over time.
    Cost,
}

#[derive(Debug, Clone)]
enum Bound {
    /// What the same two floors showed when the goals were set.
    Seen(&'static str),
    /// Nothing to hold it against.
    None,
    AtLeast(f64),
    AtMost(f64),
}

/// How a goal came out.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) goal: String,
    pub(crate) bound: String,
    pub(crate) ratio: String,
    pub(crate) outcome: &'static str,
}

/// What a group's runs gave.
#[derive(Debug)]
pub(crate) struct Measured {
    title: String,
    unit: &'static str,
    cases: Vec<(String, Vec<f64>)>,
    ratios: Vec<Ratio>,
}

impl<'a> Group<'a> {
    pub(crate) fn new(title: impl Into<String>, unit: &'static str) -> Group<'a> {
        Group { title: title.into(), unit, cases: Vec::new(), ratios: Vec::new() }
    }

    /// Adds a floor, or what the product makes of it.
    pub(crate) fn case(&mut self, name: &str, run: impl FnMut() -> Result<f64> + 'a) {
        self.cases.push((name.to_owned(), Box::new(run)));
    }

    /// Shows how many times faster `of` is than `over`, beside the ratio that the goals were made from.
    pub(crate) fn speed(&mut self, of: &str, over: &str, seen: &'static str) {
        self.ratio(of, over, Kind::Speed, Bound::Seen(seen));
    }

    /// Shows how many times more `of` costs than `over`, beside the ratio that the goals were made from.
    pub(crate) fn cost(&mut self, of: &str, over: &str, seen: &'static str) {
        self.ratio(of, over, Kind::Cost, Bound::Seen(seen));
    }

    /// Shows how many times faster `of` is than `over`.
    pub(crate) fn show_speed(&mut self, of: &str, over: &str) {
        self.ratio(of, over, Kind::Speed, Bound::None);
    }

    /// Shows how many times more `of` costs than `over`.
    pub(crate) fn show_cost(&mut self, of: &str, over: &str) {
        self.ratio(of, over, Kind::Cost, Bound::None);
    }

    /// States a goal: `of` reaches at least this part of the speed of `over`.
    pub(crate) fn at_least(&mut self, of: &str, over: &str, part: f64) {
        self.ratio(of, over, Kind::Speed, Bound::AtLeast(part));
    }

    /// States a goal: `of` costs at most this many times what `over` costs.
    pub(crate) fn costs_at_most(&mut self, of: &str, over: &str, times: f64) {
        self.ratio(of, over, Kind::Cost, Bound::AtMost(times));
    }

    fn ratio(&mut self, of: &str, over: &str, kind: Kind, bound: Bound) {
        self.ratios.push(Ratio { of: of.to_owned(), over: over.to_owned(), kind, bound });
    }

    /// Runs every case in turn, `runs` times over.
    pub(crate) fn measure(mut self, runs: usize) -> Result<Measured> {
        let mut cases: Vec<_> = self.cases.iter().map(|(name, _)| (name.clone(), Vec::new())).collect();
        for _ in 0..runs {
            for ((name, run), (_, figures)) in self.cases.iter_mut().zip(&mut cases) {
                let figure = run().map_err(|error| format!("{}: {name}: {error}", self.title))?;
                figures.push(figure);
            }
        }
        Ok(Measured { title: self.title, unit: self.unit, cases, ratios: self.ratios })
    }
}

impl Measured {
    /// Prints the group's two tables and returns its goals.
    pub(crate) fn print(&self) -> Vec<Verdict> {
        println!("\n### {} ({})\n", self.title, self.unit);
        let figures = self.cases.iter().map(|(name, figures)| [name.clone(), spread(figures, rate)]);
        table(&["case", "median [slowest..fastest]"], figures);
        println!();
        let ratios =
            self.ratios.iter().map(|ratio| [ratio.name(), spread(&self.paired(ratio), plain), ratio.bound.text()]);
        table(&["ratio, paired", "median [least..greatest]", "goal, or seen before"], ratios);
        self.ratios.iter().filter_map(|ratio| self.verdict(ratio)).collect()
    }

    fn paired(&self, ratio: &Ratio) -> Vec<f64> {
        let figures = |wanted: &str| {
            let case = self.cases.iter().find(|(name, _)| name == wanted);
            case.unwrap_or_else(|| panic!("{}: no case is named {wanted}", self.title)).1.iter()
        };
        let pairs = figures(&ratio.of).zip(figures(&ratio.over));
        match ratio.kind {
            Kind::Speed => pairs.map(|(of, over)| of / over).collect(),
            Kind::Cost => pairs.map(|(of, over)| over / of).collect(),
        }
    }

    fn verdict(&self, ratio: &Ratio) -> Option<Verdict> {
        let paired = self.paired(ratio);
        let median = median(&paired);
        let outcome = match (&ratio.bound, median) {
            (Bound::Seen(_) | Bound::None, _) => return None,
            (_, None) => "not measured",
            (Bound::AtLeast(part), Some(median)) if median >= *part => "met",
            (Bound::AtMost(times), Some(median)) if median <= *times => "met",
            (_, Some(_)) => "missed",
        };
        let goal = format!("{}: {}", self.title, ratio.name());
        Some(Verdict { goal, bound: ratio.bound.text(), ratio: spread(&paired, plain), outcome })
    }
}

impl Ratio {
    fn name(&self) -> String {
        match self.kind {
            Kind::Speed => format!("speed of `{}` / `{}`", self.of, self.over),
            Kind::Cost => format!("cost of `{}` / `{}`", self.of, self.over),
        }
    }
}

impl Bound {
    fn text(&self) -> String {
        match self {
            Bound::Seen(ratio) => format!("seen {ratio}"),
            Bound::None => String::new(),
            Bound::AtLeast(part) => format!("goal >= {part}"),
            Bound::AtMost(times) => format!("goal <= {times}"),
        }
    }
}

/// Prints the goals of all groups.
pub(crate) fn print_goals(verdicts: &[Verdict]) {
    println!("\n### Goals\n");
    let rows = verdicts.iter().map(|verdict| {
        [verdict.goal.clone(), verdict.bound.clone(), verdict.ratio.clone(), verdict.outcome.to_owned()]
    });
    table(&["goal", "bound", "measured", "outcome"], rows);
}

/// Prints rows as a Markdown table with aligned columns.
pub(crate) fn table<const N: usize>(head: &[&str; N], rows: impl Iterator<Item = [String; N]>) {
    let rows: Vec<_> = std::iter::once(head.map(str::to_owned)).chain(rows).collect();
    let widths: [usize; N] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    for (place, row) in rows.iter().enumerate() {
        let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        println!("| {} |", cells.join(" | "));
        if place == 0 {
            println!("|{}|", widths.map(|width| "-".repeat(width + 2)).join("|"));
        }
    }
}

/// The rate of `count` things done while `work` ran.
pub(crate) fn rate_of(count: u64, work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    work()?;
    Ok(per_second(count, start.elapsed()))
}

/// Things a second.
#[expect(clippy::cast_precision_loss, reason = "counts of a bench are far below 2^52")]
pub(crate) fn per_second(count: u64, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64()
}

fn median(figures: &[f64]) -> Option<f64> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

fn spread(figures: &[f64], text: fn(f64) -> String) -> String {
    let least = figures.iter().copied().min_by(f64::total_cmp);
    let greatest = figures.iter().copied().max_by(f64::total_cmp);
    match (median(figures), least, greatest) {
        (Some(median), Some(least), Some(greatest)) => {
            format!("{} [{}..{}]", text(median), text(least), text(greatest))
        }
        _ => "not measured".to_owned(),
    }
}

fn rate(figure: f64) -> String {
    match figure {
        f if f >= 1e6 => format!("{:.2}M", f / 1e6),
        f if f >= 1e5 => format!("{:.0}k", f / 1e3),
        f if f >= 1e3 => format!("{:.1}k", f / 1e3),
        f => format!("{f:.0}"),
    }
}

fn plain(ratio: f64) -> String {
    format!("{ratio:.2}")
}
