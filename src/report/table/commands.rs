//! Commands laid out to be copied: broken at blanks outside quotes, with the shell's own mark of continuation.

use super::paint::{COMMAND, Look};
use crate::report::harmless;

/// The lines of a command, each no wider than the look allows where its words allow it.
pub(super) fn lines(command: &str, indent: &str, look: Look) -> Vec<String> {
    let command = harmless::line(command);
    // Room for the indentation, the deeper one of continued lines, and " \" at the end.
    let room = look.width.saturating_sub(indent.len() + 4);
    let mut lines: Vec<String> = Vec::new();
    let mut current = String::new();
    for word in words(&command) {
        let limit = if lines.is_empty() { room } else { room.saturating_sub(2) };
        if !current.is_empty() && current.chars().count() + 1 + word.chars().count() > limit {
            lines.push(std::mem::take(&mut current));
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(word);
    }
    lines.push(current);
    let last = lines.len().saturating_sub(1);
    let laid_out = lines.iter().enumerate().map(|(at, line)| {
        let deeper = if at == 0 { "" } else { "  " };
        let goes_on = if at == last { "" } else { " \\" };
        format!("{indent}{deeper}{}", look.paint(COMMAND, &format!("{line}{goes_on}")))
    });
    laid_out.collect()
}

/// The words of a command: split at blanks that no quotes enclose, and an option kept with its value.
fn words(command: &str) -> Vec<&str> {
    let mut ends = Vec::new();
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in command.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (None | Some('"'), '\\') => escaped = true,
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), close) if open == close => quote = None,
            (None, ' ') if command.get(at..).is_some_and(|rest| rest.starts_with(" --")) => ends.push(at),
            _ => {}
        }
    }
    let starts = std::iter::once(0).chain(ends.iter().map(|end| end + 1));
    let ends = ends.iter().copied().chain([command.len()]);
    starts.zip(ends).filter_map(|(start, end)| command.get(start..end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::table::Colour;

    #[test]
    fn a_long_command_is_continued_outside_its_quotes_and_stays_the_same_command() {
        let command = r#"aws iam update-assume-role-policy --role-name prod-node --policy-document '{"a": "--b c"}' --no-cli-pager"#;
        let lines = lines(command, "    ", Look { width: 60, colour: Colour::Off });
        assert!(lines.len() > 1 && lines.iter().all(|line| line.chars().count() <= 60), "{lines:#?}");
        let joined = lines.iter().map(|line| line.trim().trim_end_matches(" \\")).collect::<Vec<_>>().join(" ");
        assert_eq!(joined, command);
        assert!(lines.iter().any(|line| line.contains(r#"'{"a": "--b c"}'"#)), "{lines:#?}");
    }

    #[test]
    fn a_short_command_is_one_line() {
        assert_eq!(lines("aws iam get-role", "  ", Look { width: 80, colour: Colour::Off }), ["  aws iam get-role"]);
    }
}
