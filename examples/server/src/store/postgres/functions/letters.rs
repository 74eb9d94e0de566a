//! Tables of letters for the SQL functions, asked of the standard library, so that both map letters alike in every locale.

use std::fmt::Write as _;

/// Letters beyond ASCII in parts that texts rarely mix: `translate` searches its list for each letter of a text.
const PARTS: [(u32, u32); 6] =
    [(0x80, 0x24f), (0x250, 0x58f), (0x590, 0x1dff), (0x1e00, 0x1fff), (0x2000, 0xffff), (0x1_0000, 0x10_ffff)];

fn letters(first: u32, last: u32) -> impl Iterator<Item = char> {
    (first..=last).filter_map(char::from_u32)
}

fn all() -> impl Iterator<Item = char> {
    letters(0, 0x10_ffff)
}

/// Statements that map the letters of the variable `letters` beyond ASCII.
pub(super) fn mapping(map: impl Fn(char) -> String) -> String {
    let mut sql = String::new();
    for (first, last) in PARTS {
        let (mut from, mut to, mut longer) = (String::new(), String::new(), Vec::new());
        for letter in letters(first, last) {
            let mapped = map(letter);
            let mut mapped_letters = mapped.chars();
            match (mapped_letters.next(), mapped_letters.next()) {
                (Some(same), None) if same == letter => {}
                (Some(other), None) => {
                    from.push(letter);
                    to.push(other);
                }
                _ => longer.push((letter, mapped)),
            }
        }
        if !longer.is_empty() {
            let names: String = longer.iter().map(|(letter, _)| *letter).collect();
            let _ = writeln!(sql, "  IF letters ~ '[{names}]' THEN");
            for (letter, mapped) in longer {
                let _ = writeln!(sql, "    letters := replace(letters, '{letter}', '{mapped}');");
            }
            sql.push_str("  END IF;\n");
        }
        if !from.is_empty() {
            let _ = writeln!(
                sql,
                "  IF letters ~ '[{from}]' THEN letters := translate(letters, '{from}', '{to}'); END IF;"
            );
        }
    }
    sql
}

/// What is cut off both ends of a text.
pub(super) fn spaces() -> String {
    all().filter(|letter| letter.is_whitespace()).collect()
}

/// How the end of a word is found, by what lies beside a capital sigma.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::postgres) enum Beside {
    /// A letter with case: the word goes on.
    Cased,
    /// Nothing: what lies beyond it counts.
    Ignorable,
    /// The word ends.
    Other,
}

/// Asks how a letter beside a capital sigma counts; the properties are not public, what they do is.
pub(in crate::store::postgres) fn beside(letter: char) -> Beside {
    let is_final = |text: String| text.to_lowercase().ends_with('ς');
    if is_final(format!("{letter}Σ")) {
        Beside::Cased
    } else if is_final(format!("A{letter}Σ")) {
        Beside::Ignorable
    } else {
        Beside::Other
    }
}

/// The code points of a class, as an `int4multirange`.
pub(super) fn ranges(class: Beside) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for code in all().filter(|letter| beside(*letter) == class).map(u32::from) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == code => *last = code,
            _ => ranges.push((code, code)),
        }
    }
    let ranges: Vec<String> = ranges.iter().map(|(first, last)| format!("[{first},{last}]")).collect();
    format!("{{{}}}", ranges.join(","))
}
