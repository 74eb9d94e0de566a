//! OData text as a tree, to say where ours differs from an older client's.

use std::fmt;

use synctable::ColumnDef;

/// A part of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    /// A name or a constant.
    Atom(String),
    Call(String, Vec<Part>),
    /// A comparison or an arithmetic operation.
    Binary(Box<Part>, String, Box<Part>),
    /// Conditions joined by `and` or `or`.
    Joined(&'static str, Vec<Part>),
    Not(Box<Part>),
    In(Box<Part>, Vec<Part>),
}

impl Part {
    fn atom(text: &str) -> Self {
        Self::Atom(text.to_owned())
    }

    pub(crate) fn binary(left: Self, operator: &str, right: Self) -> Self {
        Self::Binary(Box::new(left), operator.to_owned(), Box::new(right))
    }

    fn joined(operator: &'static str, mut parts: Vec<Self>) -> Self {
        if parts.len() == 1 { parts.remove(0) } else { Self::Joined(operator, parts) }
    }

    /// Changes every part, the inner ones first.
    pub(crate) fn map(self, change: &mut impl FnMut(Self) -> Self) -> Self {
        let all =
            |parts: Vec<Self>, change: &mut _| parts.into_iter().map(|part| part.map(change)).collect::<Vec<Self>>();
        let changed = match self {
            Self::Atom(text) => Self::Atom(text),
            Self::Call(name, parts) => Self::Call(name, all(parts, change)),
            Self::Binary(left, operator, right) => Self::binary(left.map(change), &operator, right.map(change)),
            Self::Joined(operator, parts) => Self::Joined(operator, all(parts, change)),
            Self::Not(part) => Self::Not(Box::new(part.map(change))),
            Self::In(part, list) => Self::In(Box::new(part.map(change)), all(list, change)),
        };
        change(changed)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |parts: &[Self]| parts.iter().map(Self::to_string).collect::<Vec<_>>().join(",");
        match self {
            Self::Atom(text) => f.write_str(text),
            Self::Call(name, parts) => write!(f, "{name}({})", list(parts)),
            Self::Binary(left, operator, right) => write!(f, "({left} {operator} {right})"),
            Self::Joined(operator, parts) => {
                let operand = |part: &Self| match part {
                    Self::In(..) => format!("({part})"),
                    _ => part.to_string(),
                };
                let parts: Vec<String> = parts.iter().map(operand).collect();
                write!(f, "({})", parts.join(&format!(" {operator} ")))
            }
            Self::Not(part) => match part.to_string() {
                text if text.starts_with('(') => write!(f, "not{text}"),
                text => write!(f, "not({text})"),
            },
            Self::In(part, parts) => write!(f, "{part} in ({})", list(parts)),
        }
    }
}

/// Reads a filter as the older clients write it, with parentheses around every operation.
pub(crate) fn parse(text: &str) -> Result<Part, String> {
    let mut reader = Reader { text };
    let part = reader.expression()?;
    if reader.text.is_empty() { Ok(part) } else { Err(format!("`{}` is left over of `{text}`", reader.text)) }
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn take(&mut self, start: &str) -> bool {
        let rest = self.text.strip_prefix(start);
        self.text = rest.unwrap_or(self.text);
        rest.is_some()
    }

    fn expression(&mut self) -> Result<Part, String> {
        let mut left = self.operand()?;
        // Whether `left` is a list that this level has begun.
        let mut is_open = false;
        while self.take(" ") {
            let (operator, rest) = self.text.split_once(' ').ok_or("an operator has no right side")?;
            self.text = rest;
            left = match operator {
                "in" => {
                    self.expect("(")?;
                    Part::In(Box::new(left), self.list()?)
                }
                "and" | "or" => {
                    let (operator, right) = (if operator == "and" { "and" } else { "or" }, self.operand()?);
                    match left {
                        Part::Joined(open, mut parts) if is_open && open == operator => {
                            parts.push(right);
                            Part::Joined(operator, parts)
                        }
                        left => {
                            is_open = true;
                            Part::Joined(operator, vec![left, right])
                        }
                    }
                }
                operator => Part::binary(left, operator, self.operand()?),
            };
        }
        Ok(left)
    }

    fn expect(&mut self, start: &str) -> Result<(), String> {
        if self.take(start) { Ok(()) } else { Err(format!("expected `{start}`, found `{}`", self.text)) }
    }

    fn list(&mut self) -> Result<Vec<Part>, String> {
        let mut parts = Vec::new();
        loop {
            parts.push(self.expression()?);
            if self.take(")") {
                return Ok(parts);
            }
            self.expect(",")?;
        }
    }

    fn operand(&mut self) -> Result<Part, String> {
        if self.take("(") {
            let part = self.expression()?;
            self.expect(")")?;
            return Ok(part);
        }
        let mut end = 0;
        let mut is_quoted = false;
        for (at, char) in self.text.char_indices() {
            is_quoted ^= char == '\'';
            if !is_quoted && " (),".contains(char) {
                break;
            }
            end = at + char.len_utf8();
        }
        let (word, rest) = self.text.split_at(end);
        self.text = rest;
        if word.is_empty() || is_quoted {
            return Err(format!("expected an operand, found `{word}{rest}`"));
        }
        if !self.take("(") {
            return Ok(Part::atom(word));
        }
        let arguments = self.list()?;
        match (word, arguments.as_slice()) {
            ("not", [operand]) => Ok(Part::Not(Box::new(operand.clone()))),
            _ => Ok(Part::Call(word.to_owned(), arguments)),
        }
    }
}

