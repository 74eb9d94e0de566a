//! The shape of a table document as a file: what serde reads and writes, and the schema for editors.

use std::fmt;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

/// A table document: the JSON Schema of one row of a table.
///
/// Plain data for what makes documents; [`Documents`](super::Documents) reads and checks them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(
    title = "Table document",
    description = "The JSON Schema of one row of a table, and in `x-sync` what JSON Schema has no words for.",
    extend("unevaluatedProperties" = true)
)]
pub struct TableDocument {
    /// The schema of this document: `schemas/meta/table.schema.json`, or that of JSON Schema.
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The name of the struct, in PascalCase; without it the file's name gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The struct's doc comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A row is an object.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub types: Option<Types>,
    /// The columns by their names on the wire, in the order of the struct's fields.
    pub properties: IndexMap<String, Schema>,
    /// The columns that every row has; the others are optional unless they have a default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    /// Types that columns refer to by `$ref`.
    #[serde(rename = "$defs", alias = "definitions", default, skip_serializing_if = "IndexMap::is_empty")]
    pub defs: IndexMap<String, Schema>,
    /// What JSON Schema has no words for.
    #[serde(rename = "x-sync", default, skip_serializing_if = "TableKeywords::is_empty")]
    pub sync: TableKeywords,
}

/// What `x-sync` says of a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TableKeywords {
    /// The name on the server and in the store; the struct's name in lower case without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The path below the endpoint, such as `api/todo`; `tables/<name>` without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// Whether the table stays on the device: never queued, never pulled.
    #[serde(default, skip_serializing_if = "is_false")]
    pub local: bool,
    /// Whether the server's table has more columns than the document, which are not asked for.
    #[serde(default, skip_serializing_if = "is_false")]
    pub narrow: bool,
    /// Whether the device keeps deleted rows, which only queries that include them show.
    #[serde(default, skip_serializing_if = "is_false")]
    pub keep_deleted: bool,
    /// Constants that an insert sends for columns that are not in the document.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub on_insert: IndexMap<String, Value>,
    /// Whether the server keeps deleted rows as tombstones, so that other devices learn of them; true
    /// without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soft_delete: Option<bool>,
    /// Narrow structs over the table: their names and the wire names of their columns.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub subsets: IndexMap<String, Vec<String>>,
}

impl TableKeywords {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What `x-sync` says of a column or of a type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ColumnKeywords {
    /// The name of the struct's field, in snake_case; without it the wire name gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether the local store has an index on the column.
    #[serde(default, skip_serializing_if = "is_false")]
    pub index: bool,
    /// Whether the column stays on the device.
    #[serde(default, skip_serializing_if = "is_false")]
    pub local: bool,
    /// The table whose ids the column holds: its name, or the path of its struct for a table that has no
    /// document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub references: Option<String>,
    /// The wire names that the column had in earlier versions of the app.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub was: Vec<String>,
    /// What a three-way merge makes of the column when both sides changed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merge: Option<Merge>,
    /// The path of a Rust type of the app, in place of a generated one.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub rust_type: Option<String>,
    /// On an enum: the variant that keeps every other text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// On an enum: the names of variants by their texts, where the text gives none.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub variants: IndexMap<String, String>,
    /// On a type in `$defs`: whether it becomes a type of its own around the column's.
    #[serde(default, skip_serializing_if = "is_false")]
    pub newtype: bool,
}

impl ColumnKeywords {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a three-way merge makes of a column that both sides changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Merge {
    /// The device's value.
    Local,
    /// The server's value.
    Remote,
    /// The greater value.
    Max,
    /// The smaller value.
    Min,
    /// The server's value with the device's difference added.
    Sum,
    /// The items of both arrays.
    Union,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// A JSON Schema in a document; `true` and `{}` are any JSON.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Schema(pub Box<Member>);

/// The keywords of a schema that is an object.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Column", extend("unevaluatedProperties" = true))]
pub struct Member {
    /// A type elsewhere: `#/$defs/Name`, or `file.json#/$defs/Name`.
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The name of a generated type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The doc comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `boolean`, `integer`, `number`, `string`, `object`, `array`, or a list of one of them and `null`;
    /// of several, the column holds any JSON.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub types: Option<Types>,
    /// The form of a string or the width of a number: `date-time`, `date`, `time`, `uuid`, `byte`,
    /// `decimal`, `id`, `version`, `char`, `int8` … `int64`,
    /// `uint8` … `uint32`, `float`, `double`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// `base64` for bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    /// The texts of an enum.
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Value>>,
    /// The one text.
    #[serde(rename = "const", skip_serializing_if = "Option::is_none")]
    pub constant: Option<Value>,
    /// The texts of an enum, each a `const` with a description; or a type and `null`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<Schema>,
    /// A type and `null`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Schema>,
    /// One type, to give a `$ref` a description beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all_of: Vec<Schema>,
    /// `true` for a column that may be null, as OpenAPI 3.0 says it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub nullable: bool,
    /// What stands in for null and an absent member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The fewest code points of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u64>,
    /// The most code points of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// The smallest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub minimum: Option<Number>,
    /// The greatest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub maximum: Option<Number>,
    /// The number above which all values lie.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub exclusive_minimum: Option<Number>,
    /// The number below which all values lie.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub exclusive_maximum: Option<Number>,
    /// The number whose whole multiples the values are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub multiple_of: Option<Number>,
    /// The members of an object.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub properties: IndexMap<String, Schema>,
    /// The members that every object has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    /// Members that have no entry in `properties`: any without it, none for `false`, else of this schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_properties: Option<Additional>,
    /// The items of an array.
    #[serde(default, deserialize_with = "items", skip_serializing_if = "Option::is_none")]
    pub items: Option<Schema>,
    /// What JSON Schema has no words for.
    #[serde(rename = "x-sync", default, skip_serializing_if = "ColumnKeywords::is_empty")]
    pub sync: ColumnKeywords,
}

/// What `additionalProperties` says.
#[derive(Debug, Clone, PartialEq)]
pub enum Additional {
    /// `false`: no other members.
    None,
    /// Members of a schema; `true` is any.
    Of(Schema),
}

/// The types that a schema allows: one name, or a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Types(pub Vec<String>);

impl Schema {
    /// Makes a schema of its keywords.
    #[must_use]
    pub fn new(member: Member) -> Self {
        Self(Box::new(member))
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(SchemaVisitor)? {
            Additional::Of(schema) => Ok(schema),
            Additional::None => {
                Err(serde::de::Error::custom("`false` allows no value: write the schema of the values"))
            }
        }
    }
}

impl JsonSchema for Schema {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Schema".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let member = generator.subschema_for::<Member>();
        schemars::json_schema!({ "anyOf": [{ "const": true }, member] })
    }
}

impl Serialize for Additional {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_bool(false),
            Self::Of(schema) if *schema == Schema::default() => serializer.serialize_bool(true),
            Self::Of(schema) => schema.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Additional {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SchemaVisitor)
    }
}

impl JsonSchema for Additional {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AdditionalProperties".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let member = generator.subschema_for::<Member>();
        schemars::json_schema!({ "anyOf": [{ "type": "boolean" }, member] })
    }
}

