//! Numbers with their nouns, as people write them.

/// A number and its noun, which takes an `s` in the plural: `1 call`, `2 calls`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_none_is_not() {
        assert_eq!([0, 1, 2].map(|number| counted(number, "role")), ["0 roles", "1 role", "2 roles"]);
    }
}
