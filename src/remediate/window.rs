//! Maintenance windows: when changes may be made, by days of the week and times of the day, in UTC.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use thiserror::Error;

/// The minutes of a day.
const DAY: u16 = 24 * 60;

/// The days as they are written, Monday first.
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Not a window.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WindowError {
    /// A text of another form.
    #[error(
        "`{0}` is not a window: expected days and times in UTC such as \"mon-fri 08:00-16:00\", \"sat,sun 22:00-04:00\" or \"01:00-05:00\""
    )]
    Form(String),
    /// A day that is none.
    #[error("`{0}` is not a day: expected mon, tue, wed, thu, fri, sat or sun")]
    Day(String),
    /// A time that is none.
    #[error("`{0}` is not a time of the day: expected one from 00:00 to 24:00")]
    Time(String),
    /// A window that is over when it opens.
    #[error("the window `{0}` ends as it begins: a whole day is 00:00-24:00")]
    Empty(String),
}

/// A window; one that ends before it begins goes over midnight, and belongs to the day on which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// As it was written.
    text: String,
    /// The days on which it opens.
    days: Vec<Weekday>,
    /// The minute of the day at which it opens.
    opens: u16,
    /// The minute of the day, or of the next one, at which it is over.
    closes: u16,
}

impl Window {
    /// Whether a time lies in it.
    pub fn holds(&self, at: Timestamp) -> bool {
        let at = TimeZone::UTC.to_datetime(at);
        let minute = u16::try_from(at.hour()).unwrap_or_default() * 60 + u16::try_from(at.minute()).unwrap_or_default();
        let (today, yesterday) = (at.weekday(), at.weekday().previous());
        if self.opens < self.closes {
            return self.days.contains(&today) && (self.opens..self.closes).contains(&minute);
        }
        (self.days.contains(&today) && minute >= self.opens) || (self.days.contains(&yesterday) && minute < self.closes)
    }
}

impl FromStr for Window {
    type Err = WindowError;
    fn from_str(text: &str) -> Result<Self, WindowError> {
        let form = || WindowError::Form(text.to_owned());
        let words: Vec<&str> = text.split_whitespace().collect();
        let (days, times) = match words.as_slice() {
            [times] => (DAYS.map(|(_, day)| day).to_vec(), *times),
            [days, times] => (parse_days(days)?, *times),
            _other => return Err(form()),
        };
        let (opens, closes) = times.split_once('-').ok_or_else(form)?;
        let (opens, closes) = (minute_of(opens)?, minute_of(closes)?);
        if opens == closes || opens == DAY {
            return Err(WindowError::Empty(text.to_owned()));
        }
        Ok(Self { text: text.to_owned(), days, opens, closes })
    }
}

/// `mon-fri,sun`; a range may go over the end of the week.
fn parse_days(text: &str) -> Result<Vec<Weekday>, WindowError> {
    let mut days = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (parse_day(first)?, parse_day(last)?);
        let run = first.cycle_forward().take(DAYS.len());
        days.extend(run.take_while(|day| *day != last));
        days.push(last);
    }
    Ok(days)
}

fn parse_day(text: &str) -> Result<Weekday, WindowError> {
    let known = DAYS.iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
    known.map(|(_, day)| *day).ok_or_else(|| WindowError::Day(text.to_owned()))
}

/// `08:30` as minutes since midnight.
fn minute_of(text: &str) -> Result<u16, WindowError> {
    let wrong = || WindowError::Time(text.to_owned());
    let number = |digits: &str| {
        let digits = Some(digits).filter(|digits| digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit()));
        digits.and_then(|digits| digits.parse::<u16>().ok()).ok_or_else(wrong)
    };
    let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let minute = hours * 60 + minutes;
    if minutes < 60 && minute <= DAY { Ok(minute) } else { Err(wrong()) }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23 is a Monday.
    fn holds(window: &str, times: &[&str]) -> Vec<bool> {
        let window: Window = window.parse().unwrap();
        times.iter().map(|time| window.holds(format!("{time}:00Z").parse().unwrap())).collect()
    }

    #[test]
    fn a_window_holds_from_its_first_minute_to_before_its_last_on_its_days_alone() {
        let times =
            ["2026-11-23T07:59", "2026-11-23T08:00", "2026-11-27T15:59", "2026-11-27T16:00", "2026-11-28T09:00"];
        assert_eq!(holds("mon-fri 08:00-16:00", &times), [false, true, true, false, false]);
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_on_which_it_begins() {
        let times = [
            "2026-11-28T21:59", // Saturday
            "2026-11-28T22:00",
            "2026-11-29T03:59", // Sunday
            "2026-11-29T04:00",
            "2026-11-29T23:00",
            "2026-11-28T01:00", // Saturday, before it began
        ];
        assert_eq!(holds("sat 22:00-04:00", &times), [false, true, true, false, false, false]);
        // from Sunday into Monday, over the end of the week
        assert_eq!(holds("sun 22:00-04:00", &["2026-11-23T02:00", "2026-11-24T02:00"]), [true, false]);
    }

    #[test]
    fn days_may_be_listed_run_over_the_end_of_the_week_or_be_left_out() {
        let times =
            ["2026-11-23T12:00", "2026-11-24T12:00", "2026-11-25T12:00", "2026-11-28T12:00", "2026-11-29T12:00"];
        assert_eq!(holds("SAT-mon,wed 00:00-24:00", &times), [true, false, true, true, true]);
        assert_eq!(holds("00:00-24:00", &times), [true; 5]);
    }

    #[test]
    fn what_is_no_window_is_told_by_what_is_wrong_with_it() {
        let error = |text: &str| text.parse::<Window>().unwrap_err();
        for form in ["", "mon", "mon fri 08:00-16:00", "08:00"] {
            assert!(matches!(error(form), WindowError::Form(_)), "{form}");
        }
        for day in ["monday 08:00-16:00", "mon- 08:00-16:00", ", 08:00-16:00"] {
            assert!(matches!(error(day), WindowError::Day(_)), "{day}");
        }
        for time in ["mon 8:00-16:00", "mon 08:60-16:00", "mon 08:00-24:01", "mon 08:00-16", "mon +8:00-16:00"] {
            assert!(matches!(error(time), WindowError::Time(_)), "{time}");
        }
        assert!(matches!(error("mon 08:00-08:00"), WindowError::Empty(_)));
        assert!(matches!(error("mon 24:00-04:00"), WindowError::Empty(_)));
    }
}
