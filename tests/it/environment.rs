//! Python environments of tests: each made once in a cache folder, from pinned versions, by whichever test comes first.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

/// What tests need of Python.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Environment {
    /// The name in the cache folder.
    pub(crate) name: &'static str,
    /// What it is needed for, and the packages by their names, in a sentence.
    pub(crate) what: &'static str,
    /// What is installed: a requirements file with every version pinned, for dependencies are not looked for.
    pub(crate) requirements: &'static str,
    /// The modules whose import proves that it works.
    pub(crate) imports: &'static str,
}

impl Environment {
    /// The environment's Python, which is made where it is missing; an error with what to do about it.
    pub(crate) fn python(&self) -> Result<PathBuf, String> {
        self.prepare(&cache(), "python3").map_err(|problem| self.advice(&problem))
    }

    fn advice(&self, problem: &str) -> String {
        format!(
            "{what} could not be set up.\n{problem}\n\
             They are installed once, into {cache}.\n\
             - Python 3.10 or newer with venv and pip is needed as `python3` (Debian, Ubuntu: apt-get install python3-venv).\n\
             - The package registry must be reached by pip (PIP_INDEX_URL and HTTPS_PROXY are heeded).\n\
             - Without a network: set NODEROLE_TEST_CACHE to a copy of the folder from a machine that has it at this path.",
            what = self.what,
            cache = cache().display()
        )
    }

    /// Finds the environment in `cache`, or makes it. Other processes may do the same: one makes it, the others wait.
    fn prepare(&self, cache: &Path, python: &str) -> Result<PathBuf, String> {
        let version = run(Command::new(python).arg("--version"))?;
        let home = cache.join(format!("{}-{}", self.name, self.key(&version.stdout)));
        let ready = home.join("bin/python");
        fs::create_dir_all(cache).map_err(|error| format!("{} cannot be made: {error}", cache.display()))?;
        let lock = File::create(cache.join(format!("{}.lock", self.name)))
            .map_err(|error| format!("no lock file: {error}"))?;
        lock.lock().map_err(|error| format!("the lock file cannot be locked: {error}"))?;
        if ready.exists() {
            return Ok(ready);
        }
        // Made elsewhere and moved into place when it is whole: a build that is cut off leaves nothing that looks like one.
        let building =
            tempfile::Builder::new().prefix("building-").tempdir_in(cache).map_err(|error| error.to_string())?;
        let unfinished = building.path().join("environment");
        run(Command::new(python).args(["-m", "venv"]).arg(&unfinished))?;
        let requirements = building.path().join("requirements.txt");
        fs::write(&requirements, self.requirements).map_err(|error| error.to_string())?;
        let inside = unfinished.join("bin/python");
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"];
        run(Command::new(&inside).args(pip).arg(&requirements))?;
        run(Command::new(&inside).args(["-c", &format!("import {}", self.imports)]))?;
        fs::rename(&unfinished, &home).map_err(|error| error.to_string())?;
        Ok(ready)
    }

    /// Names an environment after all that went into it.
    fn key(&self, python_version: &[u8]) -> String {
        let digest = Sha256::new().chain_update(python_version).chain_update(self.requirements).finalize();
        digest.iter().take(8).fold(String::new(), |mut key, byte| {
            write!(key, "{byte:02x}").unwrap();
            key
        })
    }
}

/// `$NODEROLE_TEST_CACHE`, else the user's cache folder.
pub(crate) fn cache() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("NODEROLE_TEST_CACHE")
        .or_else(|| variable("XDG_CACHE_HOME").map(|folder| folder.join("noderole")))
        .or_else(|| variable("HOME").map(|folder| folder.join(".cache/noderole")))
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")))
}

/// Runs a step; an error says which, and how it ended.
pub(crate) fn run(command: &mut Command) -> Result<Output, String> {
    let shown = format!("{command:?}").replace('"', "");
    let output = command.output().map_err(|error| format!("{shown}: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).trim().to_owned());
    Err(format!("{shown} ended with {}:\n{}", output.status, said.join("\n").trim()))
}

#[cfg(test)]
const NOTHING: Environment =
    Environment { name: "nothing", what: "what no test needs", requirements: "", imports: "sys" };

#[test]
fn a_missing_python_is_told_with_how_to_get_it() {
    let cache = tempfile::tempdir().unwrap();
    let problem = NOTHING.prepare(cache.path(), "python3-that-is-not-there").unwrap_err();
    assert!(problem.contains("python3-that-is-not-there --version"), "{problem}");
    let advice = NOTHING.advice(&problem);
    assert!(advice.contains("apt-get install python3-venv") && advice.contains("NODEROLE_TEST_CACHE"), "{advice}");
}

#[test]
fn an_environment_that_could_not_be_made_leaves_nothing_behind() {
    let cache = tempfile::tempdir().unwrap();
    // It has a version and can do nothing else.
    NOTHING.prepare(cache.path(), "rustc").unwrap_err();
    let left: Vec<_> = fs::read_dir(cache.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["nothing.lock"]);
}
