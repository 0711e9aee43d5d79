//! Events of CloudTrail, as they stand in a queue.

use std::path::Path;

use noderole::change::{Change, Heard, Subject};
use serde::Deserialize;
use serde_json::Value;

use super::told;

/// The role whose changes start nothing.
const OWN: &str = "NodeRoleRemediation";

/// The messages of the sample.
///
/// # Panics
/// Where it cannot be read.
pub fn seeds(root: &Path) -> Vec<Vec<u8>> {
    let text = std::fs::read_to_string(root.join("events/changes.json")).unwrap();
    let batch: Value = serde_json::from_str(&text).unwrap();
    let records = batch["Records"].as_array().unwrap();
    records.iter().map(|record| record["body"].as_str().unwrap().as_bytes().to_vec()).collect()
}

/// What is compared of an event.
#[derive(Deserialize)]
struct Envelope {
    account: String,
    region: String,
}

/// An event names something in its own account, or starts nothing and says why.
pub fn hold(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for own in [None, Some(OWN)] {
        match Heard::parse(text, own) {
            Ok(Heard::Change(change)) => stays_at_home(&change, text),
            Ok(Heard::Nothing(why)) => told::is_clear(&why),
            Err(error) => told::is_clear(&error.to_string()),
        }
    }
}

/// Whatever is named is of the account that the envelope names.
fn stays_at_home(change: &Change, text: &str) {
    // what is not read may be nested deeper than a Value can be
    let event: Envelope = serde_json::from_str(text).unwrap();
    assert_eq!(event.account, change.account.as_str());
    let is_name =
        |name: &str| !name.is_empty() && name.len() <= 128 && name.bytes().all(|byte| byte.is_ascii_graphic());
    let is_plain = |name: &str| is_name(name) && !name.contains(['/', ':', '%', '*', '?']);
    match &change.subject {
        Subject::Cluster { region, cluster, role } => {
            assert_eq!(event.region, region.as_str());
            assert!(is_plain(cluster), "{cluster}");
            assert!(role.as_ref().is_none_or(|role| *role.account() == change.account), "{role:?}");
        }
        Subject::Role(role) => {
            assert_eq!(*role.account(), change.account);
            assert!(is_plain(role.name()), "{role}");
        }
        Subject::InstanceProfile(name) => assert!(is_plain(name), "{name}"),
        Subject::Policy(arn) => assert_eq!(arn.split(':').nth(4), Some(change.account.as_str()), "{arn}"),
        Subject::Account => {}
    }
}
