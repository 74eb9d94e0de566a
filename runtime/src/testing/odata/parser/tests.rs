//! Tests of the parser.

use super::super::super::value::Decimal;
use super::*;

/// Writes an expression with all its parentheses.
fn show(expr: &Expr) -> String {
    match &expr.node {
        ExprNode::Literal(Literal(value)) => format!("{value:?}"),
        ExprNode::Member(name) => name.clone(),
        ExprNode::Not(inner) => format!("Not({})", show(inner)),
        ExprNode::Negate(inner) => format!("Negate({})", show(inner)),
        ExprNode::Binary(operator, left, right) => format!("{operator:?}({}, {})", show(left), show(right)),
        ExprNode::In(left, list) => {
            format!("In({}, [{}])", show(left), list.iter().map(show).collect::<Vec<_>>().join(", "))
        }
        ExprNode::Call(function, arguments) => {
            format!("{function:?}({})", arguments.iter().map(show).collect::<Vec<_>>().join(", "))
        }
        ExprNode::Cast(inner, kind) => format!("Cast({}, {kind})", show(inner)),
    }
}

fn read(text: &str, grammar: Grammar) -> Result<String, QueryError> {
    parse_filter(text, grammar, Limits::default()).map(|expr| show(&expr))
}

#[test]
fn operators_bind_as_the_grammar_says() {
    for (text, expected) in [
        ("a or b and c", "Or(a, And(b, c))"),
        ("(a or b) and c", "And(Or(a, b), c)"),
        ("not a eq b", "Equal(Not(a), b)"),
        ("not (a eq b)", "Not(Equal(a, b))"),
        ("a add b mul c eq d", "Equal(Add(a, Mul(b, c)), d)"),
        ("a sub b sub c lt 1", "Less(Sub(Sub(a, b), c), Int(1))"),
        ("a sub -1 eq -b", "Equal(Sub(a, Int(-1)), Negate(b))"),
        ("a in ('x','it''s') or b", "Or(In(a, [Text(\"x\"), Text(\"it's\")]), b)"),
        ("a in ()", "In(a, [])"),
        ("contains(tolower(a),'x') eq true", "Equal(Contains(ToLower(a), Text(\"x\")), Bool(true))"),
        ("substring(a,1,2) ne null", "NotEqual(Substring(a, Int(1), Int(2)), Null)"),
        ("year(a) div 2 mod 3 ge 1", "GreaterOrEqual(Mod(Div(Year(a), Int(2)), Int(3)), Int(1))"),
        ("cast(a,Edm.Int32) le 1", "LessOrEqual(Cast(a, integer), Int(1))"),
        ("  a   gt\t1 ", "Greater(a, Int(1))"),
    ] {
        assert_eq!(read(text, Grammar::V4).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn literals_of_version_four() {
    let literal = |text: &str| match parse_filter(text, Grammar::V4, Limits::default()) {
        Ok(Expr { node: ExprNode::Literal(Literal(value)), .. }) => value,
        other => panic!("{text}: {other:?}"),
    };
    let same = |text: &str, expected: Value| {
        assert_eq!(Literal(literal(text)), Literal(expected), "{text}");
    };
    let instant = parse_instant("2024-01-02T03:04:05.678Z").map(Value::Instant);
    for text in [
        "cast(2024-01-02T03:04:05.678Z,Edm.DateTimeOffset)",
        "cast(2024-01-02T03:04:05.6780000Z, Edm.DateTimeOffset)",
        "2024-01-02T03:04:05.678Z",
        "2024-01-02T05:04:05.678+02:00",
        "2024-01-02T03:04:05.678",
    ] {
        same(text, instant.clone().unwrap());
    }
    same("cast(1970-01-02,Edm.Date)", Value::Date(1));
    same("1970-01-02", Value::Date(1));
    same("cast(1970-01-02,Edm.DateTimeOffset)", Value::Instant(864_000_000_000));
    same("cast(00:00:01,Edm.TimeOfDay)", Value::Time(10_000_000));
    same("00:00:01.5", Value::Time(15_000_000));
    let guid = || Value::Guid("a0f8fad5-d9cb-469f-a165-70867728950e".to_owned());
    same("cast(A0F8FAD5-d9cb-469f-a165-70867728950e,Edm.Guid)", guid());
    same("a0f8fad5-d9cb-469f-a165-70867728950e", guid());
    same("42", Value::Int(42));
    same("42L", Value::Int(42));
    same("-9223372036854775808", Value::Int(i64::MIN));
    same("-9223372036854775808L", Value::Int(i64::MIN));
    same("9223372036854775808", Value::Decimal(Decimal::parse("9223372036854775808").unwrap()));
    same("42.5M", Value::Decimal(Decimal::parse("42.5").unwrap()));
    same("42m", Value::Decimal(Decimal::parse("42").unwrap()));
    same("42.0", Value::Double(42.0));
    same("1e3", Value::Double(1000.0));
    same("-1.5E-1", Value::Double(-0.15));
    same("42.5f", Value::Double(42.5));
    same("42d", Value::Double(42.0));
    same("''", Value::Text(String::new()));
    same("'é 🥛'", Value::Text("é 🥛".to_owned()));
    same("null", Value::Null);
    same("binary'AAEC'", Value::Bytes(vec![0, 1, 2]));
}

#[test]
fn grammars_differ_where_the_generations_do() {
    let quoted = "a ge datetimeoffset'2024-01-02T03:04:05.6780000+00:00'";
    let date = "a ge datetime'2024-01-02T03:04:05.678Z'";
    let plain = read("a ge 2024-01-02T03:04:05.678Z", Grammar::V4);
    for text in [quoted, date] {
        assert!(read(text, Grammar::V4).is_err(), "{text}");
        assert_eq!(read(text, Grammar::V4QuotedDates), plain, "{text}");
        assert_eq!(read(text, Grammar::V3), plain, "{text}");
    }
    assert_eq!(read("substringof('x',a)", Grammar::V3).as_deref(), Ok("Contains(a, Text(\"x\"))"));
    assert_eq!(
        read("replace(a,'x','y') eq 'z'", Grammar::V3).as_deref(),
        Ok("Equal(Replace(a, Text(\"x\"), Text(\"y\")), Text(\"z\"))")
    );
    assert!(read("a eq guid'0f8fad5b-d9cb-469f-a165-70867728950e'", Grammar::V3).is_ok());
    assert!(read("concat(replace(a,'x','y'),replace(b,'x','y')) eq 'z'", Grammar::V3).is_ok());
    let nested = read("a eq 'x' or replace(concat('',replace(a,'x','xx')),'x','xx') eq 'z'", Grammar::V3);
    assert_eq!(nested.map_err(|error| error.at), Err(30));
    for text in ["substringof('x',a)", "replace(a,'x','y') eq 'z'", "a eq guid'0f8fad5b-d9cb-469f-a165-70867728950e'"] {
        assert!(read(text, Grammar::V4).is_err(), "{text}");
        assert!(read(text, Grammar::V4QuotedDates).is_err(), "{text}");
    }
    for text in ["contains(a,'x')", "a in ('x')", "cast(a,Edm.Int32) eq 1"] {
        assert!(read(text, Grammar::V3).is_err(), "{text}");
    }
}

#[test]
fn errors_say_where() {
    for (text, at) in [
        ("((", 2),
        ("", 0),
        ("a eq", 4),
        ("a eq 1 b", 7),
        ("a EQ 1", 2),
        ("a eq 'x", 5),
        ("a eq 2024-02-30", 5),
        ("a eq 25:00", 5),
        ("a eq 12abc", 5),
        ("frob(a)", 0),
        ("length(a,b) eq 1", 0),
        ("a eq \"x\"", 5),
        ("ä eq ö ü", 7),
        ("a in 1", 5),
        ("cast(1,Edm.Nope) eq 1", 7),
        ("(a eq 1", 7),
        ("a,b", 1),
    ] {
        let error = read(text, Grammar::V4).unwrap_err();
        assert_eq!((error.option, error.at), ("$filter", at), "{text}: {error}");
    }
}

#[test]
fn size_and_depth_are_bounded() {
    let chain = |count: usize| (0..count).map(|number| format!("id eq '{number}'")).collect::<Vec<_>>().join(" or ");
    assert!(read(&chain(16), Grammar::V4).is_ok());
    assert!(read(&chain(17), Grammar::V4).unwrap_err().message.contains("node count limit of '100'"));
    let list = (0..500).map(|number| format!("'{number}'")).collect::<Vec<_>>().join(",");
    assert!(read(&format!("id in ({list})"), Grammar::V4).is_ok());
    let nested = |open: &str, close: &str| format!("{}a{}", open.repeat(100_000), close.repeat(100_000));
    for text in [nested("(", ")"), nested("not ", ""), nested("- ", ""), nested("tolower(", ")")] {
        assert!(read(&text, Grammar::V4).unwrap_err().message.contains("limit"));
    }
}

#[test]
fn chains_are_no_deeper_than_parentheses_may_be() {
    let read = |text: &str| parse_filter(text, Grammar::V3, Limits { nodes: 4000, depth: 50 });
    for (operator, end) in [(" add ", " gt 1"), (" mul ", " gt 1"), (" eq ", "")] {
        let chain = |count: usize| format!("{}{end}", vec!["a"; count].join(operator));
        assert!(read(&chain(50)).is_ok(), "{operator}");
        assert!(read(&chain(52)).unwrap_err().message.contains("depth limit of '50'"), "{operator}");
        assert!(read(&format!("b or ({} or b)", chain(52))).unwrap_err().message.contains("depth limit"), "{operator}");
    }
    // Beside each other they make nothing deeper.
    assert!(read(&vec!["a add 1 add 2 eq b"; 300].join(" or ")).is_ok());
    assert!(read(&format!("({}) eq c", vec!["(a add 1 eq b and b)"; 200].join(" or "))).is_ok());
}

#[test]
fn orders_have_directions() {
    let keys = parse_order("title desc, length(title) ,id asc", Grammar::V4, Limits::default()).unwrap();
    let shown: Vec<_> = keys.iter().map(|key| (show(&key.expr), key.descending)).collect();
    let expected = [("title", true), ("Length(title)", false), ("id", false)];
    assert_eq!(shown, expected.map(|(text, descending)| (text.to_owned(), descending)));
    for (text, at) in [("", 0), ("title fizz", 6), ("title,", 6), ("title desc desc", 11)] {
        assert_eq!(parse_order(text, Grammar::V4, Limits::default()).unwrap_err().at, at, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[()',\\-. a-z0-9:TZé🥛%]{0,40}|\\PC{0,20}", tokens in proptest::collection::vec(
        proptest::sample::select(vec!["(", ")", ",", "-", "'", "a", "eq", "and", "not", "in", "1", "1.5M", "'x'", "length(", "cast(", "2024-01-01T", "12:00"]), 0..12)
    ) {
        for text in [text, tokens.join(" "), tokens.concat()] {
            for grammar in [Grammar::V4, Grammar::V4QuotedDates, Grammar::V3] {
                for at in [
                    parse_filter(&text, grammar, Limits::default()).err().map(|error| error.at),
                    parse_order(&text, grammar, Limits::default()).err().map(|error| error.at),
                ] {
                    proptest::prop_assert!(at.unwrap_or(0) <= text.chars().count(), "the place lies in the text");
                }
            }
        }
    }
}
