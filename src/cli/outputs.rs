//! Where reports go: standard output, or files that are there whole or not at all.

mod check;
mod file;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::args::{PlanFormat, ReportFormat};
use super::door_error::DoorError;

pub(super) use check::{are_one_file, check};

/// Where something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

/// Other names of standard output.
const STDOUT: [&str; 4] = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

impl Destination {
    /// `-` is standard output.
    pub(super) fn of(path: &Path) -> Self {
        if STDOUT.iter().any(|name| path.as_os_str() == *name) { Self::Stdout } else { Self::File(path.to_owned()) }
    }

    /// Writes what `produce` produces. A reader of standard output that has had enough is no error.
    pub(super) fn write(&self, produce: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), DoorError> {
        match self {
            Self::Stdout => {
                let mut sink = BufWriter::new(io::stdout().lock());
                match produce(&mut sink).and_then(|()| sink.flush()) {
                    Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(DoorError::Stdout(error)),
                    Ok(()) | Err(_) => Ok(()),
                }
            }
            Self::File(path) => {
                file::write(path, produce).map_err(|source| DoorError::Output { path: path.clone(), source })
            }
        }
    }
}

/// Which format of a report goes where.
pub(super) type Report = (ReportFormat, Destination);

/// The forms of a document.
pub(super) trait Form: Copy {
    /// Their names, in words.
    const NAMES: &'static str;

    /// The form that the endings of a file's name tell: the last one, and the one before it.
    fn of_endings(last: &str, first: &str) -> Option<Self>;
}

/// Pairs formats with outputs; `default` is the format of standard output where neither is given.
pub(super) fn pair<F: Form>(
    formats: &[F],
    outputs: &[PathBuf],
    default: F,
) -> Result<Vec<(F, Destination)>, DoorError> {
    let pairs: Vec<(F, Destination)> = match (formats, outputs) {
        ([], []) => vec![(default, Destination::Stdout)],
        ([format], []) => vec![(*format, Destination::Stdout)],
        ([], outputs) => outputs.iter().map(|path| by_name(path, default)).collect::<Result<_, _>>()?,
        (formats, outputs) if formats.len() == outputs.len() => {
            formats.iter().copied().zip(outputs.iter().map(|path| Destination::of(path))).collect()
        }
        (formats, outputs) => {
            return Err(DoorError::Usage {
                message: format!("--format is given {} times, --output {} times", formats.len(), outputs.len()),
                help: "give each --format its --output; `-` is standard output".to_owned(),
            });
        }
    };
    Ok(pairs)
}

/// The format that an output's name tells.
fn by_name<F: Form>(path: &Path, default: F) -> Result<(F, Destination), DoorError> {
    let destination = Destination::of(path);
    if destination == Destination::Stdout {
        return Ok((default, destination));
    }
    check::check_name(path)?;
    let extension =
        |path: &Path| path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    let (last, first) = (extension(path), path.file_stem().and_then(|stem| extension(Path::new(stem))));
    let format = F::of_endings(last.as_deref().unwrap_or_default(), first.as_deref().unwrap_or_default());
    let format = format.ok_or_else(|| DoorError::Usage {
        message: format!("the name `{}` does not tell which format is wanted", path.display()),
        help: format!("add --format {}", F::NAMES),
    })?;
    Ok((format, destination))
}

impl Form for ReportFormat {
    const NAMES: &'static str = "table, json, jsonl, markdown, html, csv, sarif, junit, ocsf or asff";

    fn of_endings(last: &str, first: &str) -> Option<Self> {
        Some(match (last, first) {
            ("json", "sarif") | ("sarif", _) => Self::Sarif,
            ("json", "ocsf") => Self::Ocsf,
            ("json", "asff") => Self::Asff,
            ("json", _) => Self::Json,
            ("jsonl" | "ndjson", _) => Self::Jsonl,
            ("md" | "markdown", _) => Self::Markdown,
            ("html" | "htm", _) => Self::Html,
            ("txt", _) => Self::Table,
            ("csv", _) => Self::Csv,
            ("xml", _) => Self::Junit,
            _ => return None,
        })
    }
}

impl Form for PlanFormat {
    const NAMES: &'static str = "table or json";

    fn of_endings(last: &str, _first: &str) -> Option<Self> {
        match last {
            "json" => Some(Self::Json),
            "txt" => Some(Self::Table),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &[&str]) -> Vec<PathBuf> {
        names.iter().map(PathBuf::from).collect()
    }

    #[test]
    fn formats_and_outputs_are_paired_in_order() {
        let pairs =
            pair(&[ReportFormat::Table, ReportFormat::Json], &paths(&["-", "r.json"]), ReportFormat::Json).unwrap();
        let file = Destination::File("r.json".into());
        assert_eq!(pairs, [(ReportFormat::Table, Destination::Stdout), (ReportFormat::Json, file)]);
    }

    #[test]
    fn an_output_alone_takes_the_format_of_its_name() {
        let pairs = pair(&[], &paths(&["a.jsonl", "b.MD"]), ReportFormat::Json).unwrap();
        assert_eq!((pairs[0].0, pairs[1].0), (ReportFormat::Jsonl, ReportFormat::Markdown));
        for (name, format) in [
            ("r.html", ReportFormat::Html),
            ("r.csv", ReportFormat::Csv),
            ("r.sarif", ReportFormat::Sarif),
            ("r.sarif.json", ReportFormat::Sarif),
            ("r.XML", ReportFormat::Junit),
            ("r.ocsf.json", ReportFormat::Ocsf),
            ("r.asff.JSON", ReportFormat::Asff),
            ("ocsf.json", ReportFormat::Json),
            ("a.b.json", ReportFormat::Json),
        ] {
            assert_eq!(pair(&[], &paths(&[name]), ReportFormat::Table).unwrap()[0].0, format, "{name}");
        }
        for name in ["report", "report.", ".json", "r.asff", "r.pdf"] {
            assert!(pair(&[], &paths(&[name]), ReportFormat::Json).is_err(), "{name}");
        }
    }

    #[test]
    fn formats_and_outputs_of_different_number_are_refused() {
        assert!(pair(&[ReportFormat::Table, ReportFormat::Json], &paths(&["r.json"]), ReportFormat::Json).is_err());
    }

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        std::fs::write(&path, "old").unwrap();
        let half = Destination::File(path.clone()).write(|sink| {
            sink.write_all(b"half")?;
            Err(io::Error::other("the disk is full"))
        });
        assert!(half.is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        Destination::File(path.clone()).write(|sink| sink.write_all(b"new")).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    }
}
