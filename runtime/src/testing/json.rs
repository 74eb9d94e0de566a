//! One value of a column, from the JSON of a body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::value::{ColumnType, Decimal, Value, parse_date, parse_guid, parse_instant, parse_single, parse_time};

/// What the member of a column has to be.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    /// The name of the member.
    pub name: &'a str,
    /// Its type.
    pub column_type: ColumnType,
    /// Whether it may be null.
    pub nullable: bool,
}

impl Column<'_> {
    /// What the column holds when a body does not name it: null, or what .NET has for its type.
    #[must_use]
    pub fn missing(&self) -> Value {
        if self.nullable {
            return Value::Null;
        }
        match self.column_type {
            ColumnType::Text => Value::Text(String::new()),
            ColumnType::Bool => Value::Bool(false),
            ColumnType::Int32 | ColumnType::Int64 => Value::Int(0),
            ColumnType::Single | ColumnType::Double => Value::Double(0.0),
            ColumnType::Decimal => Value::Decimal(Decimal::from(0_i64)),
            // 0001-01-01
            ColumnType::Instant => Value::Instant(-621_355_968_000_000_000),
            ColumnType::Date => Value::Date(-719_162),
            ColumnType::Time => Value::Time(0),
            ColumnType::Guid => Value::Guid("00000000-0000-0000-0000-000000000000".to_owned()),
            ColumnType::Bytes => Value::Bytes(Vec::new()),
            ColumnType::Json => Value::Json("null".to_owned()),
            ColumnType::Enum(names) => Value::Enum(names, 0),
        }
    }

    /// Reads the JSON text of the member.
    ///
    /// # Errors
    /// What was expected and what came.
    pub fn read(&self, json: &str) -> Result<Value, String> {
        if json == "null" && self.nullable {
            return Ok(Value::Null);
        }
        read_typed(self.column_type, json).ok_or_else(|| {
            let mut came: String = json.chars().take(40).collect();
            if came.len() < json.len() {
                came.push('…');
            }
            format!("member '{}' must be {}, not {came}", self.name, expected(self.column_type))
        })
    }
}

fn read_typed(column_type: ColumnType, json: &str) -> Option<Value> {
    let text = || serde_json::from_str::<String>(json).ok();
    // Numbers are also read from text (recorded: "9007199254740993" into a 64-bit column).
    let number = || {
        if json.starts_with('"') {
            text()
        } else {
            json.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then(|| json.to_owned())
        }
    };
    Some(match column_type {
        ColumnType::Text => Value::Text(text()?),
        ColumnType::Bool => Value::Bool(serde_json::from_str(json).ok()?),
        ColumnType::Int32 => Value::Int(i64::from(number()?.parse::<i32>().ok()?)),
        ColumnType::Int64 => Value::Int(number()?.parse().ok()?),
        ColumnType::Single => Value::Double(f64::from(parse_single(&number()?)?)),
        ColumnType::Double => Value::Double(number()?.parse().ok().filter(|number: &f64| number.is_finite())?),
        ColumnType::Decimal => Value::Decimal(Decimal::parse(&number()?)?),
        ColumnType::Instant => Value::Instant(parse_instant(&text()?)?),
        ColumnType::Date => Value::Date(parse_date(&text()?)?),
        ColumnType::Time => Value::Time(parse_time(&text()?)?),
        ColumnType::Guid => Value::Guid(parse_guid(&text()?)?),
        ColumnType::Bytes => Value::Bytes(STANDARD.decode(text()?).ok()?),
        ColumnType::Json => Value::Json(json.to_owned()),
        ColumnType::Enum(names) => match json.parse::<usize>() {
            // The place of a name is read too (protocol 6).
            Ok(place) => Value::Enum(names, i64::try_from(place).ok().filter(|_| place < names.len())?),
            Err(_) => Value::of_enum(names, &text()?)?,
        },
    })
}

fn expected(column_type: ColumnType) -> String {
    let known = match column_type {
        ColumnType::Text => "a string",
        ColumnType::Bool => "true or false",
        ColumnType::Int32 => "a whole number of 32 bits",
        ColumnType::Int64 => "a whole number of 64 bits",
        ColumnType::Single => "a number of 32 bits",
        ColumnType::Double => "a number",
        ColumnType::Decimal => "a decimal number of at most 28 digits",
        ColumnType::Instant => "an instant as yyyy-MM-ddTHH:mm:ss.fffZ",
        ColumnType::Date => "a day as yyyy-MM-dd",
        ColumnType::Time => "a time as HH:mm:ss.fff",
        ColumnType::Guid => "a uuid",
        ColumnType::Bytes => "base64",
        ColumnType::Json => "JSON",
        ColumnType::Enum(names) => return format!("one of {}", names.join(", ")),
    };
    known.to_owned()
}

/// Writes a text as JSON.
pub fn write_text(out: &mut String, text: &str) {
    // A string always serialises.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}