/// Reads `items`. A list of schemas, which tuples had before `prefixItems`, says nothing of all items.
fn items<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Schema>, D::Error> {
    struct ItemsVisitor;

    impl<'de> Visitor<'de> for ItemsVisitor {
        type Value = Option<Additional>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            SchemaVisitor.expecting(f)
        }

        fn visit_bool<E: serde::de::Error>(self, any: bool) -> Result<Self::Value, E> {
            SchemaVisitor.visit_bool(any).map(Some)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            SchemaVisitor.visit_map(map).map(Some)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut schemas: A) -> Result<Self::Value, A::Error> {
            while schemas.next_element::<IgnoredAny>()?.is_some() {}
            Ok(None)
        }
    }

    // `false` is a tuple without further items.
    Ok(deserializer.deserialize_any(ItemsVisitor)?.and_then(|items| match items {
        Additional::Of(schema) => Some(schema),
        Additional::None => None,
    }))
}

struct SchemaVisitor;

impl<'de> Visitor<'de> for SchemaVisitor {
    type Value = Additional;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a schema: an object, or `true` for any JSON")
    }

    fn visit_bool<E>(self, any: bool) -> Result<Additional, E> {
        Ok(if any { Additional::Of(Schema::default()) } else { Additional::None })
    }

    // The map is handed on as it is, so that the place of a mistake inside stays known.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Additional, A::Error> {
        Member::deserialize(MapAccessDeserializer::new(map)).map(|member| Additional::Of(Schema::new(member)))
    }
}

impl Serialize for Types {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => serializer.serialize_str(one),
            list => list.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Types {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TypesVisitor;

        impl<'de> Visitor<'de> for TypesVisitor {
            type Value = Types;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a JSON type, or a list of names")
            }

            fn visit_str<E>(self, name: &str) -> Result<Types, E> {
                Ok(Types(vec![name.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Types, A::Error> {
                let mut types = Vec::new();
                while let Some(name) = names.next_element()? {
                    types.push(name);
                }
                Ok(Types(types))
            }
        }

        deserializer.deserialize_any(TypesVisitor)
    }
}

impl JsonSchema for Types {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Types".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names = ["boolean", "integer", "number", "string", "object", "array", "null"];
        schemars::json_schema!({
            "anyOf": [{ "enum": names }, { "type": "array", "items": { "enum": names }, "minItems": 1, "uniqueItems": true }]
        })
    }
}

impl TableDocument {
    /// The text of the document as a file: two spaces a level, a line end at the end.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Every part is text, numbers and maps by text, so that JSON can carry it.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// The JSON Schema of table documents, for editors: the text of `schemas/meta/table.schema.json`.
#[must_use]
pub fn meta_schema() -> String {
    let mut schema = schemars::schema_for!(TableDocument);
    schema.insert("$id".to_owned(), "table.schema.json".into());
    // The older name of `$defs` is read too.
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut)
        && let Some(defs) = properties.get("$defs").cloned()
    {
        properties.insert("definitions".to_owned(), defs);
    }
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}
