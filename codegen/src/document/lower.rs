//! From tables as documents say them to the model that the generator eats.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use serde_json::Value;

use super::load::{At, Library};
use super::table::{Column, ColumnRole, Kind, Subset, Table, TypeCode, TypeItem, TypeShape};
use super::{default, file};
use crate::diagnostics::Place;
use crate::model::names::ident;
use crate::model::rule::{Merge, MergeModel, Number, Rule, RuleModel};
use crate::model::{
    ColumnModel, ConstantModel, ConstantValue, FieldModel, Form, MemberModel, Name, ObjectModel, Reference, Role,
    SubsetFieldModel, SubsetModel, SystemColumn, TableKind, TableModel, ValueModel, ValueShape, VariantModel, check,
};

/// Where the parts of a document stand.
pub(super) trait Places {
    /// The name of a member.
    fn key(&self, at: &At) -> Place;
    /// What a member holds.
    fn value(&self, at: &At) -> Place;
}

impl Places for Library {
    fn key(&self, at: &At) -> Place {
        self.key(at)
    }

    fn value(&self, at: &At) -> Place {
        self.value(at)
    }
}

/// Places of code that is written after all rules were found to hold.
pub(super) struct NoPlaces;

impl Places for NoPlaces {
    fn key(&self, _: &At) -> Place {
        proc_macro2::Span::call_site().into()
    }

    fn value(&self, _: &At) -> Place {
        proc_macro2::Span::call_site().into()
    }
}

/// A generated type that is no table.
pub(super) enum TypeModel {
    Value(ValueModel),
    Object(ObjectModel),
}

/// Holds what was read against the rules that the derives have too.
pub(super) fn check(library: &mut Library, tables: &[Table], types: &[TypeItem]) {
    let runtime = quote!(::synctable);
    for table in tables {
        for column in &table.columns {
            if let Some(why) = default::error(column, types) {
                let place = library.value(&column.at.child("default"));
                library.error("default", place, why, "write a value that the column can hold");
            }
        }
        let lowered = Lowering { places: &*library, runtime: &runtime, types, tables }.table(table);
        check::table(&lowered, &mut library.diagnostics);
    }
    for item in types {
        let lowered = Lowering { places: &*library, runtime: &runtime, types, tables }.type_item(item);
        if let TypeModel::Value(value) = lowered {
            check::value(&value, &mut library.diagnostics);
        }
    }
}

/// Makes models with one path of the runtime crate.
pub(super) struct Lowering<'a> {
    pub(super) places: &'a dyn Places,
    pub(super) runtime: &'a TokenStream,
    pub(super) types: &'a [TypeItem],
    pub(super) tables: &'a [Table],
}

