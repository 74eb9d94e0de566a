use synctable::testing::Value;
use synctable::testing::eval::apply;
use synctable::testing::value::Decimal;
use tokio::runtime::Runtime;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls};

use super::super::functions;
use super::*;
use crate::cluster;
use crate::store::Database;
use crate::store::cases::{self, Case};
use crate::store::hidden;
use crate::store::select::condition;

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

#[test]
fn sql_selects_and_orders_what_the_evaluator_does() {
    let Some(cluster) = cluster::shared("store::postgres::sql::sql_selects_and_orders_what_the_evaluator_does") else {
        return;
    };
    let database = cluster.database();
    let (store, rows) = cases::open(&Database::Postgres(database.url()));
    cases::compare(&store, &rows, 2_000);
}

#[test]
fn nothing_is_computed_of_a_row_that_is_not_visible() {
    let Some(cluster) = cluster::shared("store::postgres::sql::nothing_is_computed_of_a_row_that_is_not_visible")
    else {
        return;
    };
    let database = cluster.database();
    let store = hidden::open(&Database::Postgres(database.url()));
    Asked::new(&database.url()).execute(&format!(
        "CREATE OR REPLACE FUNCTION {}.text_upper(a text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $f$
         BEGIN
           IF a = '{}' THEN RAISE program_limit_exceeded; END IF;
           RETURN upper(a);
         END $f$",
        functions::schema(),
        hidden::FAILS
    ));
    hidden::ask_beside(&store);
}

#[test]
fn texts_joined_beyond_what_a_value_holds_are_null() {
    let Some(cluster) = cluster::shared("store::postgres::sql::texts_joined_beyond_what_a_value_holds_are_null") else {
        return;
    };
    let database = cluster.database();
    let schema = functions::schema();
    let joined = |length: u32| format!("{schema}.text_concat(repeat('x', 134217728), repeat('y', {length}))");
    let sql = format!("SELECT concat_ws(' ', octet_length({}), {} IS NULL)", joined(1), joined(134_217_729));
    assert_eq!(Asked::new(&database.url()).texts(&sql, &Parameters::default()), ["134217729 t"]);
}

/// What the standard library makes of all letters is what the functions make of them.
#[test]
fn letters_are_mapped_as_the_evaluator_maps_them() {
    let Some(cluster) = cluster::shared("store::postgres::sql::letters_are_mapped_as_the_evaluator_maps_them") else {
        return;
    };
    let database = cluster.database();
    let asked = Asked::new(&database.url());
    let schema = functions::schema();
    let map = |function: &str, text: &str| {
        let mut parameters = Parameters::default();
        let text = parameters.bind(Cell::Text(text.to_owned()));
        asked.texts(&format!("SELECT {schema}.{function}({text})"), &parameters).remove(0)
    };
    let letters: Vec<char> = ('\u{1}'..=char::MAX).collect();
    for part in letters.chunks(0x4000) {
        // A space is no letter of a word, so that each sigma stands alone.
        let text: String = part.iter().flat_map(|letter| [*letter, ' ']).collect();
        let first = u32::from(part[0]);
        assert!(map("text_lower", &text) == text.to_lowercase(), "lower case from U+{first:04X}");
        assert!(map("text_upper", &text) == text.to_uppercase(), "upper case from U+{first:04X}");
    }
    for letter in letters.iter().filter(|letter| letter.is_whitespace() || !letter.is_alphanumeric()).take(20_000) {
        if letter.is_whitespace() || u32::from(*letter) < 0x3100 {
            let text = format!("{letter}a{letter}b{letter}{letter}");
            assert_eq!(map("text_trim", &text), text.trim(), "U+{:04X}", u32::from(*letter));
        }
    }
}

#[test]
fn a_sigma_ends_a_word_where_the_evaluator_says_so() {
    let Some(cluster) = cluster::shared("store::postgres::sql::a_sigma_ends_a_word_where_the_evaluator_says_so") else {
        return;
    };
    let database = cluster.database();
    let asked = Asked::new(&database.url());
    // A letter counts as its neighbours do nearly everywhere; the others are where a class begins or ends.
    let all: Vec<char> = ('\u{1}'..=char::MAX).collect();
    let classes: Vec<_> = all.iter().map(|letter| functions::letters::beside(*letter)).collect();
    let at_edges = (1..all.len()).filter(|at| classes[at - 1] != classes[*at]).flat_map(|at| [all[at - 1], all[at]]);
    let words: Vec<String> = at_edges
        .flat_map(|letter| [format!("{letter}Σ"), format!("a{letter}Σ"), format!("aΣ{letter}"), format!("aΣ{letter}b")])
        .collect();
    assert!(words.len() > 4_000, "{}", words.len());
    for part in words.chunks(500) {
        let text = part.join(" ");
        let mut parameters = Parameters::default();
        let bound = parameters.bind(Cell::Text(text.clone()));
        let found = asked.texts(&format!("SELECT {}.text_lower({bound})", functions::schema()), &parameters).remove(0);
        assert_eq!(found, text.to_lowercase());
    }
}

