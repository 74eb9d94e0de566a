use synctable::ColumnValue;

#[derive(ColumnValue)]
struct Point {
    x: i32,
    y: i32,
}

#[derive(ColumnValue)]
struct Unit;

#[derive(ColumnValue)]
struct Generic<V>(V);

#[derive(ColumnValue)]
#[sync(rename_all = "camelCase")]
struct Renamed(i32);

#[derive(ColumnValue)]
union Union {
    a: i32,
}

fn main() {}
