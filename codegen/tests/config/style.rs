//! What a configuration adds to the code, and what is wrong in one.

use serde_json::json;
use synctable_codegen::{Config, configure};
use tempfile::TempDir;

use super::{document, folder, text, with_columns};

fn schemas() -> TempDir {
    let job = json!({
        "title": "Job",
        "type": "object",
        "properties": {
            "id": { "type": "string" },
            "state": { "enum": ["open", "done"], "title": "State" },
            "type": { "type": "string" },
            "place": {
                "title": "Place",
                "type": "object",
                "properties": { "lat": { "type": "number" } },
            },
        },
        "required": ["id", "state", "type"],
        "x-sync": { "subsets": { "JobState": ["id", "state"] } },
    });
    folder(&[("job.json", job.to_string()), ("note.json", document("Note"))])
}

/// The code of an item, on one line.
fn item(config: &Config, name: &str) -> String {
    let text = text(config, &schemas()).unwrap();
    let file = syn::parse_file(&text).unwrap();
    let found = file.items.into_iter().find(|item| match item {
        syn::Item::Struct(item) => item.ident == name,
        syn::Item::Enum(item) => item.ident == name,
        _ => false,
    });
    quote::ToTokens::to_token_stream(&found.unwrap()).to_string().replace(' ', "")
}

#[test]
fn attributes_of_types_go_to_the_types_that_they_name() {
    let config = configure()
        .type_attribute("Job", "#[non_exhaustive]")
        .type_attribute("State", "#[cfg(all())] #[must_use]")
        .type_attribute("*", "#[doc(hidden)]");
    for (name, one, of_state) in [("Job", true, false), ("State", false, true), ("Place", false, false)] {
        let item = item(&config, name);
        assert_eq!(item.contains("#[non_exhaustive]"), one, "{item}");
        assert_eq!(item.contains("#[cfg(all())]#[must_use]"), of_state, "{item}");
        assert!(item.contains("#[doc(hidden)]"), "{item}");
    }
    assert!(item(&config, "JobState").contains("#[doc(hidden)]"));
}

#[test]
fn attributes_of_fields_go_to_the_fields_that_they_name() {
    let config = configure()
        .field_attribute("Job.type", "#[one]")
        .field_attribute("Note", "#[two]")
        .field_attribute("*.id", "#[three]")
        .field_attribute("*", "#[four]")
        .field_attribute("State.Open", "#[five]");
    let job = item(&config, "Job");
    assert!(job.contains("#[one]#[four]pubr#type:String"), "{job}");
    assert!(job.contains("#[three]#[four]pubid:"), "{job}");
    assert_eq!((job.matches("#[one]").count(), job.matches("#[two]").count()), (1, 0), "{job}");
    assert_eq!(item(&config, "Note").matches("#[two]").count(), 2);
    assert_eq!(item(&config, "JobState").matches("#[three]").count(), 1);
    assert!(item(&config, "Place").contains("#[four]publat:"));
    let state = item(&config, "State");
    assert!(state.contains("#[five]Open") && !state.contains("#[four]"), "{state}");
}

#[test]
fn derives_go_to_every_type_but_not_twice() {
    let config = configure().derive("Eq").derive("serde::Serialize");
    assert!(item(&config, "Note").contains("#[derive(Debug,Clone,PartialEq,Default,Eq,serde::Serialize)]"));
    let state = item(&config, "State");
    assert!(state.contains("#[derive(Debug,Clone,Copy,PartialEq,Eq,Hash,Default,serde::Serialize)]"), "{state}");
    // The object has serde's traits already, by the path of the runtime.
    assert_eq!(item(&config, "Place").matches("Serialize").count(), 1);
}

#[test]
fn a_type_of_the_app_takes_the_place_of_a_generated_one() {
    let config = configure().extern_type("State", "crate::work::State").extern_type("Place", "geo::Point");
    let job = item(&config, "Job");
    assert!(job.contains("pubstate:crate::work::State"), "{job}");
    assert!(job.contains("pubplace:Option<geo::Point>"), "{job}");
    let text = text(&config, &schemas()).unwrap();
    assert!(!text.contains("pub enum State") && !text.contains("pub struct Place"), "{text}");
}

