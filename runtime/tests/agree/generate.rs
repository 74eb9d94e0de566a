//! Random typed queries.

mod compare;
mod number;
mod text;
mod time;

use fastrand::Rng;
use synctable::{Expr, Operand, Order, Predicate, Query, SortableValue};

use crate::data::Draw;
use crate::hits::Hit;
use crate::sample::{Drawn, Found, Sample, typed};
use crate::shape::Shape;

/// A value computed from a row.
pub(crate) type Term<V> = Expr<Sample, V>;
/// A condition on a row.
pub(crate) type Condition = Predicate<Sample>;

/// What conditions are drawn from: the rows that they will be asked about, and chance.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) rng: &'a mut Rng,
    pub(crate) rows: &'a [Sample],
    hits: Vec<Hit>,
}

/// An operator on a type, and what makes a condition with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operator {
    pub(crate) name: &'static str,
    pub(crate) column_type: &'static str,
    make: fn(&mut Source<'_>) -> Condition,
}

impl Operator {
    fn new<V: Drawn>(name: &'static str, make: fn(&mut Source<'_>) -> Condition) -> Self {
        Self { name, column_type: V::NAME, make }
    }
}

/// A key of an order: its hit, and what makes it.
type Key = (Hit, fn() -> Order<Sample>);

/// All that queries are made of; every operator is as likely as every other.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    pub(crate) operators: Vec<Operator>,
    pub(crate) keys: Vec<Key>,
}

impl Vocabulary {
    pub(crate) fn new() -> Self {
        let mut operators = Vec::new();
        compare::operators(&mut operators);
        number::operators(&mut operators);
        text::operators(&mut operators);
        time::operators(&mut operators);
        let mut keys = Vec::new();
        compare::for_sorted!(keys_of(&mut keys));
        keys_of::<bool>(&mut keys);
        Self { operators, keys }
    }

    /// The operators on types that every run of the full length has to reach often.
    pub(crate) fn expected(&self) -> Vec<Hit> {
        let mut hits: Vec<Hit> = self.operators.iter().map(|operator| (operator.name, operator.column_type)).collect();
        hits.extend(self.keys.iter().map(|(hit, _)| *hit));
        hits.extend(["and", "or", "all", "any", "not"].map(|name| (name, "condition")));
        hits.extend(["skip", "take", "order", "filter"].map(|name| (name, "query")));
        hits.sort_unstable();
        hits.dedup();
        hits
    }
}

fn keys_of<V: Drawn + SortableValue>(keys: &mut Vec<Key>)
where
    Option<V>: SortableValue,
{
    keys.extend([
        (("asc", V::NAME), (|| V::columns().0.asc()) as fn() -> Order<Sample>),
        (("asc", V::NAME), || V::columns().1.asc()),
        (("desc", V::NAME), || V::columns().0.desc()),
        (("desc", V::NAME), || V::columns().1.desc()),
    ]);
}

/// A query in parts.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    filters: Vec<Shape>,
    order: Vec<Key>,
    skip: Option<u64>,
    take: Option<u64>,
}

impl Plan {
    pub(crate) fn random(vocabulary: &Vocabulary, rows: &[Sample], rng: &mut Rng) -> Self {
        let filters = match rng.u8(..20) {
            0 => 0,
            1 | 2 => 2,
            _ => 1,
        };
        let filters = (0..filters).map(|_| shape(vocabulary, rows, rng, 3)).collect();
        let keys = match rng.u8(..3) {
            0 => 0,
            _ => rng.usize(1..4),
        };
        let order = (0..keys).map(|_| vocabulary.keys[rng.usize(..vocabulary.keys.len())]).collect();
        // Most pages are large, so that a difference behind the filter shows.
        let skip = (rng.u8(..6) == 0).then(|| rng.u64(..8));
        let take = (rng.u8(..6) == 0).then(|| rng.u64(1..20));
        Self { filters, order, skip, take }
    }

    pub(crate) fn query(&self) -> Query<Sample, Found> {
        let mut query = self.in_all();
        for (_, key) in &self.order {
            query = query.order_by(|_| key());
        }
        if let Some(skip) = self.skip {
            query = query.skip(skip);
        }
        if let Some(take) = self.take {
            query = query.take(take);
        }
        query
    }

