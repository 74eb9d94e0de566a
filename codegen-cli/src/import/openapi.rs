//! Documents of an OpenAPI document that a Datasync service publishes.
//!
//! Made for what NSwag, Swashbuckle and ASP.NET write of table controllers: OpenAPI 3.0 and 3.1, and
//! Swagger 2.0, in JSON.

mod column;
mod shared;
mod source;

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::made::{Made, Presence, is_system, pascal};
use source::{Content, OpenApi, Operation, PathItem, Raw};

/// Makes a document of each table that the paths describe, or of those that are named; beside them
/// the paths that look like tables and tell no row.
pub(super) fn tables(text: &str, wanted: &[&str]) -> Result<(Vec<Made>, Vec<String>), String> {
    let api: OpenApi = serde_json::from_str(text).map_err(|error| {
        let yaml =
            if text.trim_start().starts_with(['{', '[']) { "" } else { "; YAML is not read, publish it as JSON" };
        format!("no OpenAPI document in JSON: {error}{yaml}")
    })?;
    match (&api.openapi, &api.swagger) {
        (Some(version), _) if version.starts_with("3.") => {}
        (_, Some(version)) if version.starts_with("2.") => {}
        (Some(version), _) | (_, Some(version)) => {
            return Err(format!("version {version} of OpenAPI is not known; expected 3.0, 3.1 or 2.0"));
        }
        (None, None) => return Err("no OpenAPI document: neither `openapi` nor `swagger` names a version".to_owned()),
    }
    let all: Vec<Found<'_>> = api.paths.iter().filter_map(|(path, item)| found(&api, path, item)).collect();
    for name in wanted {
        if !all.iter().any(|found| found.is(name)) {
            let known: Vec<_> = all.iter().map(|found| found.table.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(format!("no path describes the table `{name}`; the tables are: {known}"));
        }
    }
    let is_wanted = |found: &Found<'_>| wanted.is_empty() || wanted.iter().any(|name| found.is(name));
    let mut titles = BTreeSet::new();
    let (mut made, mut skipped) = (Vec::new(), Vec::new());
    for found in all.into_iter().filter(is_wanted) {
        match found.row {
            Some((name, row)) => made.push(document(&api, &found.table, found.route, name, row, &mut titles)?),
            None => skipped.push(format!("the path `{}` describes no row: it is left out", found.path)),
        }
    }
    shared::share(&mut made);
    match made.is_empty() {
        false => Ok((made, skipped)),
        true => Err(format!(
            "no path describes rows of a table, as `/tables/name` with an object that has an `id`{}",
            skipped.iter().map(|path| format!("; {path}")).collect::<String>()
        )),
    }
}

/// A path that is one of a table.
#[derive(Debug)]
struct Found<'a> {
    path: &'a str,
    table: String,
    /// The path below the endpoint, where it is not `tables/<name>`.
    route: Option<String>,
    /// The schema of a row and its name, if it is told.
    row: Option<(Option<&'a str>, &'a Raw)>,
}

impl Found<'_> {
    fn is(&self, name: &str) -> bool {
        let schema = self.row.and_then(|(name, _)| name);
        self.table.eq_ignore_ascii_case(name) || schema.is_some_and(|schema| schema.eq_ignore_ascii_case(name))
    }
}

/// Looks whether a path is one of a table: it is below `tables`, or has rows with an id at `path/{id}`.
fn found<'a>(api: &'a OpenApi, path: &'a str, item: &'a PathItem) -> Option<Found<'a>> {
    let trimmed = path.trim_matches('/');
    let segments: Vec<&str> = trimmed.split('/').collect();
    let name = *segments.last()?;
    if name.is_empty() || trimmed.contains('{') || (item.get.is_none() && item.post.is_none()) {
        return None;
    }
    let by_id = api.paths.iter().find_map(|(other, item)| {
        let below = other.trim_matches('/').strip_prefix(trimmed)?.strip_prefix('/')?;
        (below.starts_with('{') && below.ends_with('}') && !below.contains('/')).then_some(item)
    });
    let is_below_tables = segments.len() == 2 && segments[0].eq_ignore_ascii_case("tables");
    let schemas = [
        item.post.as_ref().and_then(Operation::sent),
        item.post.as_ref().and_then(Operation::answered),
        by_id.and_then(|item| item.get.as_ref()).and_then(Operation::answered),
        by_id.and_then(|item| item.put.as_ref()).and_then(Operation::sent),
        item.get.as_ref().and_then(Operation::answered).and_then(|list| source::item_of_list(api, list)),
    ];
    let row = schemas.into_iter().flatten().map(|schema| api.resolved(schema)).find(|(_, raw)| {
        let mut properties = IndexMap::new();
        flatten(api, raw, &mut properties, 0).is_ok() && properties.contains_key("id")
    });
    // Other controllers of a service have lists too; a row with an id tells a table.
    let is_table = is_below_tables || (by_id.is_some() && row.is_some());
    is_table.then(|| Found { path, table: name.to_owned(), route: (!is_below_tables).then(|| trimmed.to_owned()), row })
}