/// Numbers at the edges of their kinds, and random ones.
fn numbers() -> Vec<Value> {
    let mut state = 7_u64;
    // splitmix64
    let mut random = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    let ints = [0, 1, -1, 2, -7, 10, i64::MAX, i64::MIN, i64::MIN + 1, 1 << 53, (1 << 53) + 1, 3_037_000_500];
    let doubles = [
        0.0,
        1.5,
        -2.5,
        0.5,
        2.499_999_999_999_999_6,
        1e23,
        5e-324,
        -5e-324,
        2.2e-308,
        f64::MAX,
        f64::MIN,
        1e300,
        1e-300,
        1e29,
        9.9e28,
        1e28,
        1e-28,
        1e-29,
        9_007_199_254_740_992.0,
        2_f64.powi(63),
        -(2_f64.powi(63)),
        1e22,
        0.1,
        3.0,
    ];
    let decimals = [
        "0",
        "1",
        "-1.5",
        "2.5",
        "0.1",
        "3",
        "-7.25",
        "9999999999999999999999999999",
        "-9999999999999999999999999999",
        "0.0000000000000000000000000001",
        "0.0000000000000000000000000007",
        "79228162514264337593543950335",
        "-7.9228162514264337593543950335",
        "1234567890123456789.5",
        "9223372036854775807.9",
        "-9223372036854775808.9",
        "9223372036854775808",
        "12345678901234.56789012345678",
    ];
    let decimal = |text: &str| Value::Decimal(Decimal::parse(text).unwrap());
    let mut all: Vec<Value> = ints.into_iter().map(Value::Int).collect();
    all.extend((0..12).map(|_| Value::Int(random().cast_signed())));
    all.extend(doubles.into_iter().map(Value::Double));
    all.extend((0..40).map(|_| f64::from_bits(random())).filter(|number| number.is_finite()).map(Value::Double));
    // Doubles in the range that decimals and whole numbers have.
    all.extend((0..40).map(|at| Value::Double((random() >> 20) as f64 * 10_f64.powi(at - 40))));
    all.extend(decimals.map(decimal));
    all.extend((0..20).map(|at| {
        let digits = format!("{:014}{:014}", random() % 100_000_000_000_000, random() % 100_000_000_000_000);
        decimal(&format!("{}.{}", &digits[..=at], &digits[at + 1..]))
    }));
    all
}

#[test]
fn every_computation_of_numbers_gives_what_the_evaluator_gives() {
    let Some(cluster) =
        cluster::shared("store::postgres::sql::every_computation_of_numbers_gives_what_the_evaluator_gives")
    else {
        return;
    };
    let database = cluster.database();
    let asked = Asked::new(&database.url());
    let numbers = numbers();
    let one = [
        Operation::Negate,
        Operation::Convert(Kind::Int),
        Operation::Convert(Kind::Double),
        Operation::Convert(Kind::Decimal),
        Operation::Call(Function::Floor),
        Operation::Call(Function::Ceiling),
        Operation::Call(Function::Round),
    ];
    let two = [Operation::Add, Operation::Sub, Operation::Mul, Operation::Div, Operation::Mod];
    let mut cases: Vec<(Operation, Vec<Value>)> = Vec::new();
    for a in &numbers {
        cases.extend(one.iter().map(|operation| (*operation, vec![a.clone()])));
        for b in numbers.iter().filter(|b| b.kind() == a.kind()) {
            cases.extend(two.iter().map(|operation| (*operation, vec![a.clone(), b.clone()])));
        }
    }
    for part in cases.chunks(500) {
        let mut parameters = Parameters::default();
        let mut checks = Vec::new();
        for (operation, operands) in part {
            let expected = apply(*operation, operands);
            let kind = match operation {
                Operation::Convert(kind) => *kind,
                _ => operands[0].kind(),
            };
            let texts: Vec<String> = operands.iter().map(|value| parameters.literal(value, value.kind())).collect();
            let expected = parameters.literal(&expected, kind);
            checks
                .push(format!("({} IS NOT DISTINCT FROM {expected})", compute(*operation, operands[0].kind(), &texts)));
        }
        let found = asked.texts(&format!("SELECT unnest(ARRAY[{}])::text", checks.join(",")), &parameters);
        for ((operation, operands), found) in part.iter().zip(found) {
            assert_eq!(found, "true", "{operation:?} {operands:?} is not {:?}", apply(*operation, operands));
        }
    }
    // Whole with floating numbers, compared without rounding.
    let all = || numbers.iter().filter(|value| matches!(value, Value::Int(_) | Value::Double(_)));
    for int in all().filter(|value| matches!(value, Value::Int(_))) {
        let mut parameters = Parameters::default();
        let a = parameters.literal(int, Kind::Int);
        let others: Vec<&Value> = all().filter(|value| matches!(value, Value::Double(_))).collect();
        let checks: Vec<String> = others
            .iter()
            .map(|other| {
                let b = parameters.literal(other, Kind::Double);
                format!("{}.int_double_order({a}, {b})", functions::schema())
            })
            .collect();
        let found = asked.texts(&format!("SELECT unnest(ARRAY[{}])::text", checks.join(",")), &parameters);
        for (other, found) in others.iter().zip(found) {
            assert_eq!(found, (int.compare(other).unwrap() as i8).to_string(), "{int:?} {other:?}");
        }
    }
}

