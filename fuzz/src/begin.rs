//! What each door does before libFuzzer reads its corpus: a corpus that is empty is begun with the seeds.

use std::fs;
use std::path::Path;

use noderole_fuzz::TARGETS;

/// Begins the corpus of the target with that name.
///
/// # Panics
/// Where there is no such target, or its corpus cannot be written.
pub fn begin(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = fuzz.join("corpus").join(name);
    fs::create_dir_all(&corpus).unwrap();
    if fs::read_dir(&corpus).unwrap().next().is_none() {
        for (number, seed) in (target.seeds)(fuzz.parent().unwrap()).iter().enumerate() {
            fs::write(corpus.join(format!("seed-{number:03}")), seed).unwrap();
        }
    }
}
