//! The text of every operator on every type of column that has it, in every dialect.

use super::{D2, N2, TK, V3};
use crate::error::ErrorKind;
use crate::query::Condition;
use crate::query::odata::{Syntax, filter};
use crate::value::{Date, Decimal, Id, TimeOfDay, Timestamp};
use crate::{ColumnValue, Operand, Predicate, SyncTable, Uuid};

#[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
enum State {
    Open,
}

#[derive(Debug, Clone, SyncTable)]
struct Sink {
    id: Id,
    flag: bool,
    may: Option<bool>,
    tiny: i8,
    short: i16,
    int: i32,
    long: i64,
    byte: u8,
    word: u16,
    uint: u32,
    single: f32,
    double: f64,
    price: Decimal,
    letter: char,
    text: String,
    other: Option<String>,
    key: Uuid,
    day: Date,
    time: TimeOfDay,
    due: Timestamp,
    state: State,
    count: Option<i32>,
    total: Option<i32>,
}

type C = <Sink as SyncTable>::Columns;

fn written(predicate: &Predicate<Sink>, syntax: &Syntax) -> String {
    match filter(predicate.tree(), syntax) {
        Ok(filter) => filter.map_or_else(|| "(all)".to_owned(), |filter| filter.text),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
            let message = error.message();
            assert!(message.contains(&format!("cannot be asked of a `{}` server", syntax.dialect)), "{message}");
            format!("refused: {}", message.split(" cannot be asked").next().unwrap_or_default())
        }
    }
}

/// N2, D2, and what V3 and TK have in common.
fn each<P: Condition<Sink>>(condition: impl Fn(C) -> P, n2: &str, d2: &str, v3: &str) {
    let predicate = condition(Sink::COLUMNS).into_predicate();
    for (syntax, expected) in [(&N2, n2), (&D2, d2), (&V3, v3), (&TK, v3)] {
        assert_eq!(written(&predicate, syntax), expected, "{}", syntax.dialect);
    }
}

/// The same in every dialect.
fn same<P: Condition<Sink>>(condition: impl Fn(C) -> P, text: &str) {
    each(condition, text, text, text);
}

#[test]
fn comparisons_of_every_type() {
    macro_rules! ordered {
        ($($field:ident $value:expr, $n2:literal $d2:literal $v3:literal;)+) => {
            $(
                let (n2, d2, v3) = ($n2, $d2, $v3);
                let name = stringify!($field);
                let text = |how: &str, literal: &str| format!("({name} {how} {literal})");
                for (how, n2_text) in [("eq", text("eq", n2)), ("gt", text("gt", n2)), ("ge", text("ge", n2)), ("lt", text("lt", n2)), ("le", text("le", n2))] {
                    let made = |t: C| match how {
                        "eq" => t.$field.eq($value),
                        "gt" => t.$field.gt($value),
                        "ge" => t.$field.ge($value),
                        "lt" => t.$field.lt($value),
                        _ => t.$field.le($value),
                    };
                    each(made, &n2_text, &text(how, d2), &text(how, v3));
                }
                let ne = |literal: &str| format!("(({name} ne {literal}) or ({name} eq null))");
                each(|t| t.$field.ne($value), &ne(n2), &ne(d2), &text("ne", v3));
                each(
                    |t| t.$field.is_in([$value]),
                    &text("eq", n2),
                    &text("eq", d2),
                    &format!("{name} in ({v3})"),
                );
            )+
        };
    }
    ordered!(
        tiny -3_i8, "-3" "-3" "-3";
        short 3_i16, "3" "3" "3";
        int 42, "42" "42" "42";
        long 42_i64, "42L" "42L" "42L";
        byte 200_u8, "200" "200" "200";
        word 9_u16, "9" "9" "9";
        uint 9_u32, "9L" "9L" "9L";
        single 1.3_f32, "1.3f" "1.3f" "1.3f";
        single 10.0_f32, "10f" "10f" "10f";
        double 0.1, "0.1" "0.1" "0.1";
        price "42.50".parse::<Decimal>().unwrap(), "42.5M" "42.5M" "42.5M";
        letter '\'', "''''" "''''" "''''";
        text "it's", "'it''s'" "'it''s'" "'it''s'";
        key Uuid::nil(), "'00000000-0000-0000-0000-000000000000'" "guid'00000000-0000-0000-0000-000000000000'"
            "cast(00000000-0000-0000-0000-000000000000,Edm.Guid)";
        day "1994-10-14".parse::<Date>().unwrap(), "'1994-10-14'" "'1994-10-14'" "cast(1994-10-14,Edm.Date)";
        time "18:33:45.876".parse::<TimeOfDay>().unwrap(), "'18:33:45.876'" "'18:33:45.876'"
            "cast(18:33:45.876,Edm.TimeOfDay)";
        due "2024-01-02T03:04:05Z".parse::<Timestamp>().unwrap(), "datetimeoffset'2024-01-02T03:04:05.000Z'"
            "datetimeoffset'2024-01-02T03:04:05.000Z'" "cast(2024-01-02T03:04:05.000Z,Edm.DateTimeOffset)";
        state State::Open, "'Open'" "'Open'" "'Open'";
    );
    same(|t| t.flag, "flag");
    same(|t| t.flag.eq(false), "(flag eq false)");
    let not = "not((flag ne null) and flag)";
    each(|t| !t.flag, not, not, "not(flag)");
    let not = "not((may ne null) and may)";
    same(|t| !t.may, not);
    same(|t| t.id.eq("a"), "(id eq 'a')");
    same(|t| t.id.ne("a"), "(id ne 'a')");
    same(|t| t.count.is_null(), "(count eq null)");
}

