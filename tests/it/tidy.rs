//! The house rules that a compiler does not hold: file and line lengths, a first line that says what a file is for.

use std::fs;
use std::path::{Path, PathBuf};

/// A file is about one noun.
const MAX_LINES: usize = 400;

fn rust_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.join("src"), root.join("tests"), root.join("benches")];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    assert!(files.len() > 20, "the sources are not where they are looked for: {}", root.display());
    files
}

/// Every file that breaks a rule, with what `breaks` says of it.
fn offenders(breaks: impl Fn(&Path, &str) -> Option<String>) -> Vec<String> {
    rust_files()
        .into_iter()
        .filter_map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            breaks(&path, &text).map(|why| format!("{}: {why}", path.display()))
        })
        .collect()
}

#[test]
fn every_file_says_first_what_it_is_for() {
    let silent = offenders(|_, text| {
        let first = text.lines().next().unwrap_or_default();
        (!first.starts_with("//! ")).then(|| format!("begins with `{first}`"))
    });
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let long = offenders(|_, text| {
        let lines = text.lines().count();
        (lines > MAX_LINES).then(|| format!("{lines} lines, at most {MAX_LINES}"))
    });
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn nothing_is_left_for_later() {
    // This file names what it looks for.
    let left = offenders(|path, text| {
        let mark = ["TODO", "FIXME", "unimplemented!(", "#[ignore"].into_iter().find(|mark| text.contains(mark))?;
        (!path.ends_with("tidy.rs")).then(|| format!("has {mark}"))
    });
    assert!(left.is_empty(), "{left:#?}");
}
