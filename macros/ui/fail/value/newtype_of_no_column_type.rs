use synctable::ColumnValue;

#[derive(ColumnValue)]
struct Tags(Vec<String>);

fn main() {}
