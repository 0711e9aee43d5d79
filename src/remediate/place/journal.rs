//! Journals: begun once, written line by line, each line synced before what it announces, and read back.
//!
//! In a folder a journal is a file, `ID.jsonl`; in a bucket an object a line, `journals/ID/000001.json`.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::remediate::journal::{Journal, JournalError, Line, MAX_BYTES};

use super::bucket::Bucket;
use super::folder::{make_folder, open_private, sync_folder};
use super::{At, If, Place, PlaceError, name};

/// The ending of a journal's file.
const ENDING: &str = ".jsonl";

/// The lines that a journal in a bucket can have.
const MAX_LINES: u64 = 999_999;

/// A journal to which lines can be added.
#[derive(Debug)]
pub struct OpenJournal<'a> {
    at: Written<'a>,
}

#[derive(Debug)]
enum Written<'a> {
    /// Locked by the system while it is open.
    File {
        file: File,
        path: PathBuf,
        length: u64,
    },
    Objects {
        bucket: &'a Bucket,
        id: String,
        lines: u64,
    },
}

/// Where a journal is that was named.
enum Named<'a> {
    File(PathBuf),
    Objects(&'a Bucket, String),
}

impl Place {
    /// Begins a journal, which must not be there.
    ///
    /// # Errors
    /// [`PlaceError`].
    pub fn begin_journal(&self, id: &str) -> Result<OpenJournal<'_>, PlaceError> {
        let id = name("journal", id)?;
        match &self.at {
            At::Folder(folder) => {
                let path = folder.path(&format!("{id}{ENDING}"));
                let file = begin(&path).map_err(|error| {
                    let exists = error.kind() == io::ErrorKind::AlreadyExists;
                    let at = path.display().to_string();
                    if exists { PlaceError::Exists { at } } else { unwritten(&path, error) }
                })?;
                Ok(OpenJournal { at: Written::File { file, path, length: 0 } })
            }
            At::Bucket(bucket) => Ok(OpenJournal { at: Written::Objects { bucket, id: id.to_owned(), lines: 0 } }),
        }
    }

    /// Reads a journal: by its id, or by the path of its file or the URL of its objects.
    ///
    /// # Errors
    /// [`PlaceError`].
    pub async fn journal(&self, named: &str) -> Result<Journal, PlaceError> {
        Ok(match self.named(named)? {
            Named::File(path) => read(&path)?,
            Named::Objects(bucket, id) => objects(bucket, &id).await?.0,
        })
    }

    /// Reads a journal, and opens it for further lines. What stands behind the last whole line of a file is cut off.
    ///
    /// # Errors
    /// [`PlaceError`]; that somebody else writes it among them.
    pub async fn reopen_journal(&self, named: &str) -> Result<(Journal, OpenJournal<'_>), PlaceError> {
        match self.named(named)? {
            Named::File(path) => {
                if !path.exists() {
                    return Err(PlaceError::Missing { what: "journal", at: path.display().to_string() });
                }
                let file = OpenOptions::new().write(true).open(&path).map_err(|error| unwritten(&path, error))?;
                hold(&file, &path)?;
                // only now: nobody adds to it any more
                let journal = read(&path)?;
                let length = journal.bytes;
                Ok((journal, OpenJournal { at: Written::File { file, path, length } }))
            }
            Named::Objects(bucket, id) => {
                let (journal, lines) = objects(bucket, &id).await?;
                Ok((journal, OpenJournal { at: Written::Objects { bucket, id, lines } }))
            }
        }
    }

    fn named(&self, named: &str) -> Result<Named<'_>, PlaceError> {
        let is_url = named.starts_with("s3://");
        if !is_url && (named.ends_with(ENDING) || named.contains(['/', std::path::MAIN_SEPARATOR])) {
            return Ok(Named::File(PathBuf::from(named)));
        }
        match &self.at {
            At::Folder(folder) if !is_url => {
                Ok(Named::File(folder.path(&format!("{}{ENDING}", name("journal", named)?))))
            }
            At::Bucket(bucket) => {
                let id = if is_url { named.strip_prefix(&bucket.url("journals/")) } else { Some(named) };
                let id = id.map(|id| id.trim_end_matches('/'));
                let id = id.ok_or_else(|| PlaceError::Elsewhere { at: named.to_owned(), place: bucket.url("") })?;
                Ok(Named::Objects(bucket, name("journal", id)?.to_owned()))
            }
            At::Folder(_) => Err(PlaceError::Elsewhere { at: named.to_owned(), place: self.told("") }),
        }
    }
}