/// Puts the constant of a comparison on its right side.
pub(crate) fn with_constants_right(part: Part, is_constant: &dyn Fn(&Part) -> bool) -> Part {
    part.map(&mut |part| match part {
        Part::Binary(left, operator, right) if is_constant(&left) && !is_constant(&right) => {
            let flipped = match operator.as_str() {
                "gt" => "lt",
                "ge" => "le",
                "lt" => "gt",
                "le" => "ge",
                "eq" | "ne" => operator.as_str(),
                _ => return Part::Binary(left, operator, right),
            };
            Part::binary(*right, flipped, *left)
        }
        other => other,
    })
}

/// Makes one list of conditions that are joined by the same word.
pub(crate) fn flat(part: Part) -> Part {
    part.map(&mut |part| match part {
        Part::Joined(operator, parts) => {
            let mut parts = parts.into_iter();
            let mut all = match parts.next() {
                Some(Part::Joined(inner, first)) if inner == operator => first,
                first => return Part::joined(operator, first.into_iter().chain(parts).collect()),
            };
            for part in parts {
                match part {
                    Part::Joined(inner, more) if inner == operator => all.extend(more),
                    other => all.push(other),
                }
            }
            Part::Joined(operator, all)
        }
        other => other,
    })
}

/// What the null tests of a filter depend on.
pub(crate) struct Nulls<'a> {
    /// Finds the columns of the table.
    pub(crate) column: &'a dyn Fn(&str) -> Option<&'static ColumnDef>,
    /// Whether `eq` and `ne` know null, as OData v4 wants it. In SQL they do not.
    pub(crate) knows_null: bool,
}

