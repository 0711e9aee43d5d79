//! Inputs that are almost as they should be: bytes flipped, pieces cut, copied and put elsewhere, values of JSON made others.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

/// Pieces of text that mean something to some reader.
const WORDS: [&str; 40] = [
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "${",
    "${*}",
    "${aws:PrincipalTag/team, 'x'}",
    "*",
    "?",
    "%",
    "%2F",
    "%00",
    "\\u0000",
    "\\ud800",
    "\u{1b}[31m",
    "\u{202e}",
    "\n",
    "\r",
    "\0",
    "\u{feff}",
    "é",
    "１２",
    "../",
    "//",
    "null",
    "true",
    "-1",
    "1e999",
    "18446744073709551616",
    "999999999999",
    "arn:aws-cn:iam::999988887777:role/x",
    "aws",
    "2012-10-17",
    "=cmd",
    "\"\"\"",
    "#",
];

/// Values that stand where others are expected.
const VALUES: [&str; 22] = [
    "null",
    "true",
    "0",
    "-1",
    "1.5",
    "1e308",
    "18446744073709551615",
    "\"\"",
    "\"*\"",
    "[]",
    "{}",
    "[[]]",
    "{\"\": null}",
    "\"\\u0000\\u001b[31m\\u202e\"",
    "\"../../x\"",
    "\"a%2Fb\"",
    "\"١١١١٢٢٢٢٣٣٣٣\"",
    "\"999988887777\"",
    "\"arn:aws:iam::999988887777:role/x\"",
    "[null]",
    "{\"value\": null}",
    "\"${aws:username}${\"",
];

