//! Steps are counted, never time: no pattern and no text make them more than pieces times characters.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::{Form, Pattern, Piece, Version};
use super::*;

/// The pieces of a pattern.
fn pieces(pattern: Pattern) -> Vec<Piece> {
    match pattern.form {
        Form::Glob(pieces) | Form::Template(pieces) => pieces,
        Form::Anything => vec![Piece::Run(Reach::Anywhere)],
        Form::Exact(text) => vec![Piece::Literal(text)],
        Form::Nothing => panic!("{} can match nothing", pattern.source),
    }
}

fn steps(pieces: &[Piece], text: &str) -> (bool, usize) {
    let mut steps = 0;
    let matched = walk(pieces, |_| None, text, || steps += 1);
    (matched, steps)
}

/// Every way in which the runs can take text: slow, and plainly right.
fn by_trying_all(pieces: &[Piece], text: &str) -> bool {
    let Some((piece, others)) = pieces.split_first() else { return text.is_empty() };
    let more = |reach| skip(text, reach).is_some_and(|longer| by_trying_all(pieces, longer));
    match piece {
        Piece::Literal(literal) => text.strip_prefix(literal.as_str()).is_some_and(|rest| by_trying_all(others, rest)),
        Piece::One(reach) => skip(text, *reach).is_some_and(|rest| by_trying_all(others, rest)),
        Piece::Run(reach) => by_trying_all(others, text) || more(*reach),
        Piece::Variable(_) => by_trying_all(others, text) || more(Reach::Anywhere),
    }
}

#[test]
fn a_text_twice_as_long_takes_about_twice_the_steps_whatever_the_stars() {
    let patterns = [
        Pattern::like(&format!("{}b", "*a".repeat(3_000)), Version::V2012),
        Pattern::like(&format!("{}b", "*".repeat(10_000)), Version::V2012),
        Pattern::like(&format!("{}b", "*?".repeat(100)), Version::V2012),
        Pattern::like("*aaaaaaaaaaaaaaaab", Version::V2012),
        // a variable of which nothing is known reaches anywhere, and the runs after it stay in their part
        Pattern::arn(&format!("${{aws:x}}{}b:x:x:x:x", "*a".repeat(20)), Version::V2012),
        Pattern::arn(&format!("{}b:x:x:x:x", "${aws:x}*a*a".repeat(20)), Version::V2012),
        Pattern::arn("arn:*a*a*b:*c*c:*:*:*x", Version::V2012),
    ];
    for pattern in patterns {
        let source: String = pattern.source.chars().take(40).collect();
        let pieces = pieces(pattern);
        let [short, long] = [2_000, 4_000].map(|length| {
            let (matched, steps) = steps(&pieces, &"a".repeat(length));
            assert!(!matched, "{source}");
            assert!(steps <= 5 * (length + pieces.len() + 1), "{steps} steps of {source}");
            steps
        });
        assert!(long <= 3 * short, "{short} and {long} steps of {source}");
    }
}

#[test]
fn parts_do_not_multiply_the_steps() {
    let pieces = pieces(Pattern::arn("${aws:x}*a*b:*a*b:*a*b:*a*b:*a*b:z", Version::V2012));
    for (text, length) in [("a:".repeat(2_000), 4_000), ("ab:".repeat(1_500), 4_500), ("aaaaab:".repeat(600), 4_200)] {
        let (matched, steps) = steps(&pieces, &text);
        assert!(!matched && steps <= 2 * pieces.len() * (length + 1), "{steps} steps");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_walk_finds_what_trying_all_finds_within_its_steps(
        words in vec(select(&["*", "?", "a", "b", ":", "${aws:x}", "ab"][..]), 0..9),
        text in "[ab:]{0,10}",
        is_arn in any::<bool>(),
    ) {
        let source = if is_arn { format!("{}:::::x", words.concat()) } else { words.concat() };
        let text = if is_arn { format!("{text}:::::x") } else { text };
        let pieces = pieces(if is_arn { Pattern::arn(&source, Version::V2012) } else { Pattern::like(&source, Version::V2012) });
        let (matched, steps) = steps(&pieces, &text);
        prop_assert_eq!(matched, by_trying_all(&pieces, &text));
        prop_assert!(steps <= 2 * (pieces.len() + 1) * (text.len() + 1), "{} steps", steps);
    }
}
