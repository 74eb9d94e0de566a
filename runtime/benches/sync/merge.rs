//! The three-way merge of rows in memory, beside a loop that compares and copies the same cells.

use synctable::testing::dynamic;
use synctable::{ColumnDef, MergeRule, Row, TableSchema, Value};

use crate::Result;
use crate::measure::{Group, rate_of};
use crate::world::World;

const TITLE: usize = 1;
const COUNT: usize = 2;
const BEST: usize = 3;
const NOTE: usize = 4;
const PLACE: usize = 5;

static TABLE: TableSchema = TableSchema::new(
    "merged",
    &[
        ColumnDef::id("id"),
        ColumnDef::new::<String>("title", "title"),
        ColumnDef::new::<i64>("count", "count").merge(MergeRule::Sum),
        ColumnDef::new::<i64>("best", "best").merge(MergeRule::Max),
        ColumnDef::new::<String>("note", "note"),
        ColumnDef::new::<String>("place", "place"),
        ColumnDef::new::<bool>("complete", "complete"),
    ],
);

/// Base, local and remote of a row that both sides changed: each another text, and both the numbers.
fn sides(index: u64) -> [Row; 3] {
    let whole = |value: u64| Value::Integer(i64::try_from(value).unwrap_or(i64::MAX));
    let mut base = Row::new(&TABLE);
    base.values = vec![
        Value::Text(format!("row-{index:09}")),
        Value::Text(format!("Item {index} with a title of the usual length")),
        whole(index % 100),
        whole(index % 50),
        Value::Text(format!("note of item {index}")),
        Value::Text("somewhere in the north meadow".to_owned()),
        Value::Integer(0),
    ];
    let (mut local, mut remote) = (base.clone(), base.clone());
    local.values[NOTE] = Value::Text(format!("note of item {index}, changed here"));
    local.values[COUNT] = whole(index % 100 + 2);
    local.values[BEST] = whole(index % 50 + 9);
    remote.values[PLACE] = Value::Text("at the gate, as another device saw it".to_owned());
    remote.values[COUNT] = whole(index % 100 + 3);
    remote.values[BEST] = whole(index % 50 + 4);
    [base, local, remote]
}

/// What no merge can do without: each cell is compared with the base's on both sides, and copied.
fn compared_and_copied([base, local, remote]: &[Row; 3]) -> Row {
    let mut row = Row::new(&TABLE);
    for index in 0..TABLE.columns().len() {
        let (before, here, there) = (&base.values[index], &local.values[index], &remote.values[index]);
        let side = if before == here || before != there { there } else { here };
        row.values[index] = side.clone();
    }
    row
}

/// Rows merged a second.
pub(crate) fn group(world: &World) -> Group<'_> {
    let count = world.sizes.rows;
    let rows: Vec<[Row; 3]> = (0..count).map(sides).collect();
    let again = rows.clone();
    let mut group = Group::new("three-way merge", "rows/s");
    group.case("compare and copy", move || {
        rate_of(count, || {
            rows.iter().for_each(|sides| drop(std::hint::black_box(compared_and_copied(sides))));
            Ok(())
        })
    });
    group.case("product", move || merged(&again, count));
    group.show_speed("product", "compare and copy");
    group
}

fn merged(rows: &[[Row; 3]], count: u64) -> Result<f64> {
    rate_of(count, || {
        for [base, local, remote] in rows {
            let row = dynamic::merged(Some(base), local, remote).ok_or("a column is open")?;
            if row.values[TITLE] != base.values[TITLE] || row.values[PLACE] != remote.values[PLACE] {
                return Err("the merge took the wrong side".into());
            }
            std::hint::black_box(row);
        }
        Ok(())
    })
}
