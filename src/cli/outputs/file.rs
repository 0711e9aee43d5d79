//! One file, written whole or not at all: beside its place first, then renamed.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Writes beside the file and renames: readers see the old file or the new one. A pipe or device is written directly.
pub(super) fn write(path: &Path, produce: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let path = real(path);
    match path.metadata() {
        Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() => {
            let mut sink = BufWriter::new(std::fs::OpenOptions::new().write(true).open(&path)?);
            produce(&mut sink)?;
            return sink.flush();
        }
        Ok(_) | Err(_) => {}
    }
    let temporary = beside(&path)?;
    // The bare file: errors of the named one tell its name, which nobody asked for.
    let mut sink = BufWriter::new(temporary.as_file());
    produce(&mut sink)?;
    sink.flush()?;
    drop(sink);
    temporary.persist(&path).map_err(|failed| failed.error)?;
    Ok(())
}

/// Whether the file could be written as things stand: it is no folder, and its folder takes a new file.
pub(super) fn check(path: &Path) -> io::Result<()> {
    let path = real(path);
    match path.metadata() {
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        // Opening a pipe would wait for its reader.
        Ok(found) if !found.is_file() => Ok(()),
        Ok(_) | Err(_) => beside(&path).map(drop),
    }
}

/// A link stays a link: what it points to is replaced.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The folder that a file stands in.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A temporary file in the same folder, which goes away unless it is renamed.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    // A name that ends in a slash, or in `..`, is a folder's.
    if path.file_name().is_none() || path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let folder = folder(path);
    // The error of a folder that is not there names the folder, not our temporary file.
    if !folder.metadata()?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".noderole-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any other program's file: the user's mask takes away what is not wanted.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            // The folder is there, as was seen; some (/proc) refuse new files with these words.
            return io::Error::new(io::ErrorKind::PermissionDenied, "the folder takes no new files");
        }
        // Without the name of the temporary file.
        error.kind().into()
    })
}
