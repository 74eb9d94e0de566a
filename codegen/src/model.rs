//! What a table is, free of files and of the syntax it was read from.

pub(crate) mod check;
pub(crate) mod names;
pub(crate) mod rule;

use proc_macro2::{Ident, TokenStream};

use crate::diagnostics::Place;
use rule::{MergeModel, RuleModel};

/// A table: what the doors make and the generator eats.
#[derive(Debug)]
pub(crate) struct TableModel {
    /// The struct's name.
    pub(crate) rust: Ident,
    /// The doc comment.
    pub(crate) docs: Option<String>,
    /// The struct's visibility, as tokens.
    pub(crate) visibility: TokenStream,
    /// The path of the runtime crate.
    pub(crate) runtime: TokenStream,
    /// The name on the server and in the store.
    pub(crate) name: Name,
    /// The path below the endpoint, if it is not the usual one.
    pub(crate) route: Option<Name>,
    /// Whether the table is synced.
    pub(crate) kind: TableKind,
    /// Where it was said that the server's table has more columns.
    pub(crate) narrow: Option<Place>,
    /// Where it was said that the server deletes rows for good.
    pub(crate) hard_delete: Option<Place>,
    /// Where it was said that the device keeps deleted rows.
    pub(crate) keep_deleted: Option<Place>,
    /// What inserts send besides the columns.
    pub(crate) on_insert: Vec<ConstantModel>,
    /// The struct's fields in order.
    pub(crate) fields: Vec<FieldModel>,
}

/// Whether a table is synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableKind {
    Synced,
    Local,
}

/// A constant for a column of the server that the struct lacks.
#[derive(Debug)]
pub(crate) struct ConstantModel {
    /// The column's name on the wire.
    pub(crate) name: Name,
    pub(crate) value: ConstantValue,
}

/// What a constant is.
#[derive(Debug)]
pub(crate) enum ConstantValue {
    Text(String),
    Integer(i64),
    /// Invariant: finite.
    Float(f64),
    Bool(bool),
}

/// A name on the wire, and where it was given.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) place: Place,
}

/// A field of the struct.
#[derive(Debug)]
pub(crate) struct FieldModel {
    /// The field's name.
    pub(crate) rust: Ident,
    /// The doc comment.
    pub(crate) docs: Option<String>,
    /// The field's visibility, as tokens.
    pub(crate) visibility: TokenStream,
    /// The field's type, as tokens.
    pub(crate) ty: TokenStream,
    /// Where the field's type stands: errors of the type point there.
    pub(crate) place: Place,
    /// What the field holds.
    pub(crate) role: Role,
}

/// What a field holds.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly every field is a column")]
pub(crate) enum Role {
    /// The id.
    Id,
    /// A column.
    Column(ColumnModel),
    /// What the server says of the row.
    System(SystemColumn),
    /// Nothing of the table: the field is made by `Default`.
    Skipped,
}

/// A column that is not the id.
#[derive(Debug)]
pub(crate) struct ColumnModel {
    /// The name on the wire and in SQL.
    pub(crate) wire: Name,
    /// The names that the column had in earlier versions of the app.
    pub(crate) was: Vec<Name>,
    /// How values are stored.
    pub(crate) form: Form,
    /// Where the index was asked for.
    pub(crate) index: Option<Place>,
    /// Where it was said that the column stays on the device.
    pub(crate) local: Option<Place>,
    /// What stands in for null.
    pub(crate) default: Option<DefaultModel>,
    /// The table whose ids the column holds.
    pub(crate) references: Option<Reference>,
    /// What local writes must keep, in the order of the attributes.
    pub(crate) rules: Vec<RuleModel>,
    /// What becomes of the column when device and server both changed it.
    pub(crate) merge: Option<MergeModel>,
}

/// How a column's values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As the type's `ColumnValue` says.
    Typed,
    /// As the JSON that the type's serde impl writes.
    Json,
}

/// What stands in for null in a column.
#[derive(Debug)]
pub(crate) enum DefaultModel {
    /// The type's `Default`.
    OfType,
    /// An expression of the field's type.
    Expression(TokenStream),
}

/// The table whose ids a column holds.
#[derive(Debug)]
pub(crate) struct Reference {
    /// The path of the table's struct.
    pub(crate) table: TokenStream,
    /// Where it stands.
    pub(crate) place: Place,
}

/// The members that the server writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SystemColumn {
    Version,
    UpdatedAt,
    CreatedAt,
    Deleted,
}

impl SystemColumn {
    pub(crate) const ALL: [Self; 4] = [Self::Version, Self::UpdatedAt, Self::CreatedAt, Self::Deleted];

    /// The name of the field that holds it.
    pub(crate) fn rust_name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::UpdatedAt => "updated_at",
            Self::CreatedAt => "created_at",
            Self::Deleted => "deleted",
        }
    }

    /// The name on the wire.
    pub(crate) fn wire_name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::UpdatedAt => "updatedAt",
            Self::CreatedAt => "createdAt",
            Self::Deleted => "deleted",
        }
    }

    /// The field's type, for messages.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Self::Version => "Option<Version>",
            Self::UpdatedAt | Self::CreatedAt => "Option<Timestamp>",
            Self::Deleted => "bool",
        }
    }
}

/// A doc comment, unless it is the one that generated code has where a document says nothing.
fn own<'a>(docs: Option<&'a str>, usual: &str) -> &'a str {
    docs.filter(|docs| *docs != usual).unwrap_or_default()
}

