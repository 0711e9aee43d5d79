//! What no log shows, whatever filter is asked for: the requests, answers and identities that libraries trace; and names that
//! would steer a terminal or begin a line of their own.

mod filter;
mod harmless;

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;

pub use filter::{NoFilter, filter};
pub use harmless::Harmless;

/// The target of noderole's own lines; those of its rooms begin with it and `::`.
const OWN: &str = "noderole";

/// The subscriber, which tells all, narrowed to the filter that was asked for, and without what no log shows.
#[must_use]
pub fn guarded<S>(subscriber: S, filter: Targets) -> impl Subscriber + Send + Sync + 'static
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync + 'static,
{
    subscriber.with(filter).with(filter_fn(is_told))
}

/// Whether a line may be told at all: at `trace` only noderole's own. The AWS SDK traces whole requests with their
/// signatures and whole answers with their session tokens, the Lambda runtime whole events. At `debug` and above they
/// name an access key's id, an endpoint, an error, and no secret.
fn is_told(metadata: &Metadata<'_>) -> bool {
    *metadata.level() != Level::TRACE || is_own(metadata.target())
}

fn is_own(target: &str) -> bool {
    target.strip_prefix(OWN).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};

    use super::*;

    #[derive(Clone, Default)]
    struct Told(Arc<Mutex<Vec<u8>>>);

    impl Write for Told {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged under a filter, of one line each of noderole and of libraries, at two levels.
    fn logged(filter: &str) -> String {
        let told = Told::default();
        let writer = told.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(Level::TRACE)
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .finish();
        tracing::subscriber::with_default(guarded(subscriber, filter.parse().unwrap()), || {
            tracing::trace!(target: "noderole::aws", "own trace");
            tracing::trace!(target: "aws_smithy_runtime::client::orchestrator", "whole answer");
            tracing::trace!(target: "aws_sigv4::sign", "whole request");
            tracing::trace!(target: "lambda_runtime::layers", "whole event");
            tracing::trace!(target: "noderole_of_another", "not ours");
            tracing::debug!(target: "aws_smithy_runtime::client::orchestrator", "attempt");
        });
        let bytes = told.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn under_trace_the_log_tells_noderoles_traces_and_no_librarys() {
        for filter in ["trace", "aws_smithy_runtime=trace,noderole=trace,aws_sigv4=trace,lambda_runtime=trace,debug"] {
            let log = logged(filter);
            // an optimized program has no traces at all
            assert_eq!(log.contains("own trace"), STATIC_MAX_LEVEL == LevelFilter::TRACE, "{filter}: {log}");
            assert!(log.contains("attempt"), "{filter}: {log}");
            assert!(!log.contains("whole") && !log.contains("not ours"), "{filter}: {log}");
        }
    }

    #[test]
    fn what_the_filter_leaves_out_stays_out() {
        assert_eq!(logged("warn"), "");
        assert!(!logged("noderole=trace").contains("attempt"));
    }
}
