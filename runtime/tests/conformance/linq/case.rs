//! One case: a query or a constant in a neutral form, and what becomes of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A case as the file has it; `README.md` beside the file explains the members.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) dialect: Option<Generation>,
    pub(crate) entity: Option<Entity>,
    #[serde(default)]
    pub(crate) query: Vec<Value>,
    pub(crate) value: Option<Constant>,
    pub(crate) expected: Option<String>,
    /// The text with the older client's own percent-encoding; ours has another, of the same meaning.
    #[serde(rename = "expectedRaw")]
    _expected_raw: Option<String>,
    include_parameters: Option<bool>,
    pub(crate) parameter_order: Option<Order>,
    pub(crate) result_count: Option<usize>,
    #[serde(default)]
    pub(crate) first_ids: Vec<String>,
    pub(crate) ratings: Option<Ratings>,
    pub(crate) dates: Option<Dates>,
    pub(crate) seed: Option<Seed>,
    #[serde(default)]
    pub(crate) precondition: Option<Value>,
    #[serde(rename = "reason")]
    _reason: Option<String>,
    #[serde(rename = "sources")]
    _sources: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Odata,
    Literal,
    Unsupported,
    Rejected,
    Results,
}

/// The generation of the client that a text is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Generation {
    #[serde(rename = "odata4")]
    Four,
    #[serde(rename = "odata3")]
    Three,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Entity {
    #[serde(rename = "kitchensink")]
    KitchenSink,
    #[serde(rename = "movies")]
    Movies,
    #[serde(rename = "idonly")]
    IdOnly,
    #[serde(rename = "ksv")]
    Ksv,
    #[serde(rename = "product_v2")]
    Product,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Order {
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Ratings {
    Enum,
    Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Dates {
    Date,
    Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum Seed {
    #[serde(rename = "kitchensink_days")]
    KitchenSinkDays,
    #[serde(rename = "kitchensink_countries")]
    KitchenSinkCountries,
}

/// A constant: its type and its value.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct Constant {
    pub(crate) t: ConstantType,
    pub(crate) v: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ConstantType {
    Bool,
    #[serde(alias = "sbyte")]
    Byte,
    #[serde(alias = "ushort")]
    Short,
    Int,
    UInt,
    Long,
    ULong,
    Float,
    Double,
    Decimal,
    String,
    Char,
    Null,
    Enum,
    Guid,
    Date,
    Time,
    DateTime,
    DateTimeOffset,
    List,
}

impl Case {
    /// Whether the text has the further parameters.
    pub(crate) fn has_parameters(&self) -> bool {
        self.include_parameters != Some(false)
    }

    /// Whether the movies of the newer suite can be asked, and whether those of the older.
    pub(crate) fn movies(&self) -> (bool, bool) {
        let newer = self.ratings == Some(Ratings::Enum) || self.dates == Some(Dates::Date);
        let older = self.ratings == Some(Ratings::Text) || self.dates == Some(Dates::Instant);
        if newer || older { (newer, older) } else { (true, true) }
    }

    /// The constants of a type anywhere in the query.
    pub(crate) fn constants(&self, wanted: ConstantType) -> Vec<Value> {
        fn collect(value: &Value, wanted: ConstantType, found: &mut Vec<Value>) {
            match value {
                Value::Array(items) => items.iter().for_each(|item| collect(item, wanted, found)),
                Value::Object(members) => {
                    if let Ok(constant) = serde_json::from_value::<Constant>(value.clone())
                        && constant.t == wanted
                    {
                        found.push(constant.v);
                    }
                    members.values().for_each(|member| collect(member, wanted, found));
                }
                _ => {}
            }
        }
        let mut found = Vec::new();
        self.query.iter().for_each(|step| collect(step, wanted, &mut found));
        found.extend(self.value.iter().filter(|value| value.t == wanted).map(|value| value.v.clone()));
        found
    }

    /// Whether an operator or a field of this name occurs.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        fn finds(value: &Value, name: &str) -> bool {
            match value {
                Value::String(text) => text == name,
                Value::Array(items) => items.iter().any(|item| finds(item, name)),
                _ => false,
            }
        }
        self.query.iter().any(|step| finds(step, name))
    }
}
