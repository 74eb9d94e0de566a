//! From a struct to the model of its table.

use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Data, DeriveInput, Field, Fields, FieldsNamed};

use super::Reading;
use super::attr::{Options, SerdeName, Target, docs, serde_names, serde_skips};
use crate::diagnostics::{Diagnostics, Mistake};
use crate::model::names::{Case, table_of};
use crate::model::rule::Rule;
use crate::model::{
    ColumnModel, DefaultModel, FieldModel, Form, Name, Reference, Role, SystemColumn, TableKind, TableModel, check,
};

/// Reads and checks the table of a struct. With mistakes the model is what could be made of it.
pub(super) fn model(input: &DeriveInput) -> Reading<TableModel> {
    let mut diagnostics = Diagnostics::new();
    let options = Options::read(&input.attrs, Target::Table, &mut diagnostics);
    if let Some(parameter) = input.generics.params.first() {
        diagnostics.error(parameter.span(), "a table's struct has no parameters: write out the types of its fields");
    }
    let case = options.case(&mut diagnostics).unwrap_or(Case::Camel);
    let named = named_fields(input);
    let mut unsound = Vec::new();
    let fields = named.iter().flat_map(|named| &named.named).map(|field| {
        let before = diagnostics.count();
        let model = field_model(field, case, &mut diagnostics);
        if diagnostics.count() > before {
            unsound.push(model.rust.clone());
        }
        model
    });
    let fields = fields.collect();
    let on_insert = options.constants("on_insert", &mut diagnostics);
    let table = TableModel {
        fields,
        name: options.text("table").unwrap_or_else(|| Name {
            text: table_of(&input.ident.unraw().to_string()),
            place: input.ident.span().into(),
        }),
        docs: docs(&input.attrs),
        rust: input.ident.clone(),
        visibility: input.vis.to_token_stream(),
        runtime: super::runtime(&options),
        route: options.text("route"),
        kind: if options.flag("local").is_some() { TableKind::Local } else { TableKind::Synced },
        narrow: options.flag("narrow").map(Into::into),
        hard_delete: options.flag("hard_delete").map(Into::into),
        keep_deleted: options.flag("keep_deleted").map(Into::into),
        on_insert,
    };
    match named {
        Ok(named) => {
            check::table(&table, &mut diagnostics);
            serde_agrees(input, named, &table, &mut diagnostics);
        }
        Err(found) => {
            let message =
                format!("found {found}: `SyncTable` is derived for structs with named fields, one of them `id: Id`");
            diagnostics.error(input.ident.span(), message);
        }
    }
    Reading { model: table, unsound, mistakes: diagnostics.into_mistakes() }
}

/// The fields of a struct that has named ones; else what was found.
pub(super) fn named_fields(input: &DeriveInput) -> Result<&FieldsNamed, &'static str> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(fields),
            Fields::Unnamed(_) => Err("a tuple struct"),
            Fields::Unit => Err("a unit struct"),
        },
        Data::Enum(_) => Err("an enum"),
        Data::Union(_) => Err("a union"),
    }
}

fn field_model(field: &Field, case: Case, diagnostics: &mut Diagnostics) -> FieldModel {
    let options = Options::read(&field.attrs, Target::Field, diagnostics);
    let rust = field.ident.clone().expect("a named field has a name");
    FieldModel {
        docs: docs(&field.attrs),
        visibility: field.vis.to_token_stream(),
        ty: field.ty.to_token_stream(),
        place: field.ty.span().into(),
        role: role(&rust, &options, case, diagnostics),
        rust,
    }
}

/// Why an id has no rules of the app.
const OF_ID: &str = "every id has 1 to 255 characters and no rule besides";