/// What is done to an input.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A bit of a byte is turned.
    Flip(Index, u8),
    /// The end is cut off.
    Cut(Index),
    /// A stretch is taken out.
    Remove(Index, Index),
    /// A stretch stands twice, or where another stood.
    Copy(Index, Index, Index),
    /// A word is put in.
    Insert(Index, &'static str),
    /// A stretch of another seed is put in.
    Splice(Index, Index, Index, Index),
    /// A value of JSON becomes another.
    Replace(Index, &'static str),
    /// A value of JSON takes the place of another.
    Move(Index, Index),
    /// A member or element of JSON is taken out.
    Drop(Index),
    /// A key of JSON gets another name.
    Rename(Index, &'static str),
    /// A text of JSON is written very long.
    Lengthen(Index, u16),
    /// A value of JSON is put into many lists.
    Nest(Index, u16),
}

/// What is done, one after the other.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = any::<Index>;
    let word = || select(&WORDS[..]);
    let step = prop_oneof![
        2 => (at(), 0..8_u8).prop_map(|(at, bit)| Step::Flip(at, bit)),
        1 => at().prop_map(Step::Cut),
        1 => (at(), at()).prop_map(|(from, to)| Step::Remove(from, to)),
        1 => (at(), at(), at()).prop_map(|(from, to, into)| Step::Copy(from, to, into)),
        3 => (at(), word()).prop_map(|(at, word)| Step::Insert(at, word)),
        1 => (at(), at(), at(), at()).prop_map(|(seed, from, to, into)| Step::Splice(seed, from, to, into)),
        6 => (at(), select(&VALUES[..])).prop_map(|(at, value)| Step::Replace(at, value)),
        2 => (at(), at()).prop_map(|(from, to)| Step::Move(from, to)),
        2 => at().prop_map(Step::Drop),
        2 => (at(), word()).prop_map(|(at, word)| Step::Rename(at, word)),
        1 => (at(), 1..2_000_u16).prop_map(|(at, times)| Step::Lengthen(at, times)),
        1 => (at(), 1..300_u16).prop_map(|(at, depth)| Step::Nest(at, depth)),
    ];
    // the structure first, while it is one
    vec(step, 1..5).prop_map(|mut steps| {
        steps.sort_by_key(|step| !step.is_of_json());
        steps
    })
}

impl Step {
    fn is_of_json(&self) -> bool {
        matches!(
            self,
            Self::Replace(..)
                | Self::Move(..)
                | Self::Drop(..)
                | Self::Rename(..)
                | Self::Lengthen(..)
                | Self::Nest(..)
        )
    }
}

/// A seed after some steps.
pub(crate) fn mutated(seeds: &[Vec<u8>], seed: Index, steps: &[Step]) -> Vec<u8> {
    let mut data = seed.get(seeds).clone();
    for step in steps {
        if step.is_of_json() {
            if let Ok(mut value) = serde_json::from_slice::<Value>(&data) {
                of_json(&mut value, step);
                data = value.to_string().into_bytes();
            }
        } else if !data.is_empty() {
            of_bytes(&mut data, seeds, step);
        }
    }
    data
}

fn of_bytes(data: &mut Vec<u8>, seeds: &[Vec<u8>], step: &Step) {
    let stretch = |data: &[u8], from: &Index, to: &Index| {
        let (from, to) = (from.index(data.len()), to.index(data.len()));
        from.min(to)..from.max(to)
    };
    match step {
        Step::Flip(at, bit) => *at.get_mut(data) ^= 1 << bit,
        Step::Cut(at) => data.truncate(at.index(data.len())),
        Step::Remove(from, to) => drop(data.drain(stretch(data, from, to))),
        Step::Copy(from, to, into) => {
            let piece = data[stretch(data, from, to)].to_vec();
            let into = into.index(data.len());
            data.splice(into..into, piece);
        }
        Step::Insert(at, word) => {
            let at = at.index(data.len());
            data.splice(at..at, word.bytes());
        }
        Step::Splice(seed, from, to, into) => {
            let other = seed.get(seeds);
            let into = into.index(data.len());
            data.splice(into..into, other[stretch(other, from, to)].to_vec());
        }
        Step::Replace(..)
        | Step::Move(..)
        | Step::Drop(..)
        | Step::Rename(..)
        | Step::Lengthen(..)
        | Step::Nest(..) => {}
    }
}

fn of_json(value: &mut Value, step: &Step) {
    let mut paths = Vec::new();
    collect(value, &mut String::new(), &mut paths);
    let place = |at: &Index| at.get(&paths).clone();
    match step {
        Step::Replace(at, text) => *value.pointer_mut(&place(at)).unwrap() = serde_json::from_str(text).unwrap(),
        Step::Move(from, to) => {
            let taken = value.pointer(&place(from)).unwrap().clone();
            *value.pointer_mut(&place(to)).unwrap() = taken;
        }
        Step::Drop(at) => remove(value, &place(at)),
        Step::Rename(at, name) => {
            let objects: Vec<&str> =
                paths.iter().map(String::as_str).filter(|path| value.pointer(path).is_some_and(is_full)).collect();
            if !objects.is_empty() {
                let members = value.pointer_mut(objects[at.index(objects.len())]).unwrap().as_object_mut().unwrap();
                let key = members.keys().nth(at.index(members.len())).unwrap().clone();
                let moved = members.remove(&key).unwrap();
                members.insert((*name).to_owned(), moved);
            }
        }
        Step::Lengthen(at, times) => {
            if let Value::String(text) = value.pointer_mut(&place(at)).unwrap() {
                *text = text.repeat(usize::from(*times));
            }
        }
        Step::Nest(at, depth) => {
            let place = value.pointer_mut(&place(at)).unwrap();
            for _ in 0..*depth {
                *place = Value::Array(vec![place.take()]);
            }
        }
        Step::Flip(..) | Step::Cut(..) | Step::Remove(..) | Step::Copy(..) | Step::Insert(..) | Step::Splice(..) => {}
    }
}

fn is_full(value: &Value) -> bool {
    value.as_object().is_some_and(|members| !members.is_empty())
}

/// The place of every value.
fn collect(value: &Value, path: &mut String, paths: &mut Vec<String>) {
    paths.push(path.clone());
    let children: Vec<(String, &Value)> = match value {
        Value::Array(list) => list.iter().enumerate().map(|(at, child)| (at.to_string(), child)).collect(),
        Value::Object(members) => members.iter().map(|(name, child)| (escaped(name), child)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (name, child) in children {
        let length = path.len();
        path.push('/');
        path.push_str(&name);
        collect(child, path, paths);
        path.truncate(length);
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn remove(value: &mut Value, path: &str) {
    let Some((parent, name)) = path.rsplit_once('/') else { return };
    match value.pointer_mut(parent).unwrap() {
        Value::Array(list) => drop(list.remove(name.parse().unwrap())),
        Value::Object(members) => drop(members.remove(&name.replace("~1", "/").replace("~0", "~"))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
