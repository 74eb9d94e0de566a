//! A property of an OpenAPI schema to a column.

use indexmap::IndexMap;
use serde_json::{Number, Value};
use synctable_codegen::document::{Additional, Member, Schema, Types};

use super::source::{OpenApi, Raw};
use super::{DEPTH, flatten, is_required};
use crate::import::made::{Made, Presence, member, pascal};

/// Adds the column of a property.
pub(super) fn add(api: &OpenApi, name: &str, raw: &Raw, required: bool, made: &mut Made) {
    let mut maker = Maker { api, made, name, open: Vec::new() };
    let read = maker.schema(raw, 0);
    // A schema without a type allows null too.
    let is_any = read.member.types.is_none() && read.member.reference.is_none() && read.member.any_of.is_empty();
    let is_optional = is_any || read.nullable || (!required && maker.may_be_absent(raw));
    let presence = if is_optional { Presence::Optional } else { Presence::Always };
    let mut column = read.member;
    column.default = default(raw, &column);
    made.put(name, column, presence);
}

struct Maker<'a> {
    api: &'a OpenApi,
    made: &'a mut Made,
    /// The column, for notes.
    name: &'a str,
    /// The types that are being read.
    open: Vec<String>,
}

/// What was read of a schema.
struct Read {
    member: Member,
    nullable: bool,
}

