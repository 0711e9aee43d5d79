//! Where inputs come from that are as they should be: the repository's own data.

use std::fs;
use std::path::Path;

/// The files of a folder with one of the endings, in order of their names.
///
/// # Panics
/// Where the folder cannot be read, or has none: a corpus of nothing finds nothing.
pub fn files(folder: &Path, ending: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|found| found == ending));
    paths.sort();
    assert!(!paths.is_empty(), "{} has no .{ending}", folder.display());
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Each `step`-th line of a file.
///
/// # Panics
/// Where it cannot be read.
pub fn lines(file: &Path, step: usize) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.lines().step_by(step).map(|line| line.as_bytes().to_vec()).collect()
}
