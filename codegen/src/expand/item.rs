//! The items that a document defines and a derive already has: structs and enums.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;

use crate::model::{FieldModel, MemberModel, ObjectModel, TableModel, ValueModel, ValueShape};

/// What an app adds to generated items.
#[derive(Debug, Default)]
pub(crate) struct Style {
    /// Attributes of types, by `*` or the type's name.
    pub(crate) types: Vec<(String, TokenStream)>,
    /// Attributes of fields, by `Type.field`, `*.field` or `*`.
    pub(crate) fields: Vec<(String, TokenStream)>,
    /// Derives of tables, subsets and objects beside the usual ones.
    pub(crate) derives: Vec<TokenStream>,
}

impl Style {
    fn of_type(&self, name: &str) -> TokenStream {
        let wanted = self.types.iter().filter(|(pattern, _)| pattern == "*" || pattern == name);
        wanted.map(|(_, attribute)| attribute.clone()).collect()
    }

    fn of_field(&self, type_name: &str, field: &str) -> TokenStream {
        let fits = |pattern: &str| match pattern.split_once('.') {
            Some((of, name)) => (of == "*" || of == type_name) && (name == "*" || name == field),
            None => pattern == "*" || pattern == type_name,
        };
        self.fields.iter().filter(|(pattern, _)| fits(pattern)).map(|(_, attribute)| attribute.clone()).collect()
    }

    fn derives(&self, usual: &TokenStream) -> TokenStream {
        let more = &self.derives;
        quote!(#[derive(#usual #(, #more)*)])
    }
}

/// Writes a doc comment, a line an attribute.
pub(super) fn doc(text: &str) -> TokenStream {
    text.lines()
        .map(|line| if line.is_empty() { String::new() } else { format!(" {line}") })
        .map(|line| quote!(#[doc = #line]))
        .collect()
}

/// Writes a table's struct.
pub(crate) fn table(table: &TableModel, style: &Style) -> TokenStream {
    let TableModel { rust, visibility, docs, .. } = table;
    let doc = docs.clone().unwrap_or_else(|| table.usual_docs());
    structure(rust, visibility, &doc, &table.fields, style)
}

/// Writes the struct of a subset, whose fields are some of the table's.
pub(crate) fn subset<'a>(
    rust: &Ident,
    table: &TableModel,
    fields: impl IntoIterator<Item = &'a FieldModel>,
    style: &Style,
) -> TokenStream {
    let docs = format!("Some columns of [`{}`].", table.rust);
    structure(rust, &table.visibility, &docs, fields, style)
}

fn structure<'a>(
    rust: &Ident,
    visibility: &TokenStream,
    docs: &str,
    fields: impl IntoIterator<Item = &'a FieldModel>,
    style: &Style,
) -> TokenStream {
    let name = rust.unraw().to_string();
    let (doc, attributes) = (doc(docs), style.of_type(&name));
    let derives = style.derives(&quote!(Debug, Clone, PartialEq, Default));
    let fields = fields.into_iter().map(|field| {
        let FieldModel { rust, visibility, ty, .. } = field;
        let doc = self::doc(&field.docs.clone().unwrap_or_else(|| field.usual_docs()));
        let attributes = style.of_field(&name, &rust.unraw().to_string());
        quote!(#doc #attributes #visibility #rust: #ty,)
    });
    // A description may have any words, and a table any number of truth values.
    quote! {
        #doc
        #derives
        #[allow(clippy::pedantic)]
        #attributes
        #visibility struct #rust {
            #(#fields)*
        }
    }
}

/// Writes a column type.
pub(crate) fn value(value: &ValueModel, style: &Style) -> TokenStream {
    let ValueModel { rust, docs, .. } = value;
    let name = rust.unraw().to_string();
    let attributes = style.of_type(&name);
    match &value.shape {
        ValueShape::Texts { variants, other } => {
            let doc = doc(docs.as_deref().unwrap_or(value.usual_docs()));
            let derives = match other {
                None => quote!(#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]),
                Some(_) => quote!(#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]),
            };
            let variants = variants.iter().enumerate().map(|(index, variant)| {
                let default = (index == 0).then(|| quote!(#[default]));
                let docs = variant.docs.clone().unwrap_or_else(|| variant.usual_docs());
                let (doc, rust) = (self::doc(&docs), &variant.rust);
                quote!(#doc #default #rust,)
            });
            let other = other.as_ref().map(|other| quote!(#[doc = " Any other text."] #other(String),));
            quote! {
                #doc
                #derives
                #[allow(clippy::pedantic)]
                #attributes
                pub enum #rust {
                    #(#variants)*
                    #other
                }
            }
        }
        ValueShape::Newtype { ty, .. } => {
            let doc = doc(docs.as_deref().unwrap_or(value.usual_docs()));
            let derives = style.derives(&quote!(Debug, Clone, PartialEq, Default));
            quote! {
                #doc
                #derives
                #[allow(clippy::pedantic)]
                #attributes
                pub struct #rust(pub #ty);
            }
        }
    }
}

/// Writes the struct of an object inside a JSON column. It keeps members that it does not name.
pub(crate) fn object(object: &ObjectModel, style: &Style) -> TokenStream {
    let ObjectModel { rust, docs, runtime, members, has_others, schema } = object;
    let name = rust.unraw().to_string();
    let doc = doc(docs.as_deref().unwrap_or("A value inside a JSON column."));
    let usual = quote! {
        Debug, Clone, PartialEq, Default, #runtime::__private::serde::Serialize, #runtime::__private::serde::Deserialize
    };
    let (derives, attributes) = (style.derives(&usual), style.of_type(&name));
    let serde = format!("{runtime}::__private::serde").replace(' ', "");
    let fields = members.iter().map(|member| {
        let MemberModel { rust, wire, ty, .. } = member;
        let field = rust.unraw().to_string();
        let docs = member.docs.clone().unwrap_or_else(|| format!("The member `{wire}`."));
        let (doc, attributes) = (self::doc(&docs), style.of_field(&name, &field));
        let rename = (field != *wire).then(|| quote!(#[serde(rename = #wire)]));
        let optional = member.optional.then(|| quote!(#[serde(default, skip_serializing_if = "Option::is_none")]));
        quote!(#doc #rename #optional #attributes pub #rust: #ty,)
    });
    let types = members.iter().map(|member| &member.ty);
    let others = has_others.then(|| {
        quote! {
            #[doc = " The members that have no field here."]
            #[serde(flatten)]
            pub other_members: ::std::collections::BTreeMap<String, #runtime::JsonValue>,
        }
    });
    quote! {
        #doc
        #derives
        #[serde(crate = #serde)]
        #[allow(clippy::pedantic)]
        #attributes
        pub struct #rust {
            #(#fields)*
            #others
        }

        #runtime::__private::json_shape!(#rust, #name, #schema, [#(#types),*]);
    }
}