impl FieldModel {
    /// What the field is called in generated code where a document does not describe it.
    pub(crate) fn usual_docs(&self) -> String {
        match &self.role {
            Role::Id => "The row's id.".to_owned(),
            Role::Column(column) => format!("The column `{}`.", column.wire.text),
            Role::System(system) => format!("The system column `{}`.", system.wire_name()),
            Role::Skipped => "Not stored.".to_owned(),
        }
    }

    /// The doc comment that says more than the usual one; else empty.
    pub(crate) fn own_docs(&self) -> &str {
        own(self.docs.as_deref(), &self.usual_docs())
    }

    /// Where the field is named.
    pub(crate) fn named_at(&self) -> Place {
        match self.place {
            Place::Source(_) => self.rust.span().into(),
            #[cfg(feature = "schema")]
            place @ Place::Document { .. } => place,
        }
    }
}

impl TableModel {
    /// What the table is called in generated code where a document does not describe it.
    pub(crate) fn usual_docs(&self) -> String {
        format!("A row of the table `{}`.", self.name.text)
    }

    /// The doc comment that says more than the usual one; else empty.
    pub(crate) fn own_docs(&self) -> &str {
        own(self.docs.as_deref(), &self.usual_docs())
    }

    /// Where the table is named.
    pub(crate) fn place(&self) -> Place {
        match self.name.place {
            Place::Source(_) => self.rust.span().into(),
            #[cfg(feature = "schema")]
            place @ Place::Document { .. } => place,
        }
    }

    /// The columns of the schema in order, with their fields: all but system columns.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &FieldModel> {
        self.fields.iter().filter(|field| matches!(field.role, Role::Id | Role::Column(_)))
    }
}

/// A struct with some of a table's columns: what the derive of `ColumnSubset` makes.
#[derive(Debug)]
pub(crate) struct SubsetModel {
    /// The struct's name.
    pub(crate) rust: Ident,
    /// The path of the runtime crate.
    pub(crate) runtime: TokenStream,
    /// The path of the table's struct.
    pub(crate) table: TokenStream,
    /// The struct's fields in order.
    pub(crate) fields: Vec<SubsetFieldModel>,
}

/// A field of a subset: it has the name and the type of the table's field.
#[derive(Debug)]
pub(crate) struct SubsetFieldModel {
    /// The field's name.
    pub(crate) rust: Ident,
    /// The field's type, as tokens.
    pub(crate) ty: TokenStream,
    /// Where the field's type stands: errors of the type point there.
    pub(crate) place: Place,
}

/// A type that a column can have: what the derive of `ColumnValue` makes.
#[derive(Debug)]
pub(crate) struct ValueModel {
    /// The type's name.
    pub(crate) rust: Ident,
    /// The doc comment.
    pub(crate) docs: Option<String>,
    /// The path of the runtime crate.
    pub(crate) runtime: TokenStream,
    /// What the type is.
    pub(crate) shape: ValueShape,
}

/// What a column type is made of.
#[derive(Debug)]
pub(crate) enum ValueShape {
    /// An enum of texts, and the variant that takes every other text.
    Texts { variants: Vec<VariantModel>, other: Option<Ident> },
    /// A struct around one value: its field, if that has a name, and its type.
    Newtype { field: Option<Ident>, ty: TokenStream, place: Place },
}

/// An object inside a JSON column; only documents make them.
#[cfg(feature = "schema")]
#[derive(Debug)]
pub(crate) struct ObjectModel {
    /// The struct's name.
    pub(crate) rust: Ident,
    /// The doc comment.
    pub(crate) docs: Option<String>,
    /// The path of the runtime crate.
    pub(crate) runtime: TokenStream,
    /// The members that the document names.
    pub(crate) members: Vec<MemberModel>,
    /// Whether there may be members that the document does not name.
    pub(crate) has_others: bool,
    /// Its schema among `$defs`, as JSON text.
    pub(crate) schema: String,
}

/// A member of an object inside a JSON column.
#[cfg(feature = "schema")]
#[derive(Debug)]
pub(crate) struct MemberModel {
    /// The field's name.
    pub(crate) rust: Ident,
    /// The name in JSON.
    pub(crate) wire: String,
    /// The doc comment.
    pub(crate) docs: Option<String>,
    /// The field's type, as tokens.
    pub(crate) ty: TokenStream,
    /// The function that tells of a value that the member is then absent; none for a member that is
    /// never absent.
    pub(crate) absent_if: Option<String>,
}

/// A variant that stands for a text.
#[derive(Debug)]
pub(crate) struct VariantModel {
    pub(crate) rust: Ident,
    /// The doc comment.
    pub(crate) docs: Option<String>,
    pub(crate) wire: Name,
}

impl ValueModel {
    /// What the type is called in generated code where a document does not describe it.
    pub(crate) fn usual_docs(&self) -> &'static str {
        match &self.shape {
            ValueShape::Texts { .. } => "The texts of a column.",
            ValueShape::Newtype { .. } => "A value of a column.",
        }
    }

    /// The doc comment that says more than the usual one; else empty.
    pub(crate) fn own_docs(&self) -> &str {
        own(self.docs.as_deref(), self.usual_docs())
    }
}

impl VariantModel {
    /// What the variant is called in generated code where a document does not describe it.
    pub(crate) fn usual_docs(&self) -> String {
        format!("The text `{}`.", self.wire.text)
    }

    /// The doc comment that says more than the usual one; else empty.
    pub(crate) fn own_docs(&self) -> &str {
        own(self.docs.as_deref(), &self.usual_docs())
    }
}