    /// The query without order, skip and take.
    pub(crate) fn in_all(&self) -> Query<Sample, Found> {
        let filters = self.filters.iter();
        filters.fold(Sample::query(), |query, filter| query.filter(|_| filter.predicate())).select()
    }

    pub(crate) fn hits(&self) -> Vec<Hit> {
        let mut hits: Vec<Hit> = self.order.iter().map(|(hit, _)| *hit).collect();
        for filter in &self.filters {
            hits.push(("filter", "query"));
            filter.hits(&mut hits);
        }
        if self.order.len() > 1 {
            hits.push(("order", "query"));
        }
        hits.extend(self.skip.map(|_| ("skip", "query")));
        hits.extend(self.take.map(|_| ("take", "query")));
        hits
    }

    /// The query with less in it.
    pub(crate) fn smaller(&self) -> Vec<Self> {
        let mut smaller = Vec::new();
        if self.skip.is_some() || self.take.is_some() {
            smaller.push(Self { skip: None, take: None, ..self.clone() });
        }
        for at in 0..self.order.len() {
            let mut less = self.clone();
            less.order.remove(at);
            smaller.push(less);
        }
        for at in 0..self.filters.len() {
            let mut less = self.clone();
            let filter = less.filters.remove(at);
            for filter in filter.smaller() {
                let mut replaced = self.clone();
                replaced.filters[at] = filter;
                smaller.push(replaced);
            }
            smaller.push(less);
        }
        smaller
    }
}

fn shape(vocabulary: &Vocabulary, rows: &[Sample], rng: &mut Rng, depth: usize) -> Shape {
    let part = |rng: &mut Rng| shape(vocabulary, rows, rng, depth - 1);
    match if depth == 0 { 0 } else { rng.u8(..16) } {
        8 | 9 => Shape::And(Box::new(part(rng)), Box::new(part(rng))),
        10 | 11 => Shape::Or(Box::new(part(rng)), Box::new(part(rng))),
        12 => Shape::All((0..rng.usize(..4)).map(|_| part(rng)).collect()),
        13 => Shape::Any((0..rng.usize(..4)).map(|_| part(rng)).collect()),
        14 | 15 => Shape::Not(Box::new(part(rng))),
        _ => {
            let operator = vocabulary.operators[rng.usize(..vocabulary.operators.len())];
            let mut source = Source { rng, rows, hits: Vec::new() };
            let predicate = (operator.make)(&mut source);
            Shape::Leaf(predicate, source.hits)
        }
    }
}

impl Source<'_> {
    fn hit<V: Drawn>(&mut self, operator: &'static str) {
        self.hits.push((operator, V::NAME));
    }

    /// One in so many.
    fn rarely(&mut self, of: u8) -> bool {
        self.rng.u8(..of) == 0
    }

    fn pick<V: Clone>(&mut self, values: &[V]) -> V {
        values[self.rng.usize(..values.len())].clone()
    }

    /// A value that a row has.
    fn stored<V: Drawn + Draw>(&mut self) -> V {
        let row = &self.rows[self.rng.usize(..self.rows.len())];
        let (value, optional) = V::of(row);
        optional.filter(|_| self.rng.bool()).unwrap_or(value).clone()
    }

    /// A value that a row has, or one near it, or any.
    fn value<V: Drawn + Draw>(&mut self) -> V {
        match self.rng.u8(..10) {
            0 => V::fresh(self.rng),
            1 | 2 => self.stored::<V>().near(self.rng),
            _ => self.stored(),
        }
    }

    /// One of the columns with values of a type.
    fn column<V: Drawn>(&mut self) -> Term<V> {
        let (column, optional) = V::columns();
        match self.rng.u8(..5) {
            0 | 1 => typed(column),
            2 | 3 => typed(optional),
            _ => {
                let further = V::further();
                if further.is_empty() { typed(optional) } else { self.pick(&further) }
            }
        }
    }

    /// What a column is compared or computed with: mostly a constant, else a column, rarely null.
    fn operand<V: Drawn + Draw>(&mut self) -> Term<V> {
        match self.rng.u8(..20) {
            0 => null(),
            1..=5 => self.column(),
            _ => typed(self.value::<V>()),
        }
    }
}

/// The constant null.
fn null<V: Drawn>() -> Term<V> {
    let null: Expr<Sample, Option<V>> = Operand::<Sample, Option<V>>::into_expression(None::<V>);
    typed(null)
}