impl Lowering<'_> {
    pub(super) fn table(&self, table: &Table) -> TableModel {
        let sync = table.at.child("x-sync");
        TableModel {
            rust: ident(&table.rust_name),
            docs: table.docs.clone(),
            visibility: quote!(pub),
            runtime: self.runtime.clone(),
            name: Name { text: table.name.clone(), place: self.places.value(&table.named_at) },
            route: table
                .route
                .as_ref()
                .map(|route| Name { text: route.clone(), place: self.places.value(&sync.child("route")) }),
            kind: if table.local { TableKind::Local } else { TableKind::Synced },
            hard_delete: (!table.soft_delete && !table.local).then(|| self.places.key(&sync.child("softDelete"))),
            narrow: table.narrow.then(|| self.places.key(&sync.child("narrow"))),
            keep_deleted: table.keep_deleted.then(|| self.places.key(&sync.child("keepDeleted"))),
            on_insert: table.on_insert.iter().filter_map(|(name, value)| self.constant(&sync, name, value)).collect(),
            fields: table.columns.iter().map(|column| self.field(table, column)).collect(),
        }
    }

    /// None for a value that no constant can be, which `read` reports.
    fn constant(&self, sync: &At, name: &str, value: &Value) -> Option<ConstantModel> {
        let value = match value {
            Value::Bool(value) => ConstantValue::Bool(*value),
            Value::String(text) => ConstantValue::Text(text.clone()),
            Value::Number(number) => match number.as_i64() {
                Some(value) => ConstantValue::Integer(value),
                None => ConstantValue::Float(number.as_f64().filter(|value| value.is_finite())?),
            },
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        let place = self.places.key(&sync.child("onInsert").child(name));
        Some(ConstantModel { name: Name { text: name.to_owned(), place }, value })
    }

    /// A subset and the fields of the table that it has.
    pub(super) fn subset<'t>(&self, subset: &Subset, table: &'t TableModel) -> (SubsetModel, Vec<&'t FieldModel>) {
        let fields: Vec<_> = subset.columns.iter().map(|place| &table.fields[*place]).collect();
        let model = SubsetModel {
            rust: ident(&subset.rust_name),
            runtime: self.runtime.clone(),
            table: table.rust.to_token_stream(),
            fields: fields
                .iter()
                .map(|field| SubsetFieldModel { rust: field.rust.clone(), ty: field.ty.clone(), place: field.place })
                .collect(),
        };
        (model, fields)
    }

    fn field(&self, table: &Table, column: &Column) -> FieldModel {
        let bare = code(&column.code, self.runtime);
        FieldModel {
            rust: ident(&column.rust_name),
            docs: column.docs.clone(),
            visibility: quote!(pub),
            ty: if column.nullable && !is_any(column) { quote!(Option<#bare>) } else { bare },
            place: self.places.key(&column.at),
            role: match column.role {
                ColumnRole::Id => Role::Id,
                ColumnRole::System => SystemColumn::ALL
                    .into_iter()
                    .find(|system| system.wire_name() == column.wire_name)
                    .map_or(Role::Skipped, Role::System),
                ColumnRole::Data => Role::Column(self.column(table, column)),
            },
        }
    }

    fn column(&self, table: &Table, column: &Column) -> ColumnModel {
        let sync = column.at.child("x-sync");
        let was = |(index, text): (usize, &String)| Name {
            text: text.clone(),
            place: self.places.value(&sync.index("was", index)),
        };
        ColumnModel {
            wire: Name { text: column.wire_name.clone(), place: self.places.key(&column.at) },
            was: column.was.iter().enumerate().map(was).collect(),
            form: if column.kind == Kind::Json { Form::Json } else { Form::Typed },
            index: column.index.then(|| self.places.key(&sync.child("index"))),
            local: column.local.then(|| self.places.key(&sync.child("local"))),
            default: default::code_of(column, self.types, self.runtime).and_then(Result::ok),
            references: column.references.as_ref().map(|name| Reference {
                table: self.referenced(table, name),
                place: self.places.value(&sync.child("references")),
            }),
            rules: self.rules(column),
            merge: column.merge.as_ref().map(|merge| MergeModel {
                rule: match merge {
                    file::Merge::Local => Merge::Local,
                    file::Merge::Remote => Merge::Remote,
                    file::Merge::Max => Merge::Max,
                    file::Merge::Min => Merge::Min,
                    file::Merge::Sum => Merge::Sum,
                    file::Merge::Union => Merge::Union,
                },
                place: self.places.value(&sync.child("merge")),
            }),
        }
    }

    /// The struct of the table that a column refers to.
    fn referenced(&self, table: &Table, name: &str) -> TokenStream {
        if name == table.name {
            return quote!(Self);
        }
        match self.tables.iter().find(|other| other.name == name) {
            Some(other) => ident(&other.rust_name).into_token_stream(),
            None => path_code(name),
        }
    }

    fn rules(&self, column: &Column) -> Vec<RuleModel> {
        let limits = &column.limits;
        let number = |number: &serde_json::Number| Number::parse(&number.to_string());
        let rules = [
            ("minLength", limits.min_length.map(Rule::MinLength)),
            ("maxLength", limits.max_length.map(Rule::MaxLength)),
            ("minimum", limits.minimum.as_ref().and_then(number).map(Rule::Min)),
            ("maximum", limits.maximum.as_ref().and_then(number).map(Rule::Max)),
            ("exclusiveMinimum", limits.exclusive_minimum.as_ref().and_then(number).map(Rule::ExclusiveMin)),
            ("exclusiveMaximum", limits.exclusive_maximum.as_ref().and_then(number).map(Rule::ExclusiveMax)),
            ("multipleOf", limits.multiple_of.as_ref().and_then(number).map(Rule::MultipleOf)),
        ];
        let at = |keyword| self.places.value(&column.at.child(keyword));
        rules
            .into_iter()
            .filter_map(|(keyword, rule)| rule.map(|rule| RuleModel { rule, place: at(keyword) }))
            .collect()
    }

    pub(super) fn type_item(&self, item: &TypeItem) -> TypeModel {
        let (rust, docs, runtime) = (ident(&item.rust_name), item.docs.clone(), self.runtime.clone());
        let shape = match &item.shape {
            TypeShape::Object { members, has_others, schema } => {
                let members = members.iter().map(|member| MemberModel {
                    rust: ident(&member.rust_name),
                    wire: member.wire_name.clone(),
                    docs: member.docs.clone(),
                    ty: code(&member.code, self.runtime),
                    // Null of a member that every object has is written.
                    absent_if: match member.code {
                        _ if member.required => None,
                        TypeCode::Optional(_) => Some("Option::is_none".to_owned()),
                        _ => Some(format!("{}::JsonValue::is_null", self.runtime).replace(' ', "")),
                    },
                });
                let members = members.collect();
                let (has_others, schema) = (*has_others, schema.clone());
                return TypeModel::Object(ObjectModel { rust, docs, runtime, members, has_others, schema });
            }
            TypeShape::Texts { variants, other } => {
                let variants = variants.iter().map(|variant| VariantModel {
                    rust: ident(&variant.rust_name),
                    docs: variant.docs.clone(),
                    wire: Name { text: variant.text.clone(), place: self.places.value(&variant.at) },
                });
                ValueShape::Texts { variants: variants.collect(), other: other.as_deref().map(ident) }
            }
            TypeShape::Newtype(kind) => ValueShape::Newtype {
                field: None,
                ty: code(&TypeCode::Of(*kind), self.runtime),
                place: self.places.value(&item.at),
            },
        };
        TypeModel::Value(ValueModel { rust, docs, runtime, shape })
    }
}

/// Any JSON holds null itself.
pub(super) fn is_any(column: &Column) -> bool {
    column.code == TypeCode::Of(Kind::Json)
}

/// A type as generated code writes it.
pub(super) fn code(code: &TypeCode, runtime: &TokenStream) -> TokenStream {
    let inner = |of: &TypeCode| self::code(of, runtime);
    match code {
        TypeCode::Of(kind) => match kind {
            Kind::Bool => quote!(bool),
            Kind::I8 => quote!(i8),
            Kind::I16 => quote!(i16),
            Kind::I32 => quote!(i32),
            Kind::I64 => quote!(i64),
            Kind::U8 => quote!(u8),
            Kind::U16 => quote!(u16),
            Kind::U32 => quote!(u32),
            Kind::F32 => quote!(f32),
            Kind::F64 => quote!(f64),
            Kind::Text => quote!(String),
            Kind::Char => quote!(char),
            Kind::Bytes => quote!(Vec<u8>),
            Kind::Id => quote!(#runtime::Id),
            Kind::Version => quote!(#runtime::Version),
            Kind::Timestamp => quote!(#runtime::Timestamp),
            Kind::Uuid => quote!(#runtime::Uuid),
            Kind::Decimal => quote!(#runtime::Decimal),
            Kind::Date => quote!(#runtime::Date),
            Kind::TimeOfDay => quote!(#runtime::TimeOfDay),
            Kind::Json => quote!(#runtime::JsonValue),
        },
        TypeCode::Named(name) => ident(name).into_token_stream(),
        TypeCode::Path(path) => path_code(path),
        TypeCode::List(of) => {
            let of = inner(of);
            quote!(Vec<#of>)
        }
        TypeCode::Map(of) => {
            let of = inner(of);
            quote!(::std::collections::BTreeMap<String, #of>)
        }
        TypeCode::Optional(of) => {
            let of = inner(of);
            quote!(Option<#of>)
        }
    }
}

/// A path of the app; what is none is reported by `kind`.
fn path_code(path: &str) -> TokenStream {
    syn::parse_str::<syn::Type>(path).map_or_else(|_| quote!(()), |path| path.into_token_stream())
}