impl Nulls<'_> {
    /// Adds the tests that make a condition two-valued: true or false where a column is null.
    pub(crate) fn tested(&self, part: Part) -> Part {
        self.condition(part, false)
    }

    fn condition(&self, part: Part, negated: bool) -> Part {
        match part {
            Part::Joined(operator, parts) => {
                Part::Joined(operator, parts.into_iter().map(|part| self.condition(part, negated)).collect())
            }
            Part::Not(part) => Part::Not(Box::new(self.condition(*part, true))),
            Part::Binary(left, operator, right) => self.comparison(*left, &operator, *right, negated),
            test => {
                let nullable = self.nullable(&test);
                if negated { all_hold(nullable, test) } else { test }
            }
        }
    }

    fn comparison(&self, left: Part, operator: &str, right: Part, negated: bool) -> Part {
        let test = |operator: &str| Part::binary(left.clone(), operator, right.clone());
        let is_equality = matches!(operator, "eq" | "ne");
        if right == Part::atom("null") || (is_equality && self.knows_null) {
            return test(operator);
        }
        let (of_left, of_right) = (self.nullable(&left), self.nullable(&right));
        let of_both: Vec<Part> = of_left.iter().chain(&of_right).cloned().collect();
        if self.is_constant(&right) {
            return match operator {
                "ne" => any_fails(Some(test("ne")), of_left),
                _ if negated => all_hold(of_left, test(operator)),
                _ => test(operator),
            };
        }
        if !is_equality {
            return all_hold(of_both, test(operator));
        }
        let have_values = all_hold(of_both, test("eq"));
        let equal = if of_left.is_empty() || of_right.is_empty() {
            have_values
        } else {
            let both_null = Part::joined("and", vec![any_fails(None, of_left), any_fails(None, of_right)]);
            Part::joined("or", vec![have_values, both_null])
        };
        if operator == "eq" { equal } else { Part::Not(Box::new(equal)) }
    }

    pub(crate) fn is_constant(&self, part: &Part) -> bool {
        match part {
            Part::Atom(text) => (self.column)(text).is_none(),
            Part::Call(name, _) if name == "cast" => true,
            Part::Call(name, parts) if name.starts_with("to") => parts.iter().all(|part| self.is_constant(part)),
            _ => false,
        }
    }

    /// What may make a part null: a column without a value, or a divisor that is zero, as the left side of a test.
    fn nullable(&self, part: &Part) -> Vec<Part> {
        let mut found = Vec::new();
        match part {
            Part::Atom(text) => {
                let may_be = |column: &ColumnDef| !column.is_id() && (!self.knows_null || column.is_nullable());
                if (self.column)(text).is_some_and(may_be) {
                    found.push(Part::binary(part.clone(), "ne", Part::atom("null")));
                }
            }
            Part::Call(_, parts) => found.extend(parts.iter().flat_map(|part| self.nullable(part))),
            Part::Binary(left, operator, right) => {
                found.extend(self.nullable(left));
                found.extend(self.nullable(right));
                if matches!(operator.as_str(), "div" | "mod") && !self.is_constant(right) {
                    found.push(Part::binary((**right).clone(), "ne", Part::atom("0")));
                }
            }
            Part::In(part, list) => {
                found.extend(self.nullable(part));
                found.extend(list.iter().flat_map(|part| self.nullable(part)));
            }
            Part::Joined(..) | Part::Not(_) => {}
        }
        found
    }
}

fn once(parts: Vec<Part>) -> Vec<Part> {
    let mut found: Vec<Part> = Vec::new();
    for part in parts {
        if !found.contains(&part) {
            found.push(part);
        }
    }
    found
}

fn all_hold(tests: Vec<Part>, test: Part) -> Part {
    Part::joined("and", once(tests).into_iter().chain([test]).collect())
}

fn any_fails(test: Option<Part>, tests: Vec<Part>) -> Part {
    let opposite = |part: Part| match part {
        Part::Binary(left, _, right) => Part::Binary(left, "eq".to_owned(), right),
        other => other,
    };
    Part::joined("or", test.into_iter().chain(once(tests).into_iter().map(opposite)).collect())
}

#[test]
fn text_is_read_and_written_as_it_was() {
    for text in [
        "booleanValue",
        "(a eq 'it''s (not) here, or there')",
        "((a gt 1) or not(b))",
        "not(a eq 1)",
        "(x in ('A','B') or b)",
        "a in ('A',cast(1,Edm.Guid))",
        "((a mod 2L) eq -0.5)",
        "(a and b and (c and d))",
        "((a and b) and c)",
    ] {
        let written = parse(text).unwrap().to_string();
        assert_eq!(written.replace("(x in ('A','B'))", "x in ('A','B')"), text);
    }
    for text in ["(a eq 1", "a eq", "a eq 'x", "(a eq 1) x", "f(a", ""] {
        assert!(parse(text).is_err(), "{text}");
    }
    assert_eq!(flat(parse("(((a and b) and c) and (d and e))").unwrap()).to_string(), "(a and b and c and d and e)");
    assert_eq!(flat(parse("(((a eq 1) and (b eq 2L)) and c)").unwrap()).to_string(), "((a eq 1) and (b eq 2L) and c)");
    assert_eq!(flat(parse("(a or (b or c))").unwrap()).to_string(), "(a or (b or c))");
}
