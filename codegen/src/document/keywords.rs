//! The words of JSON Schema, and ours.

use crate::diagnostics::distance;

/// Our keyword.
pub(super) const SYNC: &str = "x-sync";

/// Whether JSON Schema, OpenAPI or a vendor gives the name a meaning.
pub(super) fn is_keyword(name: &str) -> bool {
    name.starts_with('$') || name == SYNC || name.starts_with("x-") && !is_near_sync(name) || KEYWORDS.contains(&name)
}

/// Whether a name looks like ours misspelt; vendors have short names too.
pub(super) fn is_near_sync(name: &str) -> bool {
    name != SYNC && distance(name, SYNC) <= 2
}

/// The keywords of JSON Schema (draft 2020-12) and of OpenAPI 3 schemas.
pub(super) const KEYWORDS: [&str; 57] = [
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "definitions",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "deprecated",
    "description",
    "discriminator",
    "else",
    "enum",
    "example",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "format",
    "id",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "readOnly",
    "required",
    "then",
    "title",
    "type",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
    "writeOnly",
    "xml",
    "additionalItems",
];
