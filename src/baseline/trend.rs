//! How the counts went over the runs up to a report: each report carries the points of those before it.

use crate::report::Report;
use crate::report::model::TrendPoint;

/// How many runs a trend goes back, the report's own included.
pub const TREND_POINTS: usize = 30;

/// The baseline's trend, or the baseline alone where it had none, and then the report. A run stands in it once.
pub(super) fn up_to(report: &Report, baseline: &Report) -> Vec<TrendPoint> {
    let mut points = baseline.trend.clone();
    if points.last().is_none_or(|last| last.run_id != baseline.run_id) {
        points.push(point(baseline));
    }
    points.retain(|point| point.run_id != report.run_id);
    points.push(point(report));
    let too_many = points.len().saturating_sub(TREND_POINTS);
    points.drain(..too_many);
    points
}

/// A report as a point of a trend.
fn point(report: &Report) -> TrendPoint {
    let summary = &report.summary;
    TrendPoint {
        run_id: report.run_id.clone(),
        finished_at: report.finished_at,
        complete: report.complete,
        accounts: summary.accounts,
        fail: summary.fail,
        advice: summary.advice,
        unknown: summary.unknown,
        suppressed: summary.suppressed,
        by_severity: summary.by_severity,
    }
}
