//! A folder: files for their owner alone, written whole or not at all, and seen by one writer at a time.
//!
//! Files are small and calls are few: they are made where they are needed, and wait for the disk.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::{Content, If};

/// The file that whoever writes holds a lock of the system on. It ends with the process.
const LOCK: &str = ".lock";

/// A folder.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(super) fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    pub(super) fn get(&self, key: &str, limit: usize) -> io::Result<Option<Content>> {
        let file = match File::open(self.path(key)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() > limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {limit} bytes")));
        }
        let tag = tag(&bytes);
        Ok(Some(Content { bytes, tag }))
    }

    /// Writes a file anew and puts it in the place of the old one; the tag, or none where the condition does not hold.
    pub(super) fn put(&self, key: &str, bytes: &[u8], condition: If<'_>) -> io::Result<Option<String>> {
        let path = self.path(key);
        let parent = path.parent().unwrap_or(&self.root);
        make_folder(&self.root)?;
        make_folder(parent)?;
        // until the end of the function: what is looked at does not change before it is replaced
        let held =
            open_private(fs::OpenOptions::new().write(true).create(true).truncate(false), &self.root.join(LOCK))?;
        held.lock()?;
        let there = self.get(key, usize::MAX.saturating_sub(1))?;
        let holds = match condition {
            If::Always => true,
            If::Absent => there.is_none(),
            If::Unchanged(tag) => there.is_some_and(|there| there.tag == tag),
        };
        if !holds {
            return Ok(None);
        }
        // for its owner alone, as such files are
        let mut file = tempfile::NamedTempFile::new_in(parent)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        sync_folder(parent)?;
        Ok(Some(tag(bytes)))
    }
}

/// What no other content has.
fn tag(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(Sha256::digest(bytes))
}

/// Makes a folder and those above it, for its owner alone.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Opens a file that is for its owner alone, should it be made.
pub(super) fn open_private(options: &mut fs::OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path)
}

/// Makes sure that the names in a folder outlive a crash.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    // elsewhere a folder is no file that could be synced
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}
