use synctable::ColumnValue;

#[derive(ColumnValue)]
enum Priority {
    Low,
    #[sync(rename = "Low")]
    Lower,
}

fn main() {}
