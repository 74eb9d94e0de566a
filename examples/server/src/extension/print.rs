//! A short name of some bytes, the same on every machine and in every version: FNV-1a of 128 bits.
//!
//! It tells a client's mistake, not an attack: keys are met by their own user only.

const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// Returns the name of some parts in order.
pub(super) fn print(parts: &[&[u8]]) -> String {
    let mut hash = OFFSET;
    let mut take = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u128::from(*byte)).wrapping_mul(PRIME);
        }
    };
    for part in parts {
        // With the lengths, no two lists of parts are the same bytes.
        take(&(part.len() as u64).to_le_bytes());
        take(part);
    }
    format!("{hash:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let prints = [
            print(&[]),
            print(&[b""]),
            print(&[b"", b""]),
            print(&[b"a", b"bc"]),
            print(&[b"ab", b"c"]),
            print(&[b"abc"]),
        ];
        for (at, first) in prints.iter().enumerate() {
            assert!(prints[at + 1..].iter().all(|other| other != first), "{prints:?}");
        }
    }

    #[test]
    fn it_is_the_same_in_every_version() {
        assert_eq!(print(&[]), "6c62272e07bb014262b821756295c58d");
    }
}
