//! What was sent, against what was to be sent.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Check, Problems, within};
use crate::case::{ExpectedRequest, Profile, RequestShape, Row};
use crate::exempt::{Assertion, is_system};
use crate::query::decode;
use crate::recorded::Recorded;

impl Check<'_> {
    pub(super) fn requests(&self, problems: &mut Problems) {
        let expect = &self.case.expect;
        if let Some(expected) = expect.requests.as_ref().filter(|_| self.verdict.keeps("expect.requests")) {
            if expected.is_empty() && !self.seen.requests.is_empty() {
                problems.push(format!("requests were sent, expected none: {:?}", self.seen.requests));
            }
            let writes = self.writes();
            let shapes: Vec<_> = expected
                .iter()
                .filter_map(|r| if let ExpectedRequest::Shape(s) = r { Some(s) } else { None })
                .collect();
            if shapes.len() < expected.len() {
                problems.push("query strings are compared by the rule for pulls only".to_owned());
            } else if shapes.len() != writes.len() && !expected.is_empty() {
                problems.push(format!("{} writes were sent, expected {}: {writes:?}", writes.len(), shapes.len()));
            }
            for (shape, write) in shapes.iter().zip(&writes) {
                self.shape(shape, write, problems);
            }
        }
        if let Some(shape) = &expect.each_request {
            self.writes().iter().for_each(|write| self.shape(shape, write, problems));
        }
        if let Some(expected) = expect.request_count.filter(|_| self.verdict.keeps("expect.requestCount"))
            && self.writes().len() != expected
        {
            problems.push(format!("{} writes were sent, expected {expected}", self.writes().len()));
        }
        if let Some(expected) = &expect.request_order {
            let found: Vec<String> = if expected.iter().any(|e| e.contains(' ')) {
                let mut all: Vec<String> = self
                    .seen
                    .requests
                    .iter()
                    .filter(|r| r.is_write() || r.is_list())
                    .filter_map(|r| Some(format!("{} {}", r.method, r.target()?.0)))
                    .collect();
                all.dedup();
                all
            } else {
                self.writes().iter().filter_map(|r| Some(format!("{}/{}", r.target()?.0, r.row_id()?))).collect()
            };
            let mut wanted = expected.clone();
            wanted.dedup();
            if found != wanted {
                problems.push(format!("requests left as {found:?}, expected {wanted:?}"));
            }
        }
        if let Some(expected) = &expect.if_match_sequence {
            let found: Vec<_> = self.writes().iter().filter_map(|r| r.if_match.clone()).collect();
            if found != *expected {
                problems.push(format!("If-Match was {found:?}, expected {expected:?}"));
            }
        }
        if let Some(expected) = expect.later_operations_attempted {
            let rows: BTreeSet<_> = self.writes().iter().filter_map(|r| r.row_id()).collect();
            if rows.len().saturating_sub(1) != expected {
                problems.push(format!(
                    "{} operations were attempted after the first, expected {expected}",
                    rows.len().saturating_sub(1)
                ));
            }
        }
    }

    fn shape(&self, shape: &RequestShape, request: &Recorded, problems: &mut Problems) {
        let name = format!("{} {}", request.method, request.path);
        let patch = self.verdict.has(Assertion::ChangedColumns) && self.case.profile != Profile::Toolkit;
        if let Some(methods) = &shape.method {
            let update = methods.split(" or ").any(|m| m == "PUT" || m == "PATCH");
            let holds = if patch && update {
                request.method == "PATCH"
            } else {
                methods.split(" or ").any(|m| m == request.method)
            };
            if !holds {
                problems
                    .push(format!("{name}: expected {methods}{}", if patch { ", with PATCH for updates" } else { "" }));
            }
        }
        if shape.path.as_ref().is_some_and(|path| *path != decode(&request.path)) {
            problems.push(format!("{name}: expected path {:?}", shape.path));
        }
        if !shape.if_match.allows(&request.if_match) {
            problems.push(format!("{name}: If-Match {:?}, expected {:?}", request.if_match, shape.if_match));
        }
        let body = request.body.as_ref().and_then(Value::as_object);
        if let Some(system) = body.and_then(|b| b.keys().find(|k| is_system(k))) {
            problems.push(format!("{name}: the body carries the system member {system}"));
        }
        if patch && request.method == "PATCH" {
            self.changed_columns(&name, request, problems);
        } else {
            if let Some(expected) = &shape.body {
                let own: Row =
                    expected.iter().filter(|(k, _)| !is_system(k)).map(|(k, v)| (k.clone(), v.clone())).collect();
                within(&format!("{name}: body"), &own, body, problems);
            }
            if let Some(columns) = &shape.body_columns {
                // The table has columns that the case does not name; a whole row carries them as null.
                let named = |(name, value): &(&String, &Value)| !value.is_null() || columns.contains(name);
                let found: BTreeSet<_> =
                    body.into_iter().flatten().filter(named).map(|(name, _)| name.clone()).collect();
                if columns.iter().cloned().collect::<BTreeSet<_>>() != found {
                    problems.push(format!("{name}: the body has {found:?}, expected {columns:?}"));
                }
            }
        }
        if let Some(expected) = &shape.body_has {
            within(&format!("{name}: body"), expected, body, problems);
        }
    }

    /// The body of a PATCH is what differs from the server's row, no more and no less.
    fn changed_columns(&self, name: &str, request: &Recorded, problems: &mut Problems) {
        let (Some((table, Some(id))), Some(body)) =
            (request.target(), request.body.as_ref().and_then(Value::as_object))
        else {
            return problems.push(format!("{name}: has no row or no body"));
        };
        let mut wish = Row::new();
        for write in self.seen.writes.iter().filter(|w| w.table == table && w.id == id) {
            wish.extend(write.row.iter().map(|(k, v)| (k.clone(), v.clone())));
        }
        let sent: Row = body.iter().filter(|(k, _)| *k != "id").map(|(k, v)| (k.clone(), v.clone())).collect();
        // Without a row at the start the base is the answer to an earlier request, and the values say enough.
        let Some(base) = self.seen.base.get(&(table, id)) else {
            return;
        };
        let changed: Row = wish
            .into_iter()
            .filter(|(k, v)| k != "id" && !is_system(k) && base.get(k).unwrap_or(&Value::Null) != v)
            .collect();
        if sent != changed {
            problems.push(format!("{name}: sends {sent:?}, the changed columns are {changed:?}"));
        }
    }
}