#[test]
fn a_subset_is_a_narrow_struct() {
    let config = configure().subset("JobType", "Job", ["type", "id"]);
    let subset = item(&config, "JobType");
    assert!(
        subset.ends_with(
            "pubstructJobType{#[doc=\"Thecolumn`type`.\"]pubr#type:String,#[doc=\"Therow'sid.\"]pubid:::synctable::Id,}"
        ),
        "{subset}"
    );
    let code = text(&config, &schemas()).unwrap();
    assert!(code.contains("impl ::synctable::__private::ColumnSubset<Job> for JobType"), "{code}");
}

#[test]
fn the_path_of_the_runtime_stands_in_for_synctable() {
    let code = text(&configure().runtime_path("crate::deps::sync"), &schemas()).unwrap();
    assert!(code.contains("crate::deps::sync::__private::generated_by!"), "{code}");
    assert!(!code.contains("::synctable"), "{code}");
}

/// Each wrong text with what the error says of it.
#[test]
fn wrong_texts_are_errors_that_name_them_and_all_come_out() {
    type Change = fn(Config) -> Config;
    let wrong: [(Change, &str); 22] = [
        (
            |c| c.type_attribute("Jop", "#[a]"),
            "type attribute: no generated type has the name `Jop`: did you mean `Job`?",
        ),
        (
            |c| c.type_attribute("Job", "non_exhaustive"),
            "type attribute of `Job`: `non_exhaustive` is no attribute such as",
        ),
        (|c| c.type_attribute("Job", "#[a"), "type attribute of `Job`: `#[a` is no attribute"),
        (|c| c.type_attribute("*", " "), "type attribute of `*`: the text is empty"),
        (
            |c| c.field_attribute("Job.tipe", "#[a]"),
            "field attribute of `Job.tipe`: there is no field `tipe`: did you mean `type`?",
        ),
        (|c| c.field_attribute("Jop.type", "#[a]"), "field attribute: no generated type has the name `Jop`"),
        (|c| c.field_attribute("*.tipe", "#[a]"), "field attribute of `*.tipe`: there is no field `tipe`"),
        (|c| c.field_attribute("*", "#![a]"), "field attribute of `*`: `#![a]` is no attribute"),
        (|c| c.derive("Eq, Hash"), "derive: `Eq, Hash` is no path"),
        (|c| c.derive(""), "derive: `` is no path"),
        (
            |c| c.extern_type("Stat", "a::B"),
            "extern type: no document has a type `Stat` inside a column: did you mean `State`?",
        ),
        (|c| c.extern_type("Job", "a::B"), "extern type: no document has a type `Job` inside a column"),
        (|c| c.extern_type("State", "a::"), "extern type `State`: `a::` is no path of a type"),
        (|c| c.runtime_path("a b"), "runtime path: `a b` is no path"),
        (|c| c.subset("job", "Job", ["a b"]), "subset `job`: there is no column `a b`"),
        (|c| c.subset("A b", "Job", ["id"]), "subset `A b`: `A b` is no name of a struct"),
        (|c| c.subset("A", "Jop", ["id"]), "subset `A`: no document has the struct `Jop`: did you mean `Job`?"),
        (|c| c.subset("State", "Job", ["id"]), "subset `State`: another generated type has that name"),
        (|c| c.subset("Note", "Job", ["id"]), "subset `Note`: another generated type has that name"),
        (|c| c.subset("A", "Job", ["id", "stat"]), "subset `A`: there is no column `stat`: did you mean `state`?"),
        (|c| c.subset("A", "Job", ["id", "id"]), "subset `A`: the column `id` stands twice"),
        (|c| c.subset("A", "Job", [""; 0]), "subset `A`: it has no columns"),
    ];
    for (change, expected) in &wrong {
        let error = text(&change(configure()), &schemas()).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}\n{error}");
    }
    let all = wrong.iter().fold(configure(), |config, (change, _)| change(config));
    let error = text(&all, &schemas()).unwrap_err().to_string();
    // A later `extern_type` of a name takes the place of an earlier one, and so does `runtime_path`.
    assert!(error.lines().count() > wrong.len(), "{error}");
    assert!(wrong.iter().all(|(_, expected)| error.contains(expected)), "{error}");
}

#[test]
fn a_type_of_the_app_has_no_default_but_its_own() {
    let level = json!({ "level": { "enum": ["low", "high"], "default": "high", "title": "Level" } });
    let schemas = folder(&[("a.json", with_columns("Ant", &level))]);
    assert!(text(&configure(), &schemas).is_ok());
    let error = text(&configure().extern_type("Level", "crate::Level"), &schemas).unwrap_err().to_string();
    assert!(error.contains("extern type: column `level`: "), "{error}");
}
