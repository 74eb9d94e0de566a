//! Where only the reference server differs from recorded ones on purpose.

use crate::peer::recordings::Difference;

pub(super) const V3: [Difference; 3] = [
    (
        "create",
        "empty id",
        "an empty id is replaced by a generated one; the real server breaks with 500 and keeps the row",
    ),
    ("update", "PATCH unknown member", "an unknown member of a PATCH is 400; the real server breaks with 500"),
    ("edges", "$count=TRUE", "the value counts in any case, as on the Toolkit; the real server breaks with 500"),
];

const BAD_QUERY: &str = "a query that cannot be read is 400; the real server answers 500, which looks transient";
const BAD_BODY: &str =
    "a body that does not fit is 400 and says why; the real server answers 500, which looks transient";
const EMPTY: &str = "the function is computed; the real server's database makes it select nothing";
const COMPUTED: &str = "the function is computed; the real server breaks with 500, its database does not know it";
const HEAD: &str = "HEAD is answered as GET without the body; the real server breaks with 500";
const TRUTHY: &str = "what JavaScript takes for true is stored as true; the real server stores the text, which then equals no truth value";
const NESTED: &str =
    "a nested value in a text column is kept as its JSON text; the real server keeps '[object Object]'";

pub(super) const NODE: [Difference; 32] = [
    ("create", "unknown member", BAD_BODY),
    ("create", "array body", BAD_BODY),
    ("create", "text/plain", BAD_BODY),
    ("update", "PATCH empty", BAD_BODY),
    ("update", "PATCH unknown member", BAD_BODY),
    ("list", "top negative", "a negative $top is 400; the real server then returns the whole table"),
    ("list", "filter bool", TRUTHY),
    ("list", "filter not", TRUTHY),
    ("list", "order by unknown", BAD_QUERY),
    ("list", "select unknown", BAD_QUERY),
    ("list", "startswith", EMPTY),
    ("list", "endswith", EMPTY),
    ("list", "contains", BAD_QUERY),
    ("list", "substringof", EMPTY),
    ("list", "in", BAD_QUERY),
    ("list", "unknown column", BAD_QUERY),
    ("list", "syntax error", BAD_QUERY),
    ("list", "unknown function", BAD_QUERY),
    ("incremental", "plain literal", BAD_QUERY),
    ("incremental", "other generation's literal", BAD_QUERY),
    ("edges", "HEAD row", HEAD),
    ("edges", "HEAD list", HEAD),
    ("edges", "in list of 30", BAD_QUERY),
    ("edges", "in list of 90", BAD_QUERY),
    ("edges", "in list of 200", BAD_QUERY),
    ("types", "nested object in text", NESTED),
    ("types", "nested object in text: read back", NESTED),
    ("types", "filter year", COMPUTED),
    ("types", "filter mod", COMPUTED),
    ("types", "filter length", COMPUTED),
    ("types", "filter indexof", "the arguments stand in their order; the real server turns them"),
    ("types", "filter enum/in", BAD_QUERY),
];