fn role(rust: &syn::Ident, options: &Options, case: Case, diagnostics: &mut Diagnostics) -> Role {
    const ALL: [&str; 11] =
        ["rename", "index", "skip", "local", "default", "system", "json", "references", "was", "id", "merge"];
    let rules = || Rule::LENGTHS.into_iter().chain(Rule::NUMBERS).collect::<Vec<_>>();
    let name = rust.unraw().to_string();
    options.exclude("skip", &ALL, "a skipped field is no column", diagnostics);
    options.exclude("skip", &rules(), "a skipped field is never written", diagnostics);
    if options.flag("skip").is_some() {
        return Role::Skipped;
    }
    options.exclude("id", &ALL, "the id is always the column `id`", diagnostics);
    options.exclude("id", &rules(), OF_ID, diagnostics);
    if options.flag("id").is_some() {
        return Role::Id;
    }
    if name == "id" {
        options.refuse(&ALL, "the field `id` is the row's id", diagnostics);
        options.refuse(&rules(), OF_ID, diagnostics);
        return Role::Id;
    }
    options.exclude("system", &ALL, "the server decides what a system column is", diagnostics);
    options.exclude("system", &rules(), "only the server writes a system column", diagnostics);
    if let Some(span) = options.flag("system") {
        if let Some(system) = SystemColumn::ALL.into_iter().find(|system| system.rust_name() == name) {
            return Role::System(system);
        }
        let names: Vec<_> = SystemColumn::ALL.iter().map(|system| format!("`{}`", system.rust_name())).collect();
        diagnostics.error(span, format!("no system column is named `{name}`: there are {}", names.join(", ")));
        return Role::Skipped;
    }
    options.exclude("json", &["index"], "JSON has no order", diagnostics);
    options.exclude("json", &["references"], "JSON is no id", diagnostics);
    options.exclude("json", &rules(), "JSON is neither text nor a number; let the type check its values", diagnostics);
    options.exclude("local", &["merge"], "a local-only column is never sent, so it has one side", diagnostics);
    if let (Some(_), Some(local), None) = (options.flag("json"), options.flag("local"), options.flag("default")) {
        let message = "a local-only JSON column needs a `default`: a pulled row has no value for it";
        diagnostics.error(local, message);
    }
    Role::Column(ColumnModel {
        wire: options.text("rename").unwrap_or_else(|| Name { text: case.of_field(&name), place: rust.span().into() }),
        was: options.texts("was"),
        form: if options.flag("json").is_some() { Form::Json } else { Form::Typed },
        index: options.flag("index").map(Into::into),
        local: options.flag("local").map(Into::into),
        default: options
            .flag("default")
            .map(|_| options.value("default").map_or(DefaultModel::OfType, DefaultModel::Expression)),
        references: options.value("references").map(|table| Reference { place: table.span().into(), table }),
        rules: options.rules(),
        merge: options.merge(),
    })
}

/// Reports columns to which serde's attributes give another name than `#[sync]` does.
fn serde_agrees(input: &DeriveInput, fields: &FieldsNamed, table: &TableModel, diagnostics: &mut Diagnostics) {
    let of_struct = serde_names(&input.attrs);
    for (field, model) in fields.named.iter().zip(&table.fields) {
        let sync = match &model.role {
            Role::Id => Name { text: "id".to_owned(), place: model.rust.span().into() },
            Role::Column(column) => column.wire.clone(),
            Role::System(system) => Name { text: system.wire_name().to_owned(), place: model.rust.span().into() },
            Role::Skipped => continue,
        };
        if serde_skips(&field.attrs) {
            continue;
        }
        let own = serde_names(&field.attrs);
        let names = if own.is_empty() { &of_struct } else { &own };
        let different = names.iter().find_map(|name| {
            let (text, span) = match name {
                SerdeName::Rename(text, span) if !own.is_empty() => (text.clone(), *span),
                SerdeName::RenameAll(case, span) if own.is_empty() => {
                    (case.of_field(&model.rust.unraw().to_string()), *span)
                }
                SerdeName::Rename(..) | SerdeName::RenameAll(..) => return None,
            };
            (text != sync.text).then_some((text, span))
        });
        if let Some((serde, span)) = different {
            let message = format!(
                "serde names this column `{serde}` and synctable names it `{}`: give both one name, \
                 by `#[sync(rename = ..)]` or `#[sync(rename_all = ..)]`",
                sync.text
            );
            diagnostics.push(
                Mistake::new(sync.place, message).related(span, format!("serde's name `{serde}` comes from here")),
            );
        }
    }
}