#[test]
fn comparisons_of_bare_columns_search_an_index() {
    let Some(cluster) = cluster::shared("store::postgres::sql::comparisons_of_bare_columns_search_an_index") else {
        return;
    };
    let database = cluster.database();
    let asked = Asked::new(&database.url());
    asked.execute(
        "CREATE TABLE cases (\"id\" text COLLATE \"C\" PRIMARY KEY, \"updatedAt\" bigint NOT NULL, \"deleted\" boolean NOT NULL,
            \"text\" text COLLATE \"C\", \"int32\" integer, \"double\" double precision, \"decimal\" numeric, \"guid\" text COLLATE \"C\");
         CREATE INDEX stamps ON cases (\"updatedAt\", \"id\");
         CREATE INDEX texts ON cases (\"text\"); CREATE INDEX ints ON cases (\"int32\"); CREATE INDEX doubles ON cases (\"double\");
         CREATE INDEX decimals ON cases (\"decimal\"); CREATE INDEX guids ON cases (\"guid\");
         INSERT INTO cases SELECT 'r' || n, n * 10000, n % 3 = 0, 't' || n, n, n, n, md5(n::text)::uuid::text FROM generate_series(1, 5000) n;
         ANALYZE cases",
    );
    let plan = |filter: &str, key: &str| {
        let case = Case::read(filter, key, false).unwrap();
        let mut parameters = Parameters::default();
        let condition = condition(&case.filter, &mut parameters);
        let order = order_key(&case.key, false, &mut parameters);
        let sql = format!("EXPLAIN SELECT * FROM cases WHERE {condition} ORDER BY {order}, \"id\" LIMIT 101");
        asked.texts(&sql, &parameters).join("\n")
    };
    // Far more rows than a page has.
    let late = "updatedAt ge cast(1970-01-01T00:00:01.000Z,Edm.DateTimeOffset)";
    for filter in [
        late.to_owned(),
        format!("({late}) and deleted eq false"),
        format!("({late}) and updatedAt lt 1970-01-01T00:00:04.999Z and id gt 'a'"),
    ] {
        let plan = plan(&filter, "updatedAt");
        assert!(
            plan.contains("Index Scan using stamps")
                && plan.contains("Index Cond: ")
                && plan.contains("(\"updatedAt\" >= "),
            "{plan}"
        );
        assert!(!plan.contains("Sort"), "the order is that of the index: {plan}");
    }
    for (filter, index) in [
        ("id gt 'r4990'", "cases_pkey"),
        ("id eq 'r7'", "cases_pkey"),
        ("id in ('r7','r8')", "cases_pkey"),
        ("'t4990' lt text and text lt 't4995'", "texts"),
        ("startswith(text,'t499')", "texts"),
        ("int32 gt 4990", "ints"),
        ("int32 eq 7 and flag", "ints"),
        ("int32 in (7,8.0)", "ints"),
        ("double gt 4990", "doubles"),
        ("double ge 4990.5", "doubles"),
        ("decimal eq 7", "decimals"),
        ("decimal gt 4990.5", "decimals"),
        ("guid eq 0f8fad5b-d9cb-469f-a165-70867728950e", "guids"),
    ] {
        asked.execute("ALTER TABLE cases ADD COLUMN IF NOT EXISTS \"flag\" boolean");
        let plan = plan(filter, "id");
        assert!(plan.contains(index) && plan.contains("Index Cond"), "{filter}: {plan}");
    }
    // By the key the first page comes without a look at the other rows.
    let plan = plan("deleted eq true", "id");
    assert!(plan.contains("Index Scan using cases_pkey") && !plan.contains("Sort"), "{plan}");
}

#[test]
fn lists_in_lists_stay_short() {
    let mut filter = "flag".to_owned();
    for _ in 0..16 {
        filter = format!("({filter} in (true,null))");
    }
    let case = Case::read(&filter, "id", false).unwrap();
    let sql = condition(&case.filter, &mut Parameters::default());
    assert!(sql.len() < 5_000, "{}", sql.len());
}

#[test]
fn programs_that_start_at_one_time_make_the_functions_once() {
    let Some(cluster) =
        cluster::shared("store::postgres::sql::programs_that_start_at_one_time_make_the_functions_once")
    else {
        return;
    };
    let database = cluster.database();
    let url = database.url();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| Asked::new(&url));
        }
    });
    let asked = Asked::new(&url);
    let schemas =
        asked.texts("SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'synctable%'", &Parameters::default());
    assert_eq!(schemas, [functions::schema()]);
}
