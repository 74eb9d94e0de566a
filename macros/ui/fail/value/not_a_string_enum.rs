use synctable::ColumnValue;

#[derive(ColumnValue)]
enum Shape {
    Circle,
    Square(i32),
    Oblong { side: i32 },
}

#[derive(ColumnValue)]
enum Never {}

#[derive(ColumnValue)]
enum Open {
    Known,
    #[sync(other)]
    Other,
    #[sync(other)]
    More(String),
    #[sync(other, rename = "most")]
    Most(String),
}

fn main() {}
