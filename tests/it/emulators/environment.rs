//! The Python environment of the emulators.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::environment::Environment;

const EMULATORS: Environment = Environment {
    name: "emulators",
    what: "the emulators that this test needs (moto, ministack)",
    requirements: include_str!("../../emulators/requirements.txt"),
    imports: "moto.server, ministack.app, boto3",
};

/// The scripts that run in the environment.
pub(super) const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/emulators");

/// The environment's Python.
///
/// # Panics
/// With what to do about it, where it cannot be made: a test that needs an emulator fails, it is never left out.
pub(crate) fn python() -> &'static Path {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    PYTHON.get_or_init(|| EMULATORS.python()).as_ref().unwrap_or_else(|advice| panic!("{advice}"))
}