impl Maker<'_> {
    fn note(&mut self, message: impl Into<String>) {
        self.made.note(Some(self.name), message);
    }

    /// Swagger 2.0 has no word for null: what is no number and no truth value may be absent.
    fn may_be_absent(&self, raw: &Raw) -> bool {
        let (_, raw) = self.api.resolved(raw);
        let always = ["boolean", "integer", "number"];
        self.api.swagger.is_some() && !raw.types.iter().any(|name| always.contains(&name.as_str()))
    }

    fn schema(&mut self, raw: &Raw, depth: usize) -> Read {
        let mut nullable = raw.nullable || raw.x_nullable;
        if depth > DEPTH {
            return Read { member: Member::default(), nullable };
        }
        // A type beside null, or behind one `allOf`, says what the column is.
        let parts = [&raw.all_of, &raw.one_of, &raw.any_of].into_iter().find(|parts| !parts.is_empty());
        if let Some(parts) = parts.filter(|_| raw.properties.is_empty() && raw.types.is_empty()) {
            let types: Vec<&Raw> = parts.iter().filter(|part| part.types != ["null"]).collect();
            nullable |= types.len() < parts.len();
            if let [one] = types[..] {
                let mut read = self.schema(one, depth + 1);
                describe(&mut read.member, raw);
                return Read { nullable: nullable || read.nullable, ..read };
            }
            if raw.all_of.is_empty() {
                self.note("the service allows several types: it becomes any JSON");
                return Read { member: described(Member::default(), raw), nullable };
            }
        }
        if raw.reference.is_some() {
            let (name, target) = self.api.resolved(raw);
            if let Some(name) = name.filter(|_| is_type(target)) {
                let found = Member { reference: self.definition(name, target, depth), ..Member::default() };
                return Read { member: described(found, raw), nullable: nullable || target.nullable };
            }
            if target.reference.is_some() {
                self.note("what it refers to is not in the document: it becomes any JSON");
                return Read { member: described(Member::default(), raw), nullable };
            }
            let mut read = self.schema(target, depth + 1);
            describe(&mut read.member, raw);
            return Read { nullable: nullable || read.nullable, ..read };
        }
        nullable |= raw.types.iter().any(|name| name == "null");
        let member = self.plain(raw, depth);
        Read { member: described(member, raw), nullable }
    }

    /// Defines a type in the document, once, and gives the reference to it; none for a type that
    /// contains itself, which no document has.
    fn definition(&mut self, name: &str, target: &Raw, depth: usize) -> Option<String> {
        let title = pascal(name);
        if self.open.contains(&title) {
            self.note(format!("`{title}` contains itself: it becomes any JSON there"));
            return None;
        }
        if !self.made.document.defs.contains_key(&title) {
            self.open.push(title.clone());
            let member = described(self.plain(target, depth + 1), target);
            self.open.pop();
            self.made.document.defs.insert(title.clone(), Schema::new(member));
        }
        Some(format!("#/$defs/{title}"))
    }

    fn plain(&mut self, raw: &Raw, depth: usize) -> Member {
        if is_enum(raw) {
            return self.text_enum(raw);
        }
        let mut types: Vec<&str> = raw.types.iter().map(String::as_str).filter(|name| *name != "null").collect();
        // ASP.NET says that its reader takes numbers as texts too; it writes numbers.
        if types.contains(&"integer") || types.contains(&"number") {
            types.retain(|name| *name != "string");
        }
        let format = raw.format.as_deref();
        match types[..] {
            ["boolean"] => member("boolean", None),
            ["integer"] => with_limits(integer(format), raw),
            ["number"] => with_limits(member("number", format.filter(|format| KNOWN_NUMBERS.contains(format))), raw),
            ["string"] => self.text(raw, format),
            ["array"] => {
                let items = raw.items.as_deref().map(|items| Schema::new(self.schema(items, depth + 1).into_item()));
                Member { items, ..member("array", None) }
            }
            [] if raw.properties.is_empty() && raw.all_of.is_empty() => Member::default(),
            [] | ["object"] => self.object(raw, depth),
            _ => {
                self.note("the service allows several types: it becomes any JSON");
                Member::default()
            }
        }
    }

    fn text(&mut self, raw: &Raw, format: Option<&str>) -> Member {
        let format = match format {
            Some("guid") => Some("uuid"),
            Some("binary" | "base64") => Some("byte"),
            Some(known @ ("date-time" | "date" | "time" | "uuid" | "byte" | "decimal")) => Some(known),
            Some(other @ ("duration" | "time-span" | "timespan")) => {
                self.note(format!("it has the format `{other}`, which no column type has: it becomes text"));
                None
            }
            _ => None,
        };
        let mut text = member("string", format);
        if format.is_none() {
            text.min_length = raw.min_length.filter(|length| *length > 0);
            text.max_length = raw.max_length;
        }
        text
    }

    /// Datasync servers write the names of an enum, whatever the document says (protocol.md 6).
    fn text_enum(&mut self, raw: &Raw) -> Member {
        let texts = raw.values.iter().filter(|value| value.is_string()).cloned().collect::<Vec<_>>();
        let has_nothing_else = raw.values.iter().all(|value| value.is_string() || value.is_null());
        if has_nothing_else {
            return Member { values: Some(texts), ..member("string", None) };
        }
        if raw.enum_names.is_empty() {
            self.note("the document has the numbers of an enum and not its names, which servers send: it becomes text");
            return member("string", None);
        }
        self.note("the document has an enum of numbers; servers send its values by their names, which it becomes");
        let names = raw.enum_names.iter().cloned().map(Value::String).collect();
        Member { values: Some(names), ..member("string", None) }
    }

    fn object(&mut self, raw: &Raw, depth: usize) -> Member {
        let mut found = IndexMap::new();
        if depth > DEPTH || flatten(self.api, raw, &mut found, 0).is_err() {
            return Member::default();
        }
        if found.is_empty() {
            return Member { additional_properties: Some(Additional::Of(Schema::default())), ..member("object", None) };
        }
        let mut object = member("object", None);
        for (name, raw_member) in found {
            let read = self.schema(raw_member, depth + 1);
            // An answer has every member that cannot be null.
            let is_there = !read.nullable && (is_required(self.api, raw, name, 0) || !self.may_be_absent(raw_member));
            let mut schema = if is_there { read.member } else { read.into_item() };
            schema.default = None;
            if is_there {
                object.required.push(name.to_owned());
            }
            object.properties.insert(name.to_owned(), Schema::new(schema));
        }
        object
    }
}