#[test]
fn arithmetic_of_every_type() {
    let decimal = || "2".parse::<Decimal>().unwrap();
    macro_rules! arithmetic {
        ($($method:ident $name:literal),+) => {
            $(
                same(|t| t.tiny.$method(2).eq(4), concat!("((tiny ", $name, " 2) eq 4)"));
                same(|t| t.word.$method(t.byte).eq(4), concat!("((word ", $name, " byte) eq 4)"));
                same(|t| t.int.$method(2).eq(4), concat!("((int ", $name, " 2) eq 4)"));
                same(|t| t.long.$method(2).eq(4), concat!("((long ", $name, " 2L) eq 4L)"));
                same(|t| t.uint.$method(2).eq(4), concat!("((uint ", $name, " 2L) eq 4L)"));
                same(|t| t.single.$method(2.0).eq(4.0), concat!("((single ", $name, " 2.0) eq 4.0)"));
                same(|t| t.double.$method(2.0).eq(4.0), concat!("((double ", $name, " 2.0) eq 4.0)"));
                same(|t| t.price.$method(decimal()).eq(decimal()), concat!("((price ", $name, " 2M) eq 2M)"));
                same(|t| t.int.to_f64().$method(2.5).eq(4.0), concat!("((int ", $name, " 2.5) eq 4.0)"));
                same(|t| t.long.to_f64().$method(2.5).eq(4.0), concat!("((long ", $name, " 2.5) eq 4.0)"));
            )+
        };
    }
    arithmetic!(add "add", sub "sub", mul "mul");
    // A division by a column is null where that is zero, and no server has to know what it is then.
    let whole = "refused: `div` of integers, which the server divides as real numbers,";
    each(|t| t.int.div(2).eq(3), whole, "((int div 2) eq 3)", "((int div 2) eq 3)");
    each(|t| t.uint.div(2).eq(3), whole, "((uint div 2L) eq 3L)", "((uint div 2L) eq 3L)");
    same(|t| t.int.rem(2).eq(1), "((int mod 2) eq 1)");
    same(|t| t.long.rem(2).eq(1), "((long mod 2L) eq 1L)");
    same(|t| t.double.div(2.0).gt(1.0), "((double div 2.0) gt 1.0)");
    same(|t| t.single.rem(2.0).gt(1.0), "((single mod 2.0) gt 1.0)");
    same(|t| t.price.div(decimal()).gt(decimal()), "((price div 2M) gt 2M)");
    same(|t| t.int.to_f64().div(60.0).eq(2.0), "((int div 60.0) eq 2.0)");
    let guarded = "not((int ne null) and (byte ne null) and (byte ne 0) and ((int mod byte) eq 1))";
    each(|t| !t.int.rem(t.byte).eq(1), guarded, guarded, "not((int mod byte) eq 1)");
    let less = "not((int ne null) and (byte ne null) and (byte ne 0) and ((int mod byte) lt 1))";
    each(|t| !t.int.rem(t.byte).lt(1), less, less, "not((byte ne 0) and ((int mod byte) lt 1))");
    same(|t| t.int.rem(0).eq(1), "(id eq null)");
    same(|t| t.double.div(0.0).is_null(), "(all)");
    same(|t| t.price.div(Decimal::default()).ne(decimal()), "(all)");
    each(
        |t| t.long.to_f64().eq(2.5),
        "refused: `to_f64` where no operand is a real number, or of 64-bit integers,",
        "refused: `to_f64` where no operand is a real number, or of 64-bit integers,",
        "(cast(long,Edm.Double) eq 2.5)",
    );
    same(|t| t.int.to_f64().lt(2.5), "(int lt 2.5)");
    for method in ["floor", "ceiling", "round"] {
        let made = |t: C| match method {
            "floor" => t.double.floor().eq(2.0).and(t.single.floor().eq(2.0)).and(t.price.floor().eq(decimal())),
            "ceiling" => {
                t.double.ceiling().eq(2.0).and(t.single.ceiling().eq(2.0)).and(t.price.ceiling().eq(decimal()))
            }
            _ => t.double.round().eq(2.0).and(t.single.round().eq(2.0)).and(t.price.round().eq(decimal())),
        };
        same(made, &format!("(({method}(double) eq 2.0) and ({method}(single) eq 2.0) and ({method}(price) eq 2M))"));
    }
}

