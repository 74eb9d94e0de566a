//! The parts of an OpenAPI document that tell of tables; members stay in their order.

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};

/// An OpenAPI document.
#[derive(Debug, Deserialize)]
pub(super) struct OpenApi {
    pub(super) openapi: Option<String>,
    pub(super) swagger: Option<String>,
    #[serde(default)]
    pub(super) paths: IndexMap<String, PathItem>,
    #[serde(default)]
    components: Components,
    /// The schemas of Swagger 2.0.
    #[serde(default)]
    definitions: IndexMap<String, Raw>,
}

#[derive(Debug, Default, Deserialize)]
struct Components {
    #[serde(default)]
    schemas: IndexMap<String, Raw>,
}

/// What can be done at a path.
#[derive(Debug, Deserialize)]
pub(super) struct PathItem {
    pub(super) get: Option<Operation>,
    pub(super) post: Option<Operation>,
    pub(super) put: Option<Operation>,
}

/// A verb of a path.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation {
    pub(super) request_body: Option<Body>,
    #[serde(default)]
    pub(super) parameters: Vec<Parameter>,
    #[serde(default)]
    pub(super) responses: IndexMap<String, Body>,
}

/// What is sent or answered.
#[derive(Debug, Deserialize)]
pub(super) struct Body {
    #[serde(default)]
    pub(super) content: IndexMap<String, Content>,
    /// In Swagger 2.0.
    pub(super) schema: Option<Raw>,
}

/// A body in one media type.
#[derive(Debug, Deserialize)]
pub(super) struct Content {
    pub(super) schema: Option<Raw>,
}

/// A parameter; that of a body counts, in Swagger 2.0.
#[derive(Debug, Deserialize)]
pub(super) struct Parameter {
    #[serde(rename = "in", default)]
    pub(super) place: String,
    pub(super) schema: Option<Raw>,
}

/// A schema as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Raw {
    #[serde(rename = "$ref")]
    pub(super) reference: Option<String>,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    #[serde(rename = "type", deserialize_with = "types")]
    pub(super) types: Vec<String>,
    pub(super) format: Option<String>,
    pub(super) nullable: bool,
    #[serde(rename = "x-nullable")]
    pub(super) x_nullable: bool,
    pub(super) read_only: bool,
    #[serde(rename = "enum")]
    pub(super) values: Vec<Value>,
    #[serde(rename = "x-enumNames", alias = "x-enum-varnames")]
    pub(super) enum_names: Vec<String>,
    pub(super) all_of: Vec<Raw>,
    pub(super) any_of: Vec<Raw>,
    pub(super) one_of: Vec<Raw>,
    pub(super) properties: IndexMap<String, Raw>,
    pub(super) required: Vec<String>,
    pub(super) items: Option<Box<Raw>>,
    /// NSwag writes the types of a schema inside it.
    pub(super) definitions: IndexMap<String, Raw>,
    pub(super) default: Option<Value>,
    pub(super) min_length: Option<u64>,
    pub(super) max_length: Option<u64>,
    pub(super) minimum: Option<Number>,
    pub(super) maximum: Option<Number>,
    /// A number, or in 3.0 whether the minimum is excluded.
    pub(super) exclusive_minimum: Option<Value>,
    pub(super) exclusive_maximum: Option<Value>,
    pub(super) multiple_of: Option<Number>,
}

/// One type or a list of them.
fn types<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Types {
        One(String),
        List(Vec<String>),
    }
    Ok(match Types::deserialize(deserializer)? {
        Types::One(name) => vec![name],
        Types::List(names) => names,
    })
}

impl OpenApi {
    /// Follows `$ref` to the schema and its name; where it leads nowhere, the schema that refers.
    pub(super) fn resolved<'a>(&'a self, raw: &'a Raw) -> (Option<&'a str>, &'a Raw) {
        let (mut name, mut raw) = (None, raw);
        for _ in 0..super::DEPTH {
            let Some(reference) = &raw.reference else { break };
            let Some((found, target)) = self.target(reference) else { break };
            (name, raw) = (Some(found), target);
        }
        (name, raw)
    }

    /// What a reference leads to: `#/components/schemas/Name`, `#/definitions/Name`, and below them
    /// `definitions/Name` and `properties/name`.
    fn target<'a>(&'a self, reference: &'a str) -> Option<(&'a str, &'a Raw)> {
        let mut tokens = reference.strip_prefix("#/")?.split('/');
        let (name, mut schema) = match (tokens.next()?, &self.components.schemas) {
            ("components", schemas) => {
                (tokens.next()? == "schemas").then_some(())?;
                schemas.get_key_value(unescaped(tokens.next()?).as_str())?
            }
            ("definitions", _) => self.definitions.get_key_value(unescaped(tokens.next()?).as_str())?,
            _ => return None,
        };
        let mut name = name.as_str();
        while let Some(token) = tokens.next() {
            let among = match token {
                "definitions" | "$defs" => &schema.definitions,
                "properties" => &schema.properties,
                _ => return None,
            };
            let (found, below) = among.get_key_value(unescaped(tokens.next()?).as_str())?;
            (name, schema) = (found, below);
        }
        Some((name, schema))
    }
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// The schema of the rows of a list: an array, or an object with `items`.
pub(super) fn item_of_list<'a>(api: &'a OpenApi, list: &'a Raw) -> Option<&'a Raw> {
    let (_, list) = api.resolved(list);
    if let Some(items) = &list.items {
        return Some(items);
    }
    let (_, rows) = api.resolved(list.properties.get("items")?);
    rows.items.as_deref()
}
