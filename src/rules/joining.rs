//! NR401 to NR406: whether the cluster lets the nodes in, and what stands in their way.

mod entry;
mod health;
mod metadata;
mod path;
mod stale;
mod systems;

pub use entry::{access_entry, by_config_map};
pub use health::node_group_health;
pub use metadata::imds_reach;
pub use path::role_path;
pub use stale::access_entry_stale;
pub use systems::one_os_per_role;

use crate::inventory::{AccessEntry, AuthenticationMode, Cluster};
use crate::known::Gap;

use super::subject::{NodeRole, role_key};

/// The access entry of a role in a cluster: there is one at most.
fn entry_of<'a>(role: &NodeRole<'_>, cluster: &'a Cluster) -> Result<Option<&'a AccessEntry>, &'a Gap> {
    let key = role_key(role.arn);
    let entries = cluster.access_entries.as_result()?;
    Ok(entries.iter().find(|entry| role_key(&entry.principal_arn) == key))
}

/// How a cluster makes Kubernetes users of principals.
fn mode_of(cluster: &Cluster) -> Result<AuthenticationMode, &Gap> {
    cluster.detail.as_result().map(|detail| detail.authentication_mode)
}

/// The mode as EKS spells it.
fn spelled(mode: AuthenticationMode) -> &'static str {
    match mode {
        AuthenticationMode::ConfigMap => "CONFIG_MAP",
        AuthenticationMode::ApiAndConfigMap => "API_AND_CONFIG_MAP",
        AuthenticationMode::Api => "API",
    }
}
