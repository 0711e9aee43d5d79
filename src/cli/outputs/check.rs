//! What can be wrong with outputs is found before anything is asked of AWS: a whole run must not be lost to a typing error.

use std::io;
use std::path::{Path, PathBuf};

use crate::cli::door_error::DoorError;

use super::{Destination, file};

/// Refuses outputs that could not be written, two on one place, and one that would overwrite the input.
pub(in crate::cli) fn check<'a>(
    outputs: impl IntoIterator<Item = &'a Destination>,
    input: Option<&Path>,
) -> Result<(), DoorError> {
    let read = input.and_then(place);
    let mut stdout = 0;
    let mut places: Vec<PathBuf> = Vec::new();
    for output in outputs {
        let path = match output {
            Destination::Stdout => {
                stdout += 1;
                continue;
            }
            Destination::File(path) => path,
        };
        check_name(path)?;
        file::check(path).map_err(|source| DoorError::Output { path: path.clone(), source })?;
        let Some(place) = place(path) else { continue };
        if read.as_ref() == Some(&place) {
            return Err(DoorError::Usage {
                message: format!("the output `{}` would overwrite the file that is read", path.display()),
                help: "write to another file".to_owned(),
            });
        }
        if places.contains(&place) {
            return Err(DoorError::Usage {
                message: format!("two outputs go to the same file `{}`", path.display()),
                help: "give each output a file of its own".to_owned(),
            });
        }
        places.push(place);
    }
    if stdout > 1 {
        return Err(DoorError::Usage {
            message: "standard output can take one document".to_owned(),
            help: "give all but one of them a file with --output".to_owned(),
        });
    }
    Ok(())
}

/// How the addresses begin that are taken where something is read, and nowhere where something is written.
const ELSEWHERE: [&str; 2] = ["s3://", "ssm:/"];

/// Refuses a name that is no file's, whatever is wanted in it.
pub(super) fn check_name(path: &Path) -> Result<(), DoorError> {
    let text = path.as_os_str().as_encoded_bytes();
    if let Some(scheme) = ELSEWHERE.into_iter().find(|scheme| text.starts_with(scheme.as_bytes())) {
        let instead = if scheme == "s3://" { "; the sink `s3` puts reports into a bucket (docs/sinks.md)" } else { "" };
        return Err(DoorError::Usage {
            message: format!("`{}` is no file: outputs go to files only", path.display()),
            help: format!("name a file{instead}"),
        });
    }
    if path.is_dir() {
        return Err(DoorError::Output { path: path.to_owned(), source: io::ErrorKind::IsADirectory.into() });
    }
    Ok(())
}

/// Whether two paths are ways to write that of one file.
pub(in crate::cli) fn are_one_file(one: &Path, other: &Path) -> bool {
    place(one).is_some_and(|found| place(other) == Some(found))
}

/// The place of a file, the same for every way to write its path. None for a pipe or device, which take several writers.
fn place(path: &Path) -> Option<PathBuf> {
    if let Ok(real) = path.canonicalize() {
        return real.is_file().then_some(real);
    }
    Some(file::folder(path).canonicalize().ok()?.join(path.file_name()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ways_to_write_one_path_are_one_place() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| Destination::File(folder.path().join(name));
        assert!(check(&[at("x"), at("./x")], None).is_err());
        assert!(check(&[at("x"), at("y")], None).is_ok());
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        assert!(check(&[at("sub/../x"), at("x")], None).is_err());
        assert!(check(&[at("sub/x"), at("x")], None).is_ok());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "the check leaves nothing behind");
    }

    #[test]
    fn the_input_is_not_overwritten_even_through_another_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.json");
        std::fs::write(&path, "{}").unwrap();
        let output = Destination::File(folder.path().join("./facts.json"));
        assert!(check(&[output], Some(&path)).is_err());
        assert!(check(&[Destination::File(path.with_extension("new"))], Some(&path)).is_ok());
    }

    #[test]
    fn all_names_of_standard_output_are_one_place() {
        let [dash, device] = ["-", "/dev/stdout"].map(|name| Destination::of(Path::new(name)));
        assert!(check(&[dash.clone(), device.clone()], None).is_err());
        assert!(check(&[device], None).is_ok());
    }
}
