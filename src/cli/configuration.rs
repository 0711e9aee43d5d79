//! The configuration on the command line: where it is read from, how its errors are shown, and what flags leave of it.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::aws::{Sdk, StoredError, StoredKind, read_file};
use crate::config::{Config, ConfigError, Location, LocationError, schema, template};
use crate::counted::counted;
use crate::exit::Exit;
use crate::report::harmless;
use crate::report::table::Colour;

use super::args::{ConfigCommand, Global};
use super::door_error::DoorError;
use super::outputs::Destination;
use super::{sinks, terminal};

/// The variable that says where the configuration is.
const VARIABLE: &str = "NODEROLE_CONFIG";

/// How many problems are shown at most; a file that is something else altogether has as many as lines.
const PROBLEMS_SHOWN: usize = 50;

/// A configuration that is wrong.
#[derive(Debug)]
pub(super) struct Wrong {
    /// Where it is.
    place: Location,
    /// Its text.
    text: String,
    /// What is wrong.
    error: ConfigError,
    colour: Colour,
}

/// `noderole config ...`
pub(super) fn run(command: &ConfigCommand, global: &Global) -> Result<Exit, DoorError> {
    let print = |text: String| Destination::Stdout.write(|sink| sink.write_all(text.as_bytes()));
    match command {
        ConfigCommand::Template => print(template())?,
        ConfigCommand::Schema => print(format!("{:#}\n", schema()))?,
        ConfigCommand::Check { file } => {
            let config = at(file, global)?;
            sinks::check(&config)?;
            let (entries, clusters) = (config.settings.suppressions.entries.len(), config.settings.clusters.len());
            let rules = config.settings.rules.len();
            print(format!(
                "{} is a configuration: {rules} rules, {clusters} entries of [[clusters]], {entries} suppressions\n",
                harmless::line(&file.to_string())
            ))?;
        }
    }
    Ok(Exit::Clean)
}

/// The configuration that a flag names, else the variable; without either, the defaults.
pub(super) fn read(flag: Option<&Location>, global: &Global) -> Result<Config, DoorError> {
    if let Some(place) = flag {
        return at(place, global);
    }
    let set = std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
    let Some(set) = set else { return Ok(Config::default()) };
    let place = set.to_string_lossy().parse().map_err(|error: LocationError| DoorError::Usage {
        message: format!("the variable {VARIABLE}: {error}"),
        help: format!("correct or unset {VARIABLE}, or give --config"),
    })?;
    at(&place, global)
}

/// The configuration at a place.
fn at(place: &Location, global: &Global) -> Result<Config, DoorError> {
    let text = match place {
        Location::File(path) => read_file(path, StoredKind::Configuration)?,
        Location::S3 { .. } | Location::Ssm(_) => from_aws(place)?,
    };
    Config::parse(&text).map_err(|error| {
        let colour = terminal::log_colour(global.color);
        DoorError::Config(Box::new(Wrong { place: place.clone(), text, error, colour }))
    })
}

fn from_aws(place: &Location) -> Result<String, DoorError> {
    let runtime = tokio::runtime::Runtime::new().map_err(DoorError::Runtime)?;
    runtime.block_on(async {
        let sdk = Sdk::from_environment().await?;
        Ok::<_, DoorError>(sdk.read_stored(place, StoredKind::Configuration).await?)
    })
}

impl From<StoredError> for DoorError {
    fn from(error: StoredError) -> Self {
        match error {
            StoredError::Credentials(error) => Self::Aws(error),
            other @ (StoredError::File { .. }
            | StoredError::Missing { .. }
            | StoredError::Denied { .. }
            | StoredError::TooLarge { .. }
            | StoredError::NotUtf8(_)
            | StoredError::Failed { .. }) => Self::Stored(Box::new(other)),
        }
    }
}

impl Wrong {
    /// Every problem with the line that it is about. What cannot be shown safely on a terminal, the renderer replaces.
    pub(super) fn shown(&self) -> String {
        let renderer = match self.colour {
            Colour::Off => Renderer::plain(),
            Colour::On => Renderer::styled(),
        };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let place = harmless::line(&self.place.to_string()).into_owned();
        let mut shown = String::new();
        for problem in self.error.problems.iter().take(PROBLEMS_SHOWN) {
            let message = harmless::line(&problem.message).into_owned();
            let help = harmless::line(&problem.help).into_owned();
            let annotation = AnnotationKind::Primary.span(self.within(&problem.span));
            let annotation = if help.is_empty() { annotation } else { annotation.label(help.as_str()) };
            let snippet = Snippet::source(self.text.as_str()).path(place.as_str()).annotation(annotation);
            let report: &[Group<'_>] = &[Level::ERROR.primary_title(message.as_str()).element(snippet)];
            shown.push_str(&renderer.render(report));
            shown.push_str("\n\n");
        }
        let number = self.error.problems.len();
        let more =
            if number > PROBLEMS_SHOWN { format!(", of which {PROBLEMS_SHOWN} are shown") } else { String::new() };
        let errors = counted(number, "error");
        // Writing to a String cannot fail.
        writeln!(shown, "error: {place} is not a configuration: {errors}{more}").ok();
        shown.push_str("  help: `noderole config template` shows every key; docs/configuration.md explains them\n");
        shown
    }

    /// The place in the text, on its first line alone: a table that lacks a key is told by its head.
    fn within(&self, span: &Range<usize>) -> Range<usize> {
        let line = self.text.get(span.start..).unwrap_or_default().lines().next().unwrap_or_default();
        let end = span.end.min(span.start + line.len());
        span.start.min(self.text.len())..end.max(span.start).min(self.text.len())
    }
}
