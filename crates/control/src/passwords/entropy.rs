//! How hard a password is to guess, in bits: `password_validation.*.min_entropy`, `password_strength`.
//!
//! The logarithm of the number of passwords of the same length over the same kinds of characters, where
//! repetitions and runs along the keyboard count as two characters however long they are.

/// Kinds of characters and how many there are of each.
const KINDS: [(&str, u32); 6] = [
    ("abcdefghijklmnopqrstuvwxyz", 26),
    ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 26),
    ("0123456789", 10),
    ("!@$&*", 5),
    ("_-., ", 5),
    ("\"#%'()+/:;<=>?[\\]^{|}~`", 23),
];
/// What fingers do by themselves; backwards as well.
const RUNS: [&str; 5] = ["0123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz"];

/// Bits of entropy of `password`; 0 for an empty one.
pub fn entropy(password: &str) -> f64 {
    let characters: Vec<char> = password.chars().collect();
    f64::from(base(&characters)).log2() * effective_length(&characters) as f64
}

fn base(characters: &[char]) -> u32 {
    let kinds = KINDS.iter().filter(|(kind, _)| characters.iter().any(|c| kind.contains(*c)));
    let known: u32 = kinds.map(|(_, size)| size).sum();
    let mut others: Vec<char> =
        characters.iter().copied().filter(|c| !KINDS.iter().any(|(kind, _)| kind.contains(*c))).collect();
    others.sort_unstable();
    others.dedup();
    (known + others.len() as u32).max(1)
}

/// The number of characters, without those that follow from the two before them.
fn effective_length(characters: &[char]) -> usize {
    let implied = characters.windows(3).filter(|three| is_run(three)).count();
    characters.len() - implied
}

fn is_run(three: &[char]) -> bool {
    let lower: String = three.iter().flat_map(|c| c.to_lowercase()).collect();
    let backwards: String = lower.chars().rev().collect();
    three.iter().all(|c| *c == three[0])
        || RUNS.iter().any(|run| run.contains(&lower) || run.contains(&backwards))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_with_length_and_kinds() {
        assert_eq!(entropy(""), 0.0);
        assert!(entropy("kxwvm") < entropy("kxwvmt"));
        assert!(entropy("kxwvmt") < entropy("kxwVm7"));
        assert!(entropy("kxwVm7") < entropy("kxw-m7"));
        assert!((entropy("kxwm") - 4.0 * 26f64.log2()).abs() < 1e-9);
    }

    #[test]
    fn runs_and_repetitions_add_nothing() {
        for (long, short) in
            [("aaaaaaaaaa", "aa"), ("0123456789", "01"), ("qwertyuiop", "qw"), ("edcba", "ed")]
        {
            assert!((entropy(long) - entropy(short)).abs() < 1e-9, "{long}");
        }
        assert!(entropy("aaaaaaaaaa") < 10.0);
    }
}
