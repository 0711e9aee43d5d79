//! The id of a run: it sorts by time, and fits into the name of a session (`noderole-RUN_ID`, at most 64 characters).

use jiff::Timestamp;

/// `YYYYMMDDTHHMMSSZ-xxxxxx`: the start (UTC), and six hexadecimal digits of `salt`, for runs that start together.
///
/// The clock and the chance are the door's.
pub fn run_id(started_at: Timestamp, salt: u64) -> String {
    let time = started_at.strftime("%Y%m%dT%H%M%SZ");
    format!("{time}-{:06x}", salt & 0x00ff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_id_sorts_by_time_and_fits_a_session_name() {
        let id = run_id("2026-11-01T09:08:07.5Z".parse().unwrap(), 0xdead_beef_0102_0304);
        assert_eq!(id, "20261101T090807Z-020304");
        assert!("noderole-".len() + id.len() <= 64);
    }
}
