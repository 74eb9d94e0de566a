use synctable::SyncTable;

/// A value inside a JSON column.
#[derive(Debug, Clone, PartialEq, Default, ::synctable::__private::serde::Serialize, ::synctable::__private::serde::Deserialize)]
#[serde(crate = "::synctable::__private::serde", deny_unknown_fields)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub struct Detail {
    /// The member `text`.
    pub text: String,
}

::synctable::__private::json_shape!(Detail, "Detail", "{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"}},\"required\":[\"text\"],\"additionalProperties\":false}", [String]);

/// A point on a map.
#[derive(Debug, Clone, PartialEq, Default, ::synctable::__private::serde::Serialize, ::synctable::__private::serde::Deserialize)]
#[serde(crate = "::synctable::__private::serde")]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub struct Point {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    #[serde(rename = "lonDegrees")]
    pub lon_degrees: f64,
    /// The member `height`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<f64>,
    /// The member `details`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Vec<Detail>>,
    /// The member `type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    /// Points that are near.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<Vec<Point>>,
    /// The member `mark`.
    pub mark: Option<i64>,
    /// The member `note`.
    #[serde(default, skip_serializing_if = "::synctable::JsonValue::is_null")]
    pub note: ::synctable::JsonValue,
    /// The members that have no field here.
    #[serde(flatten)]
    pub other_members: ::std::collections::BTreeMap<String, ::synctable::JsonValue>,
}

::synctable::__private::json_shape!(Point, "Point", "{\"description\":\"A point on a map.\",\"type\":\"object\",\"properties\":{\"lat\":{\"description\":\"Degrees north.\",\"type\":\"number\"},\"lonDegrees\":{\"description\":\"Degrees east.\",\"type\":\"number\"},\"height\":{\"type\":[\"number\",\"null\"]},\"details\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/Detail\"}},\"type\":{\"type\":\"string\"},\"near\":{\"description\":\"Points that are near.\",\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/Point\"}},\"mark\":{\"type\":[\"integer\",\"null\"]},\"note\":{}},\"required\":[\"lat\",\"lonDegrees\",\"mark\"]}", [f64, f64, Option<f64>, Option<Vec<Detail>>, Option<String>, Option<Vec<Point>>, Option<i64>, ::synctable::JsonValue]);

/// A table with objects, lists and maps.
#[derive(Debug, Clone, PartialEq, Default, SyncTable)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub struct Place {
    /// The row's id.
    pub id: ::synctable::Id,
    /// Where it is.
    #[sync(json)]
    pub at: Point,
    /// The way there.
    #[sync(json)]
    pub way: Option<Vec<Point>>,
    /// The column `marks`.
    #[sync(json)]
    pub marks: Option<Vec<Option<i64>>>,
    /// The column `counts`.
    #[sync(json, default)]
    pub counts: ::std::collections::BTreeMap<String, i64>,
    /// Anything.
    #[sync(json)]
    pub extra: ::synctable::JsonValue,
    /// The column `words`.
    #[sync(json, default = ::synctable::__private::from_json("[\"a\"]")?)]
    pub words: Vec<String>,
}