impl Read {
    /// The schema with null among its types, if it may be null.
    fn into_item(self) -> Member {
        let mut member = self.member;
        if !self.nullable {
            return member;
        }
        if let Some(reference) = member.reference.take() {
            let to = Schema::new(Member { reference: Some(reference), ..Member::default() });
            member.any_of = vec![to, Schema::new(crate::import::made::member("null", None))];
        } else if let Some(Types(types)) = &mut member.types {
            types.push("null".to_owned());
            if let Some(values) = &mut member.values {
                values.push(Value::Null);
            }
        }
        member
    }
}

const KNOWN_NUMBERS: [&str; 3] = ["decimal", "double", "float"];

/// Whether a schema becomes a type of its own.
fn is_type(raw: &Raw) -> bool {
    is_enum(raw) || !raw.properties.is_empty() || !raw.all_of.is_empty()
}

fn is_enum(raw: &Raw) -> bool {
    raw.values.iter().any(|value| !value.is_null()) && !raw.types.iter().any(|name| name == "boolean")
}

fn integer(format: Option<&str>) -> Member {
    let format = match format {
        // NSwag calls an unsigned number of 8 bits a byte.
        Some("byte") => Some("uint8"),
        Some(format @ ("int8" | "int16" | "int32" | "uint8" | "uint16" | "uint32")) => Some(format),
        Some("int64" | "uint64") => Some("int64"),
        _ => None,
    };
    member("integer", format)
}

fn with_limits(mut number: Member, raw: &Raw) -> Member {
    let is_whole = number.types.as_ref().is_some_and(|types| types.0 == ["integer"]);
    let limit = |limit: &Number| whole(limit).or_else(|| fraction(limit).filter(|_| !is_whole));
    let exclusive = |said: &Option<Value>, bound: &Option<Number>| match said {
        Some(Value::Bool(true)) => (None, bound.as_ref().and_then(limit)),
        Some(Value::Number(number)) => (bound.as_ref().and_then(limit), limit(number)),
        _ => (bound.as_ref().and_then(limit), None),
    };
    (number.minimum, number.exclusive_minimum) = exclusive(&raw.exclusive_minimum, &raw.minimum);
    (number.maximum, number.exclusive_maximum) = exclusive(&raw.exclusive_maximum, &raw.maximum);
    number.multiple_of = raw.multiple_of.as_ref().and_then(limit);
    number
}

/// A limit as a whole number, if it is one. Attributes of .NET write `0.0`.
fn whole(limit: &Number) -> Option<Number> {
    // Every double below 2^53 is exact.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match (limit.as_i64(), limit.as_f64()) {
        (Some(whole), _) => Some(whole.into()),
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
        (None, Some(double)) if double.fract() == 0.0 && double.abs() < EXACT => Some((double as i64).into()),
        _ => None,
    }
}

/// A limit that no double exceeds says nothing.
fn fraction(limit: &Number) -> Option<Number> {
    limit.as_f64().filter(|double| double.abs() < 1e300).and(Some(limit.clone()))
}

fn default(raw: &Raw, column: &Member) -> Option<Value> {
    let default = raw.default.as_ref()?;
    let types = column.types.as_ref()?;
    let fits = match (types.0.first().map(String::as_str), default) {
        (Some("boolean"), Value::Bool(_)) => true,
        (Some("integer"), Value::Number(number)) => number.is_i64(),
        (Some("number"), Value::Number(_)) => column.format.as_deref() != Some("decimal"),
        (Some("string"), Value::String(text)) => match &column.values {
            Some(values) => values.iter().any(|value| value == text),
            None => column.format.is_none(),
        },
        _ => false,
    };
    fits.then(|| default.clone())
}

fn described(mut member: Member, raw: &Raw) -> Member {
    describe(&mut member, raw);
    member
}

fn describe(member: &mut Member, raw: &Raw) {
    if let Some(text) = raw.description.as_ref().filter(|text| !text.trim().is_empty()) {
        member.description = Some(text.trim().replace("\r\n", "\n"));
    }
}