impl OpenJournal<'_> {
    /// Adds a line. When this returns, the line outlives a crash; if it fails, it is as if nothing had been added.
    ///
    /// # Errors
    /// [`PlaceError`].
    pub async fn write(&mut self, line: &Line) -> Result<(), PlaceError> {
        let at = self.told();
        let bytes = line.write().map_err(|source| PlaceError::Journal { at, source })?;
        match &mut self.at {
            Written::File { file, path, length } => {
                append(file, *length, &bytes).map_err(|error| unwritten(path, error))?;
                *length = length.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            }
            Written::Objects { bucket, id, lines } => {
                let number = lines.saturating_add(1);
                let key = key(id, number);
                let put = if number > MAX_LINES { None } else { bucket.put(&key, &bytes, If::Absent, line.at).await? };
                if put.is_none() {
                    return Err(PlaceError::Busy { at: bucket.url(&key) });
                }
                *lines = number;
            }
        }
        Ok(())
    }

    /// Where it is, for people and for `undo`: the path of its file, or the URL of its objects.
    pub fn told(&self) -> String {
        match &self.at {
            Written::File { path, .. } => path.display().to_string(),
            Written::Objects { bucket, id, .. } => bucket.url(&format!("journals/{id}/")),
        }
    }
}

/// Makes the file, and makes sure that it outlives a crash.
fn begin(path: &Path) -> io::Result<File> {
    let parent = path.parent().unwrap_or_else(|| Path::new("."));
    make_folder(parent)?;
    let file = open_private(OpenOptions::new().write(true).create_new(true), path)?;
    // nobody knows of it yet
    file.lock()?;
    file.sync_all()?;
    sync_folder(parent)?;
    Ok(file)
}

/// Holds the file as long as it is open.
fn hold(file: &File, path: &Path) -> Result<(), PlaceError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => PlaceError::Busy { at: path.display().to_string() },
        TryLockError::Error(error) => unwritten(path, error),
    })
}

/// Writes behind what is known to be whole, whatever an attempt before has left there.
fn append(file: &mut File, length: u64, bytes: &[u8]) -> io::Result<()> {
    file.set_len(length)?;
    file.seek(SeekFrom::Start(length))?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn read(path: &Path) -> Result<Journal, PlaceError> {
    let at = || path.display().to_string();
    let file = File::open(path).map_err(|source| {
        let missing = source.kind() == io::ErrorKind::NotFound;
        if missing {
            PlaceError::Missing { what: "journal", at: at() }
        } else {
            PlaceError::Io { doing: "read", at: at(), source }
        }
    })?;
    Journal::read(file).map_err(|source| PlaceError::Journal { at: at(), source })
}

/// The journal of a bucket, and how many lines it has.
async fn objects(bucket: &Bucket, id: &str) -> Result<(Journal, u64), PlaceError> {
    let at = || bucket.url(&format!("journals/{id}/"));
    let largest = usize::try_from(MAX_BYTES).unwrap_or(usize::MAX);
    let mut bytes = Vec::new();
    let mut lines = 0;
    while lines < MAX_LINES {
        let Some(content) = bucket.get(&key(id, lines + 1), largest).await? else { break };
        bytes.extend_from_slice(&content.bytes);
        if bytes.len() > largest {
            return Err(PlaceError::Journal { at: at(), source: JournalError::TooLarge });
        }
        lines += 1;
    }
    if lines == 0 {
        return Err(PlaceError::Missing { what: "journal", at: at() });
    }
    let journal = Journal::read(bytes.as_slice()).map_err(|source| PlaceError::Journal { at: at(), source })?;
    Ok((journal, lines))
}

fn key(id: &str, number: u64) -> String {
    format!("journals/{id}/{number:06}.json")
}

fn unwritten(path: &Path, source: io::Error) -> PlaceError {
    PlaceError::Io { doing: "write", at: path.display().to_string(), source }
}