#[test]
fn texts_and_dates() {
    same(|t| t.text.to_lower().eq("a"), "(tolower(text) eq 'a')");
    same(|t| t.text.to_upper().eq("A"), "(toupper(text) eq 'A')");
    same(|t| t.text.trim().eq("a"), "(trim(text) eq 'a')");
    same(|t| t.text.len().lt(3), "(length(text) lt 3)");
    same(|t| t.text.index_of("a").ge(0), "(indexof(text,'a') ge 0)");
    same(|t| t.text.substring_from(1).eq("a"), "(substring(text,1) eq 'a')");
    same(|t| t.text.substring(1, 2).eq("a"), "(substring(text,1,2) eq 'a')");
    same(|t| t.text.concat("b").eq("ab"), "(concat(text,'b') eq 'ab')");
    same(|t| t.id.to_lower().eq("a"), "(tolower(id) eq 'a')");
    same(|t| t.text.eq_ignore_case("A"), "(tolower(text) eq tolower('A'))");
    same(|t| t.text.starts_with(t.id), "startswith(text,id)");
    same(|t| t.text.starts_with_ignore_case("A"), "startswith(tolower(text),tolower('A'))");
    same(|t| t.text.ends_with("a"), "endswith(text,'a')");
    each(|t| t.text.contains("a"), "substringof('a',text)", "substringof('a',text)", "contains(text,'a')");
    let not = "not((text ne null) and (other ne null) and startswith(text,other))";
    each(|t| !t.text.starts_with(t.other), not, not, "not((other ne null) and startswith(text,other))");
    same(|t| t.day.year().eq(2024), "(year(day) eq 2024)");
    same(|t| t.due.month().eq(1), "(month(due) eq 1)");
    same(|t| t.due.day().eq(1), "(day(due) eq 1)");
    same(|t| t.due.hour().eq(1), "(hour(due) eq 1)");
    same(|t| t.time.minute().eq(1), "(minute(time) eq 1)");
    same(|t| t.time.second().eq(1), "(second(time) eq 1)");
    let replace = "(replace(text,'a','b') eq 'c')";
    each(|t| t.text.replace("a", "b").eq("c"), replace, replace, "refused: `replace`");
    let nested = "(replace(replace(text,'a','b'),'c','d') eq 'e')";
    each(
        |t| t.text.replace("a", "b").replace("c", "d").eq("e"),
        "refused: `replace` within `replace`",
        nested,
        "refused: `replace`",
    );
    let long = "x".repeat(101);
    let by_long = "refused: `replace` by other than a constant of at most 100 characters";
    each(
        |t| t.text.replace("a", &long).eq("c"),
        by_long,
        &format!("(replace(text,'a','{long}') eq 'c')"),
        "refused: `replace`",
    );
    each(|t| t.text.replace("a", t.id).eq("c"), by_long, "(replace(text,'a',id) eq 'c')", "refused: `replace`");
}

#[test]
fn columns_beside_columns() {
    let both = "((int ne null) and (count ne null) and (int lt count))";
    each(|t| t.int.lt(t.count), both, both, "((count ne null) and (int lt count))");
    let equal = "(((count ne null) and (total ne null) and (count eq total)) or ((count eq null) and (total eq null)))";
    each(|t| t.count.eq(t.total), equal, equal, "(count eq total)");
    let sum = "(((count ne null) and (int ne null) and (total ne null) and ((count add int) eq total)) or (((count eq null) or (int eq null)) and (total eq null)))";
    each(|t| t.count.add(t.int).eq(t.total), sum, sum, "((count add int) eq total)");
    each(
        |t| t.count.add(t.int).ne(3),
        "(((count add int) ne 3) or (count eq null) or (int eq null))",
        "(((count add int) ne 3) or (count eq null) or (int eq null))",
        "((count add int) ne 3)",
    );
}

#[test]
fn a_text_with_nul_is_refused_wherever_it_stands() {
    for syntax in [&N2, &D2, &V3, &TK] {
        let t = Sink::COLUMNS;
        for predicate in [
            t.text.eq("a\0b"),
            t.text.is_in(["a", "\0"]),
            t.text.contains("\0"),
            t.text.concat("\0").eq("a"),
            t.letter.eq('\0'),
            t.id.eq("\0"),
        ] {
            assert!(written(&predicate, syntax).ends_with("with a text that has the character NUL"));
        }
    }
}

#[test]
fn nodes_are_an_upper_bound_for_computed_terms() {
    // As the library of V3 and TK counts them: a function and an operator are one node each, a member two, a constant one.
    let nodes = |predicate: Predicate<Sink>| filter(predicate.tree(), &V3).unwrap().unwrap().nodes;
    let t = Sink::COLUMNS;
    assert!(nodes(t.text.to_lower().eq("a")) >= 5);
    assert!(nodes(t.int.add(t.byte).mul(2).eq(3)) >= 9);
    assert!(nodes(t.text.substring(1, 2).concat("a").len().lt(3)) >= 9);
    assert!(nodes(t.flag.into_predicate()) >= 2);
    let _: crate::Expr<Sink, i32> = Operand::<Sink, i32>::into_expression(t.byte);
}
