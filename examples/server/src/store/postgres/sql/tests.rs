use proptest::prelude::*;
use synctable::testing::{ColumnType, Value};
use tokio::runtime::Runtime;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls};

use super::super::functions;
use super::*;
use crate::store::cases::{self, Case};

/// A database with the functions.
struct Asked {
    runtime: Runtime,
    client: Client,
}

impl Asked {
    fn new(url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let (mut client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
            tokio::spawn(async move { connection.await.unwrap() });
            let transaction = client.transaction().await.unwrap();
            functions::prepare(&transaction).await.unwrap();
            transaction.commit().await.unwrap();
            client
        });
        Self { runtime, client }
    }

    fn execute(&self, sql: &str) {
        self.runtime.block_on(self.client.batch_execute(sql)).unwrap();
    }

    fn texts(&self, sql: &str, parameters: &Parameters) -> Vec<String> {
        let boxed: Vec<Box<dyn ToSql + Sync>> = parameters
            .0
            .iter()
            .map(|cell| -> Box<dyn ToSql + Sync> {
                match cell.clone() {
                    Cell::Int(number) => Box::new(number),
                    Cell::Real(number) => Box::new(number),
                    Cell::Text(text) => Box::new(text),
                    Cell::Blob(bytes) => Box::new(bytes),
                    Cell::Null => panic!("null is no parameter"),
                }
            })
            .collect();
        let borrowed: Vec<&(dyn ToSql + Sync)> = boxed.iter().map(|boxed| &**boxed).collect();
        let rows = self.runtime.block_on(self.client.query(sql, &borrowed));
        let rows = rows.unwrap_or_else(|error| panic!("{error:?}: {sql} {parameters:?}"));
        rows.iter().map(|row| row.get(0)).collect()
    }
}


fn column_type(column_type: ColumnType) -> String {
    let mut name = sql_type(column_type.kind()).to_owned();
    if column_type == ColumnType::Int32 {
        name = "integer".to_owned();
    }
    if name == "text" { name + " COLLATE \"C\"" } else { name }
}

/// Makes the table of the cases with its rows, and returns the rows as they are stored.
fn fill(asked: &Asked) -> Vec<serde_json::Value> {
    let table = cases::table();
    let columns: Vec<String> = table
        .columns()
        .iter()
        .map(|column| format!("{} {}", quoted(column.name()), column_type(column.column_type())))
        .collect();
    asked.execute(&format!(
        "CREATE TEMP TABLE cases (\"id\" text COLLATE \"C\" PRIMARY KEY, \"updatedAt\" bigint NOT NULL, \"deleted\" boolean NOT NULL, {})",
        columns.join(", ")
    ));
    let mut rows = cases::rows();
    for (at, row) in rows.iter_mut().enumerate() {
        let ticks = i64::try_from(at).unwrap() * 7 % 5 * 10_000;
        row["updatedAt"] = format!("1970-01-01T00:00:00.{:07}Z", ticks).into();
        row["deleted"] = (at % 3 == 0).into();
        let mut parameters = Parameters::default();
        let mut values = vec![
            parameters.bind(Cell::Text(row["id"].as_str().unwrap().to_owned())),
            parameters.bind(Cell::Int(ticks)),
            truth_value(at % 3 == 0).to_owned(),
        ];
        for column in table.columns() {
            let value = row.get(column.name()).unwrap_or(&serde_json::Value::Null);
            let value = Value::from_json(value, column.column_type()).unwrap();
            values.push(parameters.literal(&value, column.column_type().kind()));
        }
        asked.texts(&format!("INSERT INTO cases VALUES ({}) RETURNING id", values.join(", ")), &parameters);
    }
    rows
}

#[test]
fn sql_selects_and_orders_what_the_evaluator_does() {
    let asked = hand();
    let rows = fill(&asked);
    let compared = std::cell::Cell::new(0);
    let count: u32 = std::env::var("CASES").map_or(2_000, |text| text.parse().unwrap());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: count,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let result = runner.run(&cases::case(), |(filter, key, descending)| {
        let Some(case) = Case::read(&filter, &key, descending) else { return Ok(()) };
        let mut parameters = Parameters::default();
        let condition = condition(&case.filter, &mut parameters);
        let order = order_key(&case.key, case.descending, &mut parameters);
        let sql = format!("SELECT \"id\" FROM cases WHERE {condition} ORDER BY {order}, \"id\"");
        let found = asked.texts(&sql, &parameters);
        compared.set(compared.get() + 1);
        prop_assert_eq!(found, case.expected(&rows), "{} order by {} {}: {} {:?}", filter, key, descending, sql, parameters);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    println!("{} compared", compared.get());
    assert!(compared.get() > count / 3, "{} of {count} texts had types that go together", compared.get());
}
