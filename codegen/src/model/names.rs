//! The names of a column: its Rust name, and its one name on the wire and in SQL.

/// A rule that makes wire names of Rust names: serde's eight cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    const NAMES: [(&'static str, Self); 8] = [
        ("lowercase", Self::Lower),
        ("UPPERCASE", Self::Upper),
        ("PascalCase", Self::Pascal),
        ("camelCase", Self::Camel),
        ("snake_case", Self::Snake),
        ("SCREAMING_SNAKE_CASE", Self::ScreamingSnake),
        ("kebab-case", Self::Kebab),
        ("SCREAMING-KEBAB-CASE", Self::ScreamingKebab),
    ];

    /// The case of that name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, case)| *case)
    }

    /// The names of all cases.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(name, _)| *name)
    }

    /// The wire name of a field, whose Rust name is in snake case.
    pub(crate) fn of_field(self, field: &str) -> String {
        match self {
            Self::Lower | Self::Snake => field.to_owned(),
            Self::Upper | Self::ScreamingSnake => field.to_ascii_uppercase(),
            Self::Pascal => pascal(field),
            Self::Camel => decapitalized(&pascal(field)),
            Self::Kebab => field.replace('_', "-"),
            Self::ScreamingKebab => field.to_ascii_uppercase().replace('_', "-"),
        }
    }

    /// The wire name of a variant, whose Rust name is in Pascal case.
    pub(crate) fn of_variant(self, variant: &str) -> String {
        match self {
            Self::Lower => variant.to_ascii_lowercase(),
            Self::Upper => variant.to_ascii_uppercase(),
            Self::Pascal => variant.to_owned(),
            Self::Camel => decapitalized(variant),
            Self::Snake => snake(variant),
            Self::ScreamingSnake => snake(variant).to_ascii_uppercase(),
            Self::Kebab => snake(variant).replace('_', "-"),
            Self::ScreamingKebab => snake(variant).to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn pascal(snake: &str) -> String {
    let mut pascal = String::with_capacity(snake.len());
    let mut capitalize = true;
    for c in snake.chars() {
        if c == '_' {
            capitalize = true;
        } else if std::mem::take(&mut capitalize) {
            pascal.push(c.to_ascii_uppercase());
        } else {
            pascal.push(c);
        }
    }
    pascal
}

fn decapitalized(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + chars.as_str())
}

fn snake(pascal: &str) -> String {
    let mut snake = String::with_capacity(pascal.len() + 4);
    for (index, c) in pascal.char_indices() {
        if index > 0 && c.is_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// The name of a field for a wire name in any case, such as `due_at` for `dueAt` and `Due-At`.
#[cfg(feature = "schema")]
pub(crate) fn snake_of(wire: &str) -> String {
    words(wire).join("_").to_lowercase()
}

/// The name of a type or a variant for a text in any case, such as `VeryHigh` for `very high`.
#[cfg(feature = "schema")]
pub(crate) fn pascal_of(text: &str) -> String {
    words(text)
        .iter()
        .map(|word| {
            let mut chars = word.chars();
            let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
            // A word in capitals alone, such as `HIGH`, is no abbreviation here.
            let rest = chars.as_str();
            let has_lower = word.chars().any(char::is_lowercase);
            if has_lower { first + rest } else { first + &rest.to_lowercase() }
        })
        .collect()
}

/// The name of a type for a title: the title itself if it is one in PascalCase.
#[cfg(feature = "schema")]
pub(crate) fn type_of(title: &str) -> String {
    let is_pascal = title.starts_with(char::is_uppercase) && title.chars().all(char::is_alphanumeric);
    if is_pascal { title.to_owned() } else { pascal_of(title) }
}

/// The words of a name: parts between what is no letter or digit, and at changes of case.
#[cfg(feature = "schema")]
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let chars: Vec<char> = name.chars().collect();
    let mut word = String::new();
    for (index, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
            continue;
        }
        let before = index.checked_sub(1).map(|before| chars[before]);
        let after = chars.get(index + 1);
        let starts = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if starts {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a text can be the name of a field, by itself or behind `r#`.
#[cfg(feature = "schema")]
pub(crate) fn is_field_name(name: &str) -> bool {
    name != "_"
        && (syn::parse_str::<syn::Ident>(name).is_ok() || syn::parse_str::<syn::Ident>(&format!("r#{name}")).is_ok())
}

/// Whether a text can be the name of a generated type or variant.
#[cfg(feature = "schema")]
pub(crate) fn is_type_name(name: &str) -> bool {
    name != "_" && syn::parse_str::<syn::Ident>(name).is_ok()
}

/// The identifier of a name, behind `r#` if it is a keyword of any edition.
#[cfg(feature = "schema")]
pub(crate) fn ident(name: &str) -> proc_macro2::Ident {
    let span = proc_macro2::Span::call_site();
    // A keyword since edition 2024, which syn does not count among them.
    if name == "gen" {
        return proc_macro2::Ident::new_raw(name, span);
    }
    syn::parse_str::<syn::Ident>(name).unwrap_or_else(|_| proc_macro2::Ident::new_raw(name, span))
}

/// The name of a table whose struct has this name: the .NET clients ask for it in lower case.
pub(crate) fn table_of(rust: &str) -> String {
    rust.to_lowercase()
}

/// The form in which names are compared: SQLite ignores the case of ASCII letters.
pub(crate) fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// Why a text cannot be the name of a table or a column; `None` if it can.
pub(crate) fn refusal(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("the name is empty".to_owned());
    }
    if let Some(prefix) = ["__", "sqlite_"].into_iter().find(|prefix| folded(name).starts_with(prefix)) {
        return Some(format!("`{name}` starts with `{prefix}`, which is reserved"));
    }
    let allowed = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if let Some(wrong) = name.chars().find(|c| !allowed(*c)) {
        return Some(format!("`{}` contains {wrong:?}: names are letters, digits, `_` and `-`", name.escape_debug()));
    }
    name.chars()
        .next()
        .filter(|first| first.is_numeric() || *first == '-')
        .map(|first| format!("`{name}` starts with {first:?}: names start with a letter or `_`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cases_are_those_of_serde() {
        let fields = [
            ("lowercase", "due_at_2nd", "due_at_2nd"),
            ("UPPERCASE", "due_at", "DUE_AT"),
            ("PascalCase", "due_at", "DueAt"),
            ("camelCase", "due_at", "dueAt"),
            ("camelCase", "_due__at_", "dueAt"),
            ("snake_case", "due_at", "due_at"),
            ("SCREAMING_SNAKE_CASE", "due_at", "DUE_AT"),
            ("kebab-case", "due_at", "due-at"),
            ("SCREAMING-KEBAB-CASE", "due_at", "DUE-AT"),
        ];
        for (case, field, wire) in fields {
            assert_eq!(Case::parse(case).unwrap().of_field(field), wire, "{case}");
        }
        let variants = [
            ("lowercase", "veryhigh"),
            ("UPPERCASE", "VERYHIGH"),
            ("PascalCase", "VeryHigh"),
            ("camelCase", "veryHigh"),
            ("snake_case", "very_high"),
            ("SCREAMING_SNAKE_CASE", "VERY_HIGH"),
            ("kebab-case", "very-high"),
            ("SCREAMING-KEBAB-CASE", "VERY-HIGH"),
        ];
        for (case, wire) in variants {
            assert_eq!(Case::parse(case).unwrap().of_variant("VeryHigh"), wire, "{case}");
        }
        assert_eq!(Case::names().count(), 8);
        assert_eq!(Case::parse("camelcase"), None);
    }

    #[cfg(feature = "schema")]
    #[test]
    fn names_of_rust_follow_from_any_case() {
        for (wire, field, name) in [
            ("dueAt", "due_at", "DueAt"),
            ("DueAt", "due_at", "DueAt"),
            ("due-at", "due_at", "DueAt"),
            ("DUE_AT", "due_at", "DueAt"),
            ("HTTPServer2", "http_server2", "HttpServer2"),
            ("very high", "very_high", "VeryHigh"),
            ("_x__y_", "x_y", "XY"),
            ("größe", "größe", "Größe"),
            ("type", "type", "Type"),
            ("2nd", "2nd", "2nd"),
            ("", "", ""),
        ] {
            assert_eq!((snake_of(wire).as_str(), pascal_of(wire).as_str()), (field, name), "{wire}");
        }
        assert!(is_field_name("type") && is_field_name("größe") && !is_field_name("2nd") && !is_field_name(""));
        assert!(!is_field_name("self") && !is_field_name("_") && !is_type_name("2nd") && !is_type_name("Self"));
        assert_eq!(ident("type").to_string(), "r#type");
    }

    #[test]
    fn names_that_the_store_or_the_wire_cannot_carry_are_refused() {
        for good in ["id", "dueAt", "DUE-AT", "_x", "größe", "a1"] {
            assert_eq!(refusal(good), None, "{good}");
        }
        for (bad, part) in [
            ("", "empty"),
            ("__op", "`__`"),
            ("SQLite_x", "`sqlite_`"),
            ("a b", "' '"),
            ("a\"b", "'\"'"),
            ("a\u{0}", "\\0"),
            ("1st", "starts with '1'"),
            ("-a", "starts with '-'"),
        ] {
            assert!(refusal(bad).is_some_and(|why| why.contains(part)), "{bad:?}: {:?}", refusal(bad));
        }
        assert_eq!(folded("DueAt"), folded("DUEAT"));
        assert_eq!(table_of("TodoItem"), "todoitem");
    }
}
