//! Texts of computed terms: what SQLite computes, what its own operators do, what is computed before.

use super::*;

fn call(function: Function, arguments: Vec<Term>, result: ColumnType) -> Term {
    Term::Call { function, arguments, result }
}

fn number(of: ColumnType, value: i64) -> Term {
    Term::Literal(Literal::typed(of, Value::Integer(value)))
}

fn sql(left: Term, comparison: Comparison, right: Term) -> (String, Vec<Value>) {
    let sql = condition(&SCHEMA, &Tree::Compare { left, comparison, right }).unwrap();
    (sql.text, sql.bindings)
}

#[test]
fn what_no_row_changes_is_computed_once_before() {
    let lower = |term| call(Function::ToLower, vec![term], ColumnType::Text);
    let constant = lower(call(
        Function::Concat,
        vec![Term::Literal(Literal::text("ÅR")), Term::Literal(Literal::text("HUS"))],
        ColumnType::Text,
    ));
    let expected = (r#"(synctable_to_lower("te""xt") = ?1)"#.to_owned(), vec![text("århus")]);
    assert_eq!(sql(lower(column(1)), Comparison::Eq, constant.clone()), expected);
    assert_eq!(sql(constant.clone(), Comparison::Eq, lower(column(1))), expected);
    assert_eq!(sql(constant, Comparison::Gt, column(1)), (r#"("te""xt" < ?1)"#.to_owned(), vec![text("århus")]));

    let by_zero = call(Function::Div, vec![number(ColumnType::I64, 1), number(ColumnType::I64, 0)], ColumnType::I64);
    assert_eq!(sql(column(3), Comparison::Eq, by_zero.clone()), (r#"("whole" IS NULL)"#.to_owned(), vec![]));
    assert_eq!(sql(column(3), Comparison::Lt, by_zero.clone()), ("0".to_owned(), vec![]));
    let of_null = call(Function::Add, vec![column(3), by_zero], ColumnType::I64);
    assert_eq!(sql(of_null, Comparison::Ne, column(3)), (r#"("whole" IS NOT NULL)"#.to_owned(), vec![]));
}

#[test]
fn computed_sides_may_both_be_null_and_decimals_are_ordered_by_value() {
    let trimmed = call(Function::Trim, vec![column(2)], ColumnType::Text);
    let (equal, _) = sql(column(1), Comparison::Eq, trimmed.clone());
    assert_eq!(equal, r#"("te""xt" IS synctable_trim("other"))"#);
    let (unequal, _) = sql(trimmed, Comparison::Ne, column(1));
    assert_eq!(unequal, r#"(synctable_trim("other") IS NOT "te""xt")"#);

    let decimal = |value: &str| Term::Literal(Literal::typed(ColumnType::Decimal, text(value)));
    let doubled = call(Function::Mul, vec![column(7), decimal("2")], ColumnType::Decimal);
    let (ordered, _) = sql(decimal("3"), Comparison::Le, doubled.clone());
    assert_eq!(ordered, r#"(synctable_mul("price", ?1) COLLATE synctable_decimal >= ?2)"#);
    let (equal, _) = sql(doubled, Comparison::Eq, column(7));
    assert_eq!(equal, r#"(synctable_mul("price", ?1) IS "price")"#);
}

#[test]
fn operators_of_sqlite_serve_where_no_overflow_is_in_reach() {
    static SMALL: ColumnDef = ColumnDef::new::<i32>("small", "small");
    let small = || Term::Column(&SMALL);
    let text_of = |term: Term| {
        let result = term.column_type();
        sql(term, Comparison::Eq, Term::Literal(Literal::typed(result, Value::Integer(7)))).0
    };
    let arithmetic = |function, left, right| call(function, vec![left, right], ColumnType::I32);
    for (function, operator) in
        [(Function::Add, '+'), (Function::Sub, '-'), (Function::Mul, '*'), (Function::Div, '/'), (Function::Rem, '%')]
    {
        let product = arithmetic(function, small(), number(ColumnType::I32, i64::from(i32::MIN)));
        assert_eq!(text_of(product), format!(r#"(("small" {operator} ?1) = ?2)"#));
    }
    // Three factors of 32 bits leave 64.
    let square = arithmetic(Function::Mul, small(), small());
    assert_eq!(
        text_of(arithmetic(Function::Mul, square, small())),
        r#"(synctable_mul(("small" * "small"), "small") = ?1)"#
    );
    assert_eq!(
        text_of(call(Function::Sub, vec![column(3), small()], ColumnType::I64)),
        r#"(synctable_sub("whole", "small") = ?1)"#
    );
    assert_eq!(
        text_of(call(Function::Div, vec![column(3), small()], ColumnType::I64)),
        r#"(synctable_div("whole", "small") = ?1)"#
    );
    let by_ten = call(Function::Div, vec![column(3), number(ColumnType::I64, 10)], ColumnType::I64);
    assert_eq!(text_of(by_ten), r#"(("whole" / ?1) = ?2)"#);
    assert_eq!(
        text_of(call(Function::Rem, vec![column(3), small()], ColumnType::I64)),
        r#"(("whole" % "small") = ?1)"#
    );
}