fn document(
    api: &OpenApi,
    table: &str,
    route: Option<String>,
    schema_name: Option<&str>,
    row: &Raw,
    titles: &mut BTreeSet<String>,
) -> Result<Made, String> {
    let mut title = pascal(schema_name.or(row.title.as_deref()).unwrap_or(table));
    if titles.contains(&title) {
        // Two controllers of one entity are two tables.
        title = pascal(table);
    }
    titles.insert(title.clone());
    let mut made = Made::new(table, &title);
    made.document.sync.route = route;
    let mut properties = IndexMap::new();
    let description = flatten(api, row, &mut properties, 0)?;
    made.document.description = row.description.clone().or(description).filter(|text| !text.is_empty());
    for (name, raw) in &properties {
        if is_system(name) {
            continue;
        }
        if *name == "id" {
            let mut id = super::made::member("string", None);
            id.description = raw.description.clone();
            made.put("id", id, Presence::Always);
            continue;
        }
        if raw.read_only {
            made.note(
                Some(name),
                "the service says that it is read-only: what the app writes to it may be refused or ignored",
            );
        }
        column::add(api, name, raw, is_required(api, row, name, 0), &mut made);
    }
    Ok(made)
}

/// How deep schemas are followed.
const DEPTH: usize = 32;

/// Collects the properties of a schema and of those that it is made of; the base's come first.
/// Gives the description of the part that has the type's own properties.
fn flatten<'a>(
    api: &'a OpenApi,
    raw: &'a Raw,
    properties: &mut IndexMap<&'a str, &'a Raw>,
    depth: usize,
) -> Result<Option<String>, String> {
    if depth > DEPTH {
        return Err("a schema is made of itself: `allOf` and `$ref` lead in a circle".to_owned());
    }
    let mut description = None;
    for part in &raw.all_of {
        let (name, part) = api.resolved(part);
        let of_part = flatten(api, part, properties, depth + 1)?;
        if name.is_none() {
            description = part.description.clone().or(of_part);
        }
    }
    for (name, property) in &raw.properties {
        match properties.get(name.as_str()) {
            // NSwag repeats system properties without their form; the first word counts.
            Some(_) if !raw.all_of.is_empty() => {}
            _ => {
                properties.insert(name, property);
            }
        }
    }
    Ok(description)
}

fn is_required(api: &OpenApi, raw: &Raw, name: &str, depth: usize) -> bool {
    raw.required.iter().any(|required| required == name)
        || (depth < DEPTH && raw.all_of.iter().any(|part| is_required(api, api.resolved(part).1, name, depth + 1)))
}

impl Operation {
    /// The schema of the body that is sent.
    fn sent(&self) -> Option<&Raw> {
        let body = self.request_body.as_ref().and_then(|body| json_schema(&body.content));
        body.or_else(|| self.parameters.iter().find(|parameter| parameter.place == "body")?.schema.as_ref())
    }

    /// The schema of a successful answer.
    fn answered(&self) -> Option<&Raw> {
        let answer = self.responses.get("200").or_else(|| self.responses.get("201"))?;
        json_schema(&answer.content).or(answer.schema.as_ref())
    }
}

