//! Names of the app's module do not reach into generated code.
#![allow(dead_code, non_upper_case_globals)]

mod core {}
mod std {}
struct Option;
struct Result;
struct Vec;
struct String;
struct TableSchema;
struct ColumnDef;
struct Column;
struct Rule;
struct bool;
trait Default {}
trait From {}
fn row() {}
const Ok: i32 = 0;
const Err: i32 = 0;
const Some: i32 = 0;
const None: i32 = 0;

type Text = ::std::string::String;

#[derive(::synctable::ColumnValue)]
enum Level {
    Ok,
    Err,
    #[sync(other)]
    Other(Text),
}

#[derive(::synctable::ColumnValue)]
struct Name(Text);

#[derive(::synctable::SyncTable)]
struct Note {
    id: ::synctable::Id,
    row: Name,
    query: Level,
    #[sync(default)]
    __cell: i32,
    #[sync(index, min = 0, default = 1, merge = merged)]
    __column: i32,
    #[sync(skip)]
    value: i32,
    #[sync(json, default)]
    index: ::std::vec::Vec<i32>,
    #[sync(system)]
    version: ::std::option::Option<::synctable::Version>,
    #[sync(system)]
    deleted: ::core::primitive::bool,
}

fn merged(_base: ::std::option::Option<i32>, local: i32, remote: i32) -> i32 {
    local + remote
}

#[derive(::synctable::ColumnSubset)]
#[sync(of = Note)]
struct Line {
    row: Name,
    __cell: i32,
    index: ::std::vec::Vec<i32>,
}

fn main() {
    #[derive(::synctable::SyncTable)]
    struct Inner {
        id: ::synctable::Id,
    }
    #[derive(::synctable::ColumnSubset)]
    #[sync(of = Inner)]
    struct InnerId {
        id: ::synctable::Id,
    }
    let _ = (Note::query().select::<Line>(), Inner::query().select::<InnerId>());
}
