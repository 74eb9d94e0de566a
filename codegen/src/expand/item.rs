//! The items that a document defines and a derive already has: structs and enums.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Path;
use syn::ext::IdentExt as _;

use crate::model::{FieldModel, MemberModel, ObjectModel, TableModel, ValueModel, ValueShape};

/// What an app adds to generated items.
#[derive(Debug, Default)]
pub(crate) struct Style {
    /// Attributes of types, by `*` or the type's name.
    pub(crate) types: Vec<(String, TokenStream)>,
    /// Attributes of fields, by `Type.field`, `Type`, `*.field` or `*`.
    pub(crate) fields: Vec<(String, TokenStream)>,
    /// Derives beside the usual ones.
    pub(crate) derives: Vec<Path>,
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

    /// Attributes of a variant: only those that name it, as what fits all fields fits no variant.
    fn of_variant(&self, type_name: &str, variant: &str) -> TokenStream {
        let wanted = self.fields.iter().filter(|(pattern, _)| pattern.split_once('.') == Some((type_name, variant)));
        wanted.map(|(_, attribute)| attribute.clone()).collect()
    }

    /// The usual derives and those of the app, but none twice.
    fn derives(&self, usual: &[TokenStream]) -> TokenStream {
        let name = |path: &TokenStream| path.clone().into_iter().last().map(|token| token.to_string());
        let usual_names: Vec<_> = usual.iter().map(name).collect();
        let more = self.derives.iter().map(ToTokens::to_token_stream);
        let all = usual.iter().cloned().chain(more.filter(|path| !usual_names.contains(&name(path))));
        quote!(#[derive(#(#all),*)])
    }
}

fn usual(names: &[&str]) -> Vec<TokenStream> {
    names.iter().map(|name| Ident::new(name, Span::call_site()).into_token_stream()).collect()
}

/// The characters that turn the direction of text, which rustc refuses in comments.
const TURNS: [char; 9] =
    ['\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'];

/// Writes a doc comment, a line an attribute. The text is prose: code in it is no test of the app.
pub(super) fn doc(text: &str) -> TokenStream {
    let mut is_code = false;
    let text = text.trim().replace("\r\n", "\n").replace('\r', "\n").replace(TURNS, "");
    let lines = text.split('\n').map(|line| {
        let line = line.trim_end();
        let inner = line.trim_start();
        if inner.starts_with("```") || inner.starts_with("~~~") {
            is_code = !is_code;
            let fence: String = inner.chars().take_while(|c| ['`', '~'].contains(c)).collect();
            let info = if is_code { "text" } else { "" };
            format!(" {}{fence}{info}", &line[..line.len() - inner.len()])
        } else if line.is_empty() {
            String::new()
        } else if (line.len() - inner.len() > 3 || line.starts_with('\t')) && !is_code {
            // Four spaces would be code.
            format!("    {inner}")
        } else {
            format!(" {line}")
        }
    });
    lines.map(|line| quote!(#[doc = #line])).collect()
}

/// The description, or what stands in for one that says nothing.
fn or<T: Into<String>>(docs: Option<&String>, usual: impl FnOnce() -> T) -> String {
    docs.filter(|docs| !docs.trim().is_empty()).cloned().unwrap_or_else(|| usual().into())
}

/// Writes a table's struct.
pub(crate) fn table(table: &TableModel, style: &Style) -> TokenStream {
    let TableModel { rust, visibility, docs, .. } = table;
    structure(rust, visibility, &or(docs.as_ref(), || table.usual_docs()), &table.fields, style)
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
    let derives = style.derives(&usual(&["Debug", "Clone", "PartialEq", "Default"]));
    let fields = fields.into_iter().map(|field| {
        let FieldModel { rust, visibility, ty, .. } = field;
        let doc = self::doc(&or(field.docs.as_ref(), || field.usual_docs()));
        let attributes = style.of_field(&name, &rust.unraw().to_string());
        quote!(#doc #attributes #visibility #rust: #ty,)
    });
    // A description may have any words, a table any number of truth values, and no app uses all of it.
    quote! {
        #doc
        #derives
        #[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
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
            let doc = doc(&or(docs.as_ref(), || value.usual_docs()));
            let derives = style.derives(&match other {
                None => usual(&["Debug", "Clone", "Copy", "PartialEq", "Eq", "Hash", "Default"]),
                Some(_) => usual(&["Debug", "Clone", "PartialEq", "Eq", "Hash", "Default"]),
            });
            let variants = variants.iter().enumerate().map(|(index, variant)| {
                let default = (index == 0).then(|| quote!(#[default]));
                let docs = or(variant.docs.as_ref(), || variant.usual_docs());
                let (doc, rust) = (self::doc(&docs), &variant.rust);
                let attributes = style.of_variant(&name, &rust.to_string());
                quote!(#doc #default #attributes #rust,)
            });
            let other = other.as_ref().map(|other| quote!(#[doc = " Any other text."] #other(String),));
            quote! {
                #doc
                #derives
                #[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
                #attributes
                pub enum #rust {
                    #(#variants)*
                    #other
                }
            }
        }
        ValueShape::Newtype { ty, .. } => {
            let doc = doc(&or(docs.as_ref(), || value.usual_docs()));
            let derives = style.derives(&usual(&["Debug", "Clone", "PartialEq", "Default"]));
            quote! {
                #doc
                #derives
                #[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
                #attributes
                pub struct #rust(pub #ty);
            }
        }
    }
}

/// Writes the struct of an object inside a JSON column. It keeps members that it does not name, or
/// refuses them: an edit never erases what was read.
pub(crate) fn object(object: &ObjectModel, style: &Style) -> TokenStream {
    let ObjectModel { rust, docs, runtime, members, has_others, schema } = object;
    let name = rust.unraw().to_string();
    let doc = doc(&or(docs.as_ref(), || "A value inside a JSON column."));
    let mut usual = usual(&["Debug", "Clone", "PartialEq", "Default"]);
    usual.extend([quote!(#runtime::__private::serde::Serialize), quote!(#runtime::__private::serde::Deserialize)]);
    let (derives, attributes) = (style.derives(&usual), style.of_type(&name));
    let serde = format!("{runtime}::__private::serde").replace(' ', "");
    let fields = members.iter().map(|member| {
        let MemberModel { rust, wire, ty, .. } = member;
        let field = rust.unraw().to_string();
        let docs = or(member.docs.as_ref(), || format!("The member `{wire}`."));
        let (doc, attributes) = (self::doc(&docs), style.of_field(&name, &field));
        let rename = (field != *wire).then(|| quote!(#[serde(rename = #wire)]));
        let optional = member.absent_if.as_ref().map(|is| quote!(#[serde(default, skip_serializing_if = #is)]));
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
    let refused = (!has_others).then(|| quote!(, deny_unknown_fields));
    quote! {
        #doc
        #derives
        #[serde(crate = #serde #refused)]
        #[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
        #attributes
        pub struct #rust {
            #(#fields)*
            #others
        }

        #runtime::__private::json_shape!(#rust, #name, #schema, [#(#types),*]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_in_a_description_is_no_test_of_the_app() {
        let lines = |text: &str| -> Vec<String> {
            let doc = doc(text);
            let item: syn::ItemStruct = syn::parse_quote!(#doc struct A;);
            let value = |attribute: syn::Attribute| match attribute.meta {
                syn::Meta::NameValue(meta) => match meta.value {
                    syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => text.value(),
                    _ => String::new(),
                },
                _ => String::new(),
            };
            item.attrs.into_iter().map(value).collect()
        };
        assert_eq!(lines("One.\n\nTwo.  \n"), [" One.", "", " Two."]);
        assert_eq!(lines("a\r\nb\rc"), [" a", " b", " c"]);
        assert_eq!(lines("a\u{202e}b"), [" ab"]);
        assert_eq!(lines("- a\n    - b\n\tc"), [" - a", "    - b", "    c"]);
        assert_eq!(
            lines("```rust,should_panic\n    x\n```\n~~~\ny\n~~~"),
            [" ```text", "     x", " ```", " ~~~text", " y", " ~~~"]
        );
    }
}
