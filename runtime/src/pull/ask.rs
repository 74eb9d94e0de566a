//! What a window is on the wire, and what a page of it tells.

use std::time::Duration;

use crate::error::Error;
use crate::query::odata::{self, FilterText};
use crate::query::predicate::{Comparison, Literal, Term, Tree};
use crate::session::Session;
use crate::table::{SystemColumn, TableSchema};
use crate::value::{Id, Timestamp, Value};
use crate::wire::answer::Page;
use crate::wire::{Dialect, Unreliable};

use super::cursor::{PageFacts, Window};
use super::spec::PullSpec;

/// What a request line holds besides the filter and the columns: path and the other options, generously.
const LIST_FIXED_BYTES: usize = 1024;

/// Writes the parameters, and tells the functions of the filter that some servers answer wrongly.
///
/// # Errors
/// `Invalid`: a parameter belongs to the protocol. `Unsupported`: this server is known to answer a
/// function wrongly.
pub(super) fn check(session: &Session, dialect: Dialect, spec: &PullSpec) -> Result<(String, Vec<Unreliable>), Error> {
    let in_table = |error: Error| error.in_table(spec.schema.name());
    let parameters = dialect.parameters(&spec.selection()).map_err(in_table)?;
    Ok((parameters, session.wire.check_filter(dialect, spec.filter.as_ref()).map_err(in_table)?))
}

/// The bytes of a request line beside the filter and the parameters.
pub(super) fn fixed_bytes(dialect: Dialect, schema: &'static TableSchema) -> usize {
    LIST_FIXED_BYTES + dialect.narrow_select(schema).map_or(0, |columns| columns.len())
}

/// What a window is in the server's dialect: filter and order.
pub(super) fn filter(
    spec: &PullSpec,
    dialect: Dialect,
    window: &Window,
) -> Result<(Option<FilterText>, &'static str), Error> {
    let updated_at = SystemColumn::UpdatedAt.column();
    let stamp = |comparison, time: Timestamp| Tree::Compare {
        left: Term::Column(updated_at),
        comparison,
        right: Term::Literal(Literal::of(updated_at, Value::Integer(time.ticks()))),
    };
    let (mut conditions, last, order) = match window {
        Window::Since(from) => (vec![stamp(Comparison::Ge, *from)], None, "updatedAt,id"),
        Window::Within(from, last) => {
            let until = from.saturating_add(Duration::from_millis(1));
            (vec![stamp(Comparison::Ge, *from), stamp(Comparison::Lt, until)], last.as_ref(), "id")
        }
        Window::Unstamped(last) => {
            let null = Tree::Compare {
                left: Term::Column(updated_at),
                comparison: Comparison::Eq,
                right: Term::null(updated_at),
            };
            (vec![null], last.as_ref(), "id")
        }
    };
    if let Some(last) = last {
        let id = &spec.schema.columns()[spec.schema.id_index()];
        conditions.push(Tree::Compare {
            left: Term::Column(id),
            comparison: Comparison::Gt,
            right: Term::Literal(Literal::of(id, Value::Text(last.as_str().to_owned()))),
        });
    }
    let filter = match &spec.filter {
        Some(filter) => Tree::And([vec![filter.clone()], conditions].concat()),
        None => Tree::And(conditions),
    };
    Ok((odata::filter(&filter, &dialect.syntax())?, order))
}

/// What a page tells the cursor.
pub(super) fn facts(page: &Page) -> PageFacts {
    let mut facts = PageFacts { rows: page.row_count(), count: page.count, date: page.date, ..PageFacts::default() };
    let mut unreadable = page.unreadable.iter().peekable();
    let mut last = None;
    for place in 0..=page.rows.len() {
        while let Some((_, row)) = unreadable.next_if(|(before, _)| *before == place) {
            note_stamp(&mut facts, row.system.updated_at);
            last = Some(row.id.as_str());
        }
        if let Some(row) = page.rows.get(place) {
            note_stamp(&mut facts, row.updated_at());
            last = Some(row.id());
        }
    }
    facts.last = last.map(Id::trusted);
    facts
}

fn note_stamp(facts: &mut PageFacts, stamp: Option<Timestamp>) {
    let Some(stamp) = stamp else { return };
    facts.least = Some(facts.least.map_or(stamp, |least| least.min(stamp)));
    match facts.greatest {
        _ if facts.disordered => {}
        Some(greatest) if stamp < greatest => facts.disordered = true,
        _ => facts.greatest = Some(stamp),
    }
}