fn json_schema(content: &IndexMap<String, Content>) -> Option<&Raw> {
    let json = content.iter().find(|(media, _)| media.contains("json")).or_else(|| content.iter().next());
    json.and_then(|(_, content)| content.schema.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &str) -> Vec<Made> {
        tables(text, &[]).unwrap().0
    }

    /// A document with one table whose row has these properties, in JSON.
    fn api(version: &str, properties: &str, schemas: &str) -> String {
        format!(
            r##"{{"openapi":"{version}","paths":{{"/tables/thing":{{"post":{{"requestBody":{{"content":{{"application/json":
            {{"schema":{{"$ref":"#/components/schemas/Thing"}}}}}}}}}}}}}},"components":{{"schemas":{{"Thing":
            {{"type":"object","properties":{{"id":{{"type":"string"}},{properties}}}}}{schemas}}}}}}}"##
        )
    }

    fn property(text: &str, name: &str) -> String {
        let made = made(text);
        let document = &made[0].document;
        let required = if document.required.iter().any(|other| other == name) { "required " } else { "" };
        format!("{required}{}", serde_json::to_string(&document.properties[name]).unwrap())
    }

    #[test]
    fn each_form_of_a_property_becomes_its_column() {
        let state = r#","State":{"type":"string","enum":["open","done"],"description":"How it is."}"#;
        let numbers = r#","State":{"type":"integer","enum":[0,1],"x-enumNames":["Open","Done"]}"#;
        let place = r##","Place":{"type":"object","required":["lat"],"properties":{"lat":{"type":"number"},"near":{"$ref":"#/components/schemas/Place"}}}"##;
        for (version, schema, schemas, expected) in [
            ("3.0.0", r#"{"type":"boolean"}"#, "", r#"required {"type":"boolean"}"#),
            (
                "3.0.0",
                r#"{"type":"integer","format":"int32","nullable":true}"#,
                "",
                r#"{"type":["integer","null"],"format":"int32"}"#,
            ),
            (
                "3.0.0",
                r#"{"type":"integer","format":"byte","minimum":0.0,"maximum":9}"#,
                "",
                r#"required {"type":"integer","format":"uint8","minimum":0,"maximum":9}"#,
            ),
            (
                "3.0.0",
                r#"{"type":"integer","minimum":1,"exclusiveMinimum":true}"#,
                "",
                r#"required {"type":"integer","exclusiveMinimum":1}"#,
            ),
            (
                "3.1.0",
                r#"{"type":"integer","exclusiveMinimum":1}"#,
                "",
                r#"required {"type":"integer","exclusiveMinimum":1}"#,
            ),
            (
                "3.1.1",
                r#"{"type":["null","integer","string"],"format":"int64","pattern":"^-?"}"#,
                "",
                r#"{"type":["integer","null"],"format":"int64"}"#,
            ),
            (
                "3.0.0",
                r#"{"type":"number","format":"decimal"}"#,
                "",
                r#"required {"type":"number","format":"decimal"}"#,
            ),
            (
                "3.0.0",
                r#"{"type":"number","format":"double","maximum":1.7976931348623157e308}"#,
                "",
                r#"required {"type":"number","format":"double"}"#,
            ),
            ("3.0.0", r#"{"type":"string","format":"guid"}"#, "", r#"required {"type":"string","format":"uuid"}"#),
            (
                "3.0.0",
                r#"{"type":"string","maxLength":80,"minLength":0,"nullable":true}"#,
                "",
                r#"{"type":["string","null"],"maxLength":80}"#,
            ),
            (
                "3.1.0",
                r#"{"type":["null","string"],"format":"date-time"}"#,
                "",
                r#"{"type":["string","null"],"format":"date-time"}"#,
            ),
            ("3.0.0", r##"{"$ref":"#/components/schemas/State"}"##, state, r##"required {"$ref":"#/$defs/State"}"##),
            (
                "3.0.0",
                r##"{"nullable":true,"oneOf":[{"$ref":"#/components/schemas/State"}]}"##,
                state,
                r##"{"anyOf":[{"$ref":"#/$defs/State"},{"type":"null"}]}"##,
            ),
            (
                "3.1.0",
                r##"{"oneOf":[{"type":"null"},{"$ref":"#/components/schemas/State"}]}"##,
                state,
                r##"{"anyOf":[{"$ref":"#/$defs/State"},{"type":"null"}]}"##,
            ),
            (
                "3.0.0",
                r##"{"allOf":[{"$ref":"#/components/schemas/State"}],"description":"d"}"##,
                numbers,
                r##"required {"$ref":"#/$defs/State","description":"d"}"##,
            ),
            ("3.0.0", r##"{"$ref":"#/components/schemas/Place"}"##, place, r##"required {"$ref":"#/$defs/Place"}"##),
            (
                "3.0.0",
                r#"{"type":"array","items":{"type":"string"},"nullable":true}"#,
                "",
                r#"{"type":["array","null"],"items":{"type":"string"}}"#,
            ),
            ("3.0.0", "{}", "", "{}"),
        ] {
            let text = api(version, &format!(r#""it":{schema}"#), schemas);
            assert_eq!(property(&text, "it"), expected, "{schema}");
            let all = made(&text);
            let written = all[0].document.to_text();
            synctable_codegen::document::Documents::parse("thing.json", &written)
                .unwrap_or_else(|error| panic!("{schema}: {error}\n{written}"));
        }
        let named = made(&api("3.0.0", r##""it":{"$ref":"#/components/schemas/State"}"##, numbers));
        let state = &named[0].document.defs["State"];
        assert_eq!(serde_json::to_string(state).unwrap(), r#"{"type":"string","enum":["Open","Done"]}"#);
        assert!(named[0].notes[0].message.contains("by their names"), "{:?}", named[0].notes);
    }

    #[test]
    fn what_is_no_service_of_tables_is_refused() {
        for (text, part) in [
            ("openapi: 3.0.0", "YAML is not read"),
            ("{}", "neither `openapi` nor `swagger`"),
            (r#"{"openapi":"4.0.0"}"#, "version 4.0.0"),
            (r#"{"openapi":"3.0.0","paths":{"/weather":{"get":{}}}}"#, "no path describes rows"),
            (r#"{"openapi":"3.0.0","paths":{"/tables/thing":{"get":{}}}}"#, "`/tables/thing` describes no row"),
        ] {
            let error = tables(text, &[]).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
        let error = tables(&api("3.0.0", r#""a":{"type":"string"}"#, ""), &["nothing"]).unwrap_err();
        assert!(error.contains("the tables are: thing"), "{error}");
        let circle = r##","Other":{"allOf":[{"$ref":"#/components/schemas/Other"}]}"##;
        made(&api("3.0.0", r##""it":{"$ref":"#/components/schemas/Other"}"##, circle));
    }

    #[test]
    fn two_tables_share_the_types_that_are_the_same() {
        let row = |level: &str| {
            format!(
                r##"{{"allOf":[{{"properties":{{"id":{{"type":"string"}}}}}},{{"properties":{{
                "size":{{"$ref":"#/components/schemas/Size"}},"sizes":{{"type":"array","items":{{"$ref":"#/components/schemas/Size"}}}},
                "level":{{"$ref":"#/components/schemas/{level}.Level"}}}}}}]}}"##
            )
        };
        let path = |name: &str| {
            format!(
                r##""/tables/{name}":{{"post":{{"requestBody":{{"content":{{"application/json":{{"schema":{{"$ref":"#/components/schemas/{name}"}}}}}}}}}}}}"##
            )
        };
        let text = format!(
            r##"{{"openapi":"3.0.0","paths":{{{},{}}},"components":{{"schemas":{{"Job":{},"Part":{},
            "Size":{{"type":"string","enum":["S","L"]}},"A.Level":{{"type":"string","enum":["low"]}},"B.Level":{{"type":"string","enum":["high"]}}}}}}}}"##,
            path("Job"),
            path("Part"),
            row("A"),
            row("B")
        );
        let all = made(&text);
        let files: Vec<_> = all.iter().map(|made| (made.file_name(), made.document.to_text())).collect();
        let documents = synctable_codegen::document::Documents::parse_all(files.clone()).unwrap();
        assert_eq!(documents.tables().len(), 2);
        assert!(files[1].1.contains(r##""$ref": "job.json#/$defs/Size""##), "{}", files[1].1);
        assert_eq!(all[1].document.defs.keys().collect::<Vec<_>>(), ["PartLevel"]);
    }

    #[test]
    fn other_routes_and_swagger_2_are_read() {
        let text = r##"{"swagger":"2.0","paths":{
            "/api/todo":{"post":{"parameters":[{"in":"body","name":"item","schema":{"$ref":"#/definitions/App.TodoItem"}}]}},
            "/api/todo/{id}":{"get":{"responses":{"200":{"schema":{"$ref":"#/definitions/App.TodoItem"}}}}},
            "/api/health":{"get":{"responses":{"200":{"schema":{"type":"string"}}}}}},
            "definitions":{"App.TodoItem":{"type":"object","required":["title"],"properties":{
                "id":{"type":"string"},"title":{"type":"string"},"notes":{"type":"string"},"complete":{"type":"boolean"},
                "due":{"type":"string","format":"date-time","x-nullable":true},"updatedAt":{"type":"string","format":"date-time"}}}}}"##;
        let all = made(text);
        let [todo] = &all[..] else { panic!("one table: {all:?}") };
        assert_eq!(todo.document.title.as_deref(), Some("TodoItem"));
        assert_eq!((todo.table.as_str(), todo.document.sync.route.as_deref()), ("todo", Some("api/todo")));
        assert_eq!(todo.document.required, ["id", "title", "complete"]);
        assert_eq!(todo.document.properties.keys().collect::<Vec<_>>(), ["id", "title", "notes", "complete", "due"]);
        assert_eq!(todo.file_name(), "todo_item.json");
    }
}
