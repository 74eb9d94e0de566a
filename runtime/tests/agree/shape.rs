//! A filter in parts, so that a difference can be shrunk.

use synctable::{Condition as _, Predicate};

use crate::hits::Hit;
use crate::sample::Sample;

/// Conditions joined.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Leaf(Predicate<Sample>, Vec<Hit>),
    And(Box<Shape>, Box<Shape>),
    Or(Box<Shape>, Box<Shape>),
    All(Vec<Shape>),
    Any(Vec<Shape>),
    Not(Box<Shape>),
}

impl Shape {
    pub(crate) fn predicate(&self) -> Predicate<Sample> {
        match self {
            Self::Leaf(predicate, _) => predicate.clone(),
            Self::And(left, right) => left.predicate().and(right.predicate()),
            Self::Or(left, right) => left.predicate().or(right.predicate()),
            Self::All(parts) => Predicate::all(parts.iter().map(Self::predicate)),
            Self::Any(parts) => Predicate::any(parts.iter().map(Self::predicate)),
            Self::Not(part) => !part.predicate().into_predicate(),
        }
    }

    pub(crate) fn hits(&self, out: &mut Vec<Hit>) {
        let (operator, parts): (_, Vec<&Self>) = match self {
            Self::Leaf(_, hits) => return out.extend(hits),
            Self::And(left, right) => ("and", vec![left, right]),
            Self::Or(left, right) => ("or", vec![left, right]),
            Self::All(parts) => ("all", parts.iter().collect()),
            Self::Any(parts) => ("any", parts.iter().collect()),
            Self::Not(part) => ("not", vec![part]),
        };
        out.push((operator, "condition"));
        for part in parts {
            part.hits(out);
        }
    }

    /// Filters with a part left out, or with a part in the place of the whole.
    pub(crate) fn smaller(&self) -> Vec<Self> {
        let with_one = |make: &dyn Fn(Vec<Self>) -> Self, parts: &[Self]| {
            let mut smaller = parts.to_vec();
            for (at, part) in parts.iter().enumerate() {
                for less in part.smaller() {
                    let mut parts = parts.to_vec();
                    parts[at] = less;
                    smaller.push(make(parts));
                }
                if parts.len() > 1 {
                    let mut parts = parts.to_vec();
                    parts.remove(at);
                    smaller.push(make(parts));
                }
            }
            smaller
        };
        match self {
            Self::Leaf(..) => Vec::new(),
            Self::And(left, right) => with_one(&Self::All, &[(**left).clone(), (**right).clone()]),
            Self::Or(left, right) => with_one(&Self::Any, &[(**left).clone(), (**right).clone()]),
            Self::All(parts) => with_one(&Self::All, parts),
            Self::Any(parts) => with_one(&Self::Any, parts),
            Self::Not(part) => {
                let mut smaller = vec![(**part).clone()];
                smaller.extend(part.smaller().into_iter().map(|part| Self::Not(Box::new(part))));
                smaller
            }
        }
    }
}
