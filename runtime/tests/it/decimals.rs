//! Decimal arithmetic of the library and of the reader that servers share: written apart, they must agree.

use proptest::prelude::*;
use synctable::Decimal;
use synctable::testing::value::Decimal as Served;

fn number() -> impl Strategy<Value = String> {
    let digits = prop_oneof![Just(String::new()), "[0-9]{1,3}", "[0-9]{10,16}", "[09]{20,28}", "[0-9]{27,28}"];
    (any::<bool>(), digits.clone(), digits).prop_filter_map("28 digits at most", |(negative, whole, fraction)| {
        let whole = if whole.is_empty() { "0".to_owned() } else { whole };
        let sign = if negative { "-" } else { "" };
        let text = if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
        let significant = format!("{whole}{fraction}").trim_start_matches('0').len();
        (significant <= 28 && fraction.len() <= 28).then_some(text)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_library_and_the_servers_reader_compute_the_same(left in number(), right in number()) {
        let (a, b): (Decimal, Decimal) = (left.parse().unwrap(), right.parse().unwrap());
        let (c, d) = (Served::parse(&left).unwrap(), Served::parse(&right).unwrap());
        for (operator, ours, served) in [
            ("add", a.checked_add(&b), c.checked_add(d)),
            ("sub", a.checked_sub(&b), c.checked_sub(d)),
            ("mul", a.checked_mul(&b), c.checked_mul(d)),
            ("div", a.checked_div(&b), c.checked_div(d)),
            ("rem", a.checked_rem(&b), c.checked_rem(d)),
            ("floor", Some(a.floor()), Some(c.floor())),
            ("ceiling", Some(a.ceiling()), Some(c.ceiling())),
            ("round", Some(a.round()), Some(c.round())),
        ] {
            let served: Option<Decimal> = served.map(|number| number.to_string().parse().unwrap());
            prop_assert_eq!(ours, served, "{} {} {}", left, operator, right);
        }
        prop_assert_eq!(a.cmp(&b), c.cmp(&d), "{} and {}", left, right);
    }
}
