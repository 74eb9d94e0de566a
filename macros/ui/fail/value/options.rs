use synctable::ColumnValue;

#[derive(ColumnValue)]
#[sync(table = "priorities", rename_all = "kebab")]
enum Priority {
    #[sync(renam = "low")]
    Low,
    #[sync(index)]
    High,
}

fn main() {}
