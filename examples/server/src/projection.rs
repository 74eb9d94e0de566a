//! Which members a row shows, in which order, and the row as JSON text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use synctable::testing::ColumnType;

use crate::dialect::Generation;
use crate::store::{CellRef, StoredTable};
use crate::value;
use crate::view::Shown;

/// A member of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Member {
    Id,
    CreatedAt,
    UpdatedAt,
    Version,
    Deleted,
    /// The index of a column of the table.
    Column(usize),
}

/// What the server keeps of every row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct System<'a> {
    pub(crate) id: &'a str,
    /// The stamp of the insert.
    pub(crate) created_at: i64,
    /// The stamp of the last write.
    pub(crate) updated_at: i64,
    pub(crate) deleted: bool,
}

/// The members that rows show.
#[derive(Debug, Clone)]
pub(crate) struct Projection {
    /// Each member with its name as a JSON string and a colon.
    members: Vec<(Member, String)>,
    types: Vec<ColumnType>,
    generation: Generation,
    form: Form,
}

/// How the columns of the table are written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Whole,
    /// As the web page reads them: of a long text so many characters, of bytes their number.
    Excerpt(usize),
}

impl Projection {
    /// Shows all members in the order of the dialect.
    pub(crate) fn whole(table: &StoredTable, generation: Generation) -> Self {
        let columns = (0..table.columns().len()).map(Member::Column);
        Self::new(table, columns.chain(generation.system_members(table.is_soft_delete())).collect(), generation)
    }

    /// Shows all members, of each column no more than an excerpt, in the form of [`Shown::write`].
    pub(crate) fn excerpts(table: &StoredTable, characters: usize) -> Self {
        Self { form: Form::Excerpt(characters), ..Self::whole(table, Generation::Toolkit) }
    }

    /// Shows the members asked for; `Err` names one that the table does not have.
    pub(crate) fn selected(table: &StoredTable, names: &[String], generation: Generation) -> Result<Self, String> {
        let mut members = Vec::new();
        for name in names {
            if name == "*" {
                return Ok(Self::whole(table, generation));
            }
            let system = generation
                .system_members(table.is_soft_delete())
                .into_iter()
                .find(|member| system_name(*member).eq_ignore_ascii_case(name));
            let column = || {
                table.columns().iter().position(|column| column.name().eq_ignore_ascii_case(name)).map(Member::Column)
            };
            members.push(system.or_else(column).ok_or_else(|| name.clone())?);
        }
        Ok(Self::new(table, members, generation))
    }

    fn new(table: &StoredTable, members: Vec<Member>, generation: Generation) -> Self {
        let named = |member: Member| {
            let mut name = String::new();
            match member {
                Member::Column(at) => value::write_text(&mut name, table.columns()[at].name()),
                system => value::write_text(&mut name, system_name(system)),
            }
            name.push(':');
            (member, name)
        };
        Self {
            members: members.into_iter().map(named).collect(),
            types: table.columns().iter().map(crate::Column::column_type).collect(),
            generation,
            form: Form::Whole,
        }
    }

    /// Writes a row; `cell` returns the columns of the table by index.
    pub(crate) fn write<'a>(&self, out: &mut String, system: System<'_>, cell: impl Fn(usize) -> CellRef<'a>) {
        out.push('{');
        for (at, (member, name)) in self.members.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            out.push_str(name);
            match member {
                Member::Id => value::write_text(out, system.id),
                Member::CreatedAt => value::write_instant(out, system.created_at, self.generation),
                Member::UpdatedAt => value::write_instant(out, system.updated_at, self.generation),
                Member::Version => {
                    out.push('"');
                    out.push_str(&version_text(system.updated_at));
                    out.push('"');
                }
                Member::Deleted => out.push_str(if system.deleted { "true" } else { "false" }),
                Member::Column(column) => match self.form {
                    Form::Whole => value::write(out, cell(*column), self.types[*column], self.generation),
                    Form::Excerpt(characters) => Shown::write(out, cell(*column), self.types[*column], characters),
                },
            }
        }
        out.push('}');
    }
}

fn system_name(member: Member) -> &'static str {
    match member {
        Member::Id => "id",
        Member::CreatedAt => "createdAt",
        Member::UpdatedAt => "updatedAt",
        Member::Version => "version",
        Member::Deleted => "deleted",
        Member::Column(_) => "",
    }
}

/// Returns the version of a row that was written at a stamp.
///
/// A stamp is given to one write of a table only and never again, so it tells the versions of a row apart.
pub(crate) fn version_text(updated_at: i64) -> String {
    STANDARD.encode(updated_at.to_be_bytes())
}
