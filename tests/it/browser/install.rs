//! A browser for the tests: one of the machine, else one from npm, which is installed once into the cache folder.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::environment::{Environment, cache, run};

const DRIVER: Environment = Environment {
    name: "browser",
    what: "what drives the browser of this test (playwright, axe-core)",
    requirements: include_str!("../../browser/requirements.txt"),
    imports: "playwright.sync_api, axe_playwright_python, brotli",
};

/// The scripts that ask the browser.
pub(super) const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser");

/// The names of browsers that will do, on the path.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// The package with a browser in it that needs nothing but a C library, and the SHA-256 of its tarball.
const PACKAGE: &str = "@sparticuz/chromium@153.0.0";
const TARBALL: &str = "sparticuz-chromium-153.0.0.tgz";
const SHA256: &str = "20e5656fcdcf4118ede85edfb9d6bb9cc1bbb7ffb8b75622fffbcf36a835c3c0";

/// What a question to the browser needs.
#[derive(Debug)]
pub(super) struct Installed {
    pub(super) python: PathBuf,
    pub(super) browser: Browser,
}

/// A browser, and where its libraries and fonts are, if it brought its own.
#[derive(Debug)]
pub(super) struct Browser {
    pub(super) executable: PathBuf,
    pub(super) own: Option<PathBuf>,
}

/// Driver and browser.
///
/// # Panics
/// With what to do about it, where they cannot be had: a test that needs a browser fails, it is never left out.
pub(super) fn installed() -> &'static Installed {
    static INSTALLED: OnceLock<Result<Installed, String>> = OnceLock::new();
    let made = INSTALLED.get_or_init(|| {
        let python = DRIVER.python()?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        let browser = match on_path(&folders) {
            Some(executable) => Browser { executable, own: None },
            None => from_npm(&cache(), &python, "npm").map_err(|problem| advice(&problem))?,
        };
        Ok(Installed { python, browser })
    });
    made.as_ref().unwrap_or_else(|advice| panic!("{advice}"))
}

fn advice(problem: &str) -> String {
    format!(
        "this test needs a browser, and {names} are not on the path.\n{problem}\n\
         - Debian: apt-get install chromium; or put any Chrome or Chromium on the path under one of these names.\n\
         - Else {PACKAGE} is installed once into {cache}; for that npm is needed, and its registry.\n\
         - Without a network: set NODEROLE_TEST_CACHE to a copy of the folder from a machine that has it at this path.",
        names = NAMES.join(", "),
        cache = cache().display()
    )
}

/// The first browser in these folders.
fn on_path(folders: &[PathBuf]) -> Option<PathBuf> {
    let all = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    all.into_iter().find(|path| path.is_file())
}

/// Finds the browser of the package in `cache`, or puts it there. Of several processes one does it, the others wait.
fn from_npm(cache: &Path, python: &Path, npm: &str) -> Result<Browser, String> {
    let home = cache.join(TARBALL.trim_end_matches(".tgz"));
    let browser = Browser { executable: home.join("chromium"), own: Some(home.clone()) };
    fs::create_dir_all(cache).map_err(|error| format!("{} cannot be made: {error}", cache.display()))?;
    let lock = File::create(cache.join("chromium.lock")).map_err(|error| format!("no lock file: {error}"))?;
    lock.lock().map_err(|error| format!("the lock file cannot be locked: {error}"))?;
    if browser.executable.exists() {
        return Ok(browser);
    }
    // Unpacked elsewhere and moved into place when it is whole.
    let building = tempfile::Builder::new().prefix("building-").tempdir_in(cache).map_err(|error| error.to_string())?;
    run(Command::new(npm).args(["pack", "--silent", PACKAGE]).current_dir(building.path()))?;
    let tarball = building.path().join(TARBALL);
    let bytes = fs::read(&tarball).map_err(|error| format!("{}: {error}", tarball.display()))?;
    let digest = Sha256::digest(&bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    if digest != SHA256 {
        return Err(format!("the tarball of {PACKAGE} has the SHA-256 {digest}, not {SHA256}"));
    }
    let unfinished = building.path().join("browser");
    let script = Path::new(SCRIPTS).join("unpack.py");
    run(Command::new(python).arg(script).arg(&tarball).arg(&unfinished))?;
    fs::rename(&unfinished, &home).map_err(|error| error.to_string())?;
    Ok(browser)
}

#[test]
fn a_browser_of_the_machine_is_found_by_its_name() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let paths: Vec<PathBuf> = folders.iter().map(|folder| folder.path().to_owned()).collect();
    assert_eq!(on_path(&paths), None);
    fs::write(paths[1].join("google-chrome"), "").unwrap();
    assert_eq!(on_path(&paths), Some(paths[1].join("google-chrome")));
    fs::write(paths[1].join("chromium"), "").unwrap();
    assert_eq!(on_path(&paths), Some(paths[1].join("chromium")));
}

#[test]
fn a_browser_that_cannot_be_had_is_told_with_how_to_get_one() {
    let cache = tempfile::tempdir().unwrap();
    let problem = from_npm(cache.path(), Path::new("python3"), "npm-that-is-not-there").unwrap_err();
    let advice = advice(&problem);
    assert!(advice.contains("npm-that-is-not-there pack") && advice.contains("apt-get install chromium"), "{advice}");
}

#[test]
fn the_browser_of_the_package_shows_a_page() {
    let python = DRIVER.python().unwrap_or_else(|advice| panic!("{advice}"));
    let browser = from_npm(&cache(), &python, "npm").unwrap_or_else(|problem| panic!("{}", advice(&problem)));
    super::ask(&Installed { python, browser }, "without_scripts", &super::of_sample());
}
