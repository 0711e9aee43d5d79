//! Whether what was asked for is there: a typing error must not end as "nothing wrong".

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::ids::{AccountId, Partition, Region, RoleArn};
use crate::inventory::{Access, Account, Inventory, RoleRecord};
use crate::nearest::nearest_first;
use crate::rules::subject::served;

use super::Narrowing;

/// How many names an error lists.
const NAMES_LISTED_MAX: usize = 8;

/// Something that was asked for is not there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Absent {
    /// It is not in the inventory; what could not be read may hold it.
    #[error("no {kind} `{name}` is among what was read{place}{}", among(.present))]
    Unseen {
        /// What kind of thing: region, cluster, role.
        kind: &'static str,
        /// Its name.
        name: String,
        /// Where it was looked for and where it is instead; empty where it was looked for everywhere.
        place: String,
        /// What is there of that kind, the first of them.
        present: Vec<String>,
    },
    /// IAM says that no such role exists, and no node group names it.
    #[error("role `{arn}` does not exist, and no node group that was read names it{}", among(.present))]
    NoSuchRole {
        /// The role's ARN as it was given.
        arn: String,
        /// Node roles, the most similar first.
        present: Vec<String>,
    },
    /// A role of another partition than the one that was read.
    #[error("role `{arn}` is of partition {}, what was read is partition {read}", arn.partition())]
    OtherPartition {
        /// The role's ARN as it was given.
        arn: RoleArn,
        /// The partition of the inventory.
        read: Partition,
    },
}

impl Absent {
    /// Whether nothing that was not read could make it present.
    pub fn is_certain(&self) -> bool {
        match self {
            Self::Unseen { .. } => false,
            Self::NoSuchRole { .. } | Self::OtherPartition { .. } => true,
        }
    }
}

/// What looking up told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LookedUp {
    /// What is not there.
    pub absent: Vec<Absent>,
    /// What is there but otherwise than the question may have meant it, one sentence each.
    pub notes: Vec<String>,
}

/// What was seen of a run, account by account, of that which looking up needs.
#[derive(Debug, Default)]
pub struct Seen {
    /// Regions of any account.
    regions: BTreeSet<Region>,
    /// Whether an account's regions could not be looked into.
    any_closed: bool,
    /// Clusters by name, with the regions that have one; only where clusters were asked for.
    clusters: BTreeMap<String, BTreeSet<Region>>,
    /// Roles that nodes use, with the regions; only where roles were asked for.
    uses: BTreeMap<String, BTreeSet<Region>>,
    /// Accounts that were not entered, with their states where they are not active; only those of roles that were asked for.
    closed: BTreeMap<AccountId, Option<String>>,
    /// The roles that were asked for, as far as IAM was asked.
    records: Vec<(RoleArn, RoleRecord)>,
}

impl Narrowing {
    /// Looks up every name that was asked for. Clusters and the nodes of roles are looked for in the regions that were
    /// asked for.
    pub fn look_up(&self, inventory: &Inventory) -> LookedUp {
        let mut seen = Seen::default();
        self.see(inventory, &mut seen);
        self.look_up_among(&seen, inventory.partition)
    }

    /// Takes note of some accounts of a run.
    pub fn see(&self, accounts: &Inventory, seen: &mut Seen) {
        if self.is_everything() {
            return;
        }
        if !self.roles.is_empty() {
            for one in served(accounts) {
                seen.uses.entry(one.role).or_default().insert(one.region);
            }
        }
        for account in &accounts.accounts {
            seen.any_closed |= is_closed(account);
            seen.regions.extend(account.regions.iter().map(|region| region.name.clone()));
            for (region, cluster) in account.clusters() {
                if !self.clusters.is_empty() {
                    seen.clusters.entry(cluster.name.clone()).or_default().insert(region.clone());
                }
                for arn in cluster.node_roles().filter(|_| !self.roles.is_empty()) {
                    seen.uses.entry(arn.to_owned()).or_default().insert(region.clone());
                }
            }
            for role in self.roles.iter().filter(|role| *role.account() == account.id) {
                if is_closed(account) {
                    let state = if let Access::Inactive(state) = &account.access { Some(state.clone()) } else { None };
                    seen.closed.insert(account.id.clone(), state);
                }
                seen.records.extend(account.role(role.name()).map(|record| (role.clone(), record.clone())));
            }
        }
    }

    /// As [`Narrowing::look_up`], among what was seen.
    pub fn look_up_among(&self, seen: &Seen, partition: Partition) -> LookedUp {
        let mut told = LookedUp::default();
        // Where no region could be looked into, nothing can be said of regions and clusters; the coverage says why.
        let blind = seen.regions.is_empty() && seen.any_closed;
        if !blind {
            told.absent.extend(self.regions.iter().filter_map(|region| absent_region(seen, region)));
            told.absent.extend(self.clusters.iter().filter_map(|name| self.absent_cluster(seen, name)));
        }
        for role in &self.roles {
            self.look_up_role(seen, partition, role, &mut told);
        }
        told
    }

    /// The error for a cluster that is nowhere in the regions that were asked for.
    fn absent_cluster(&self, seen: &Seen, name: &str) -> Option<Absent> {
        let elsewhere = seen.clusters.get(name);
        if elsewhere.is_some_and(|regions| regions.iter().any(|region| self.in_regions(region))) {
            return None;
        }
        let elsewhere: BTreeSet<&str> = elsewhere.into_iter().flatten().map(Region::as_str).collect();
        let place = self.place(&elsewhere);
        let here = seen.clusters.iter().filter(|(_, regions)| regions.iter().any(|region| self.in_regions(region)));
        let present =
            if elsewhere.is_empty() { first_of(name, here.map(|(name, _)| name.clone())) } else { Vec::new() };
        Some(Absent::Unseen { kind: "cluster", name: name.to_owned(), place, present })
    }

    /// Where something was looked for, and where it is instead.
    fn place(&self, elsewhere: &BTreeSet<&str>) -> String {
        if self.regions.is_empty() {
            return String::new();
        }
        let asked: Vec<&str> = self.regions.iter().map(Region::as_str).collect();
        let asked = format!(" in {}", asked.join(", "));
        if elsewhere.is_empty() {
            return asked;
        }
        let there: Vec<&str> = elsewhere.iter().copied().collect();
        format!("{asked}; it is in {}", there.join(", "))
    }

    /// Looks up one role: a role that nodes use is there even if IAM does not know it, for that is a finding.
    fn look_up_role(&self, seen: &Seen, partition: Partition, role: &RoleArn, told: &mut LookedUp) {
        if role.partition() != partition {
            told.absent.push(Absent::OtherPartition { arn: role.clone(), read: partition });
            return;
        }
        if let Some(state) = seen.closed.get(role.account()) {
            if let Some(state) = state {
                let account = role.account();
                told.notes.push(format!("account {account} is {state} and was not entered: {role} was not read"));
            }
            return;
        }
        let same = |arn: &str| arn.parse::<RoleArn>().is_ok_and(|arn| arn.same_role(role));
        let record = seen.records.iter().find(|(arn, _)| arn == role).map(|(_, record)| record);
        let places: BTreeSet<&str> = seen
            .uses
            .iter()
            .filter(|(arn, _)| same(arn))
            .flat_map(|(_, regions)| regions)
            .map(Region::as_str)
            .collect();
        let near = || first_of(role.as_str(), seen.uses.keys().cloned());
        match record {
            Some(RoleRecord::Found(found)) if found.arn != *role => {
                told.notes.push(format!("the role that was asked for as {role} is {}", found.arn));
            }
            Some(RoleRecord::NoSuchRole) if places.is_empty() => {
                told.absent.push(Absent::NoSuchRole { arn: role.to_string(), present: near() });
                return;
            }
            None if places.is_empty() => {
                let (name, place) = (role.to_string(), String::new());
                told.absent.push(Absent::Unseen { kind: "role", name, place, present: near() });
                return;
            }
            Some(RoleRecord::Found(_) | RoleRecord::NoSuchRole | RoleRecord::Missing(_)) | None => {}
        }
        let here =
            |region: &&str| self.regions.is_empty() || self.regions.iter().any(|asked| asked.as_str() == *region);
        if !places.iter().any(here) {
            let place = self.place(&places);
            told.notes.push(format!("no nodes that were read use the role {role}{place}"));
        }
    }
}

/// Whether the account's regions could not be looked into.
fn is_closed(account: &Account) -> bool {
    match account.access {
        Access::Entered => account.regions.is_empty() && !account.gaps.is_empty(),
        Access::Refused(_) | Access::Inactive(_) => true,
    }
}

/// The error for a region that no account has.
fn absent_region(seen: &Seen, region: &Region) -> Option<Absent> {
    if seen.regions.contains(region) {
        return None;
    }
    let present = first_of(region.as_str(), seen.regions.iter().map(ToString::to_string));
    Some(Absent::Unseen { kind: "region", name: region.to_string(), place: String::new(), present })
}

/// What is there, in words.
fn among(present: &[String]) -> String {
    if present.is_empty() { String::new() } else { format!("; there is {}", present.join(", ")) }
}

/// The names that would have been found, the most similar first.
fn first_of(name: &str, present: impl Iterator<Item = String>) -> Vec<String> {
    let mut present = nearest_first(name, present);
    if present.len() > NAMES_LISTED_MAX {
        present.truncate(NAMES_LISTED_MAX);
        present.push("...".to_owned());
    }
    present
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::known::Known;
    use crate::report::sample;

    fn roles(arns: &[&str]) -> Narrowing {
        Narrowing { roles: arns.iter().map(|arn| arn.parse().unwrap()).collect(), ..Narrowing::default() }
    }

    fn absent(ask: &Narrowing, inventory: &Inventory) -> Vec<String> {
        ask.look_up(inventory).absent.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_name_that_is_nowhere_is_told_with_what_is_there() {
        let sample = sample::inventory();
        let ask = Narrowing { clusters: vec!["prd".to_owned()], ..Narrowing::default() };
        assert_eq!(absent(&ask, &sample), ["no cluster `prd` is among what was read; there is prod"]);
        let ask = Narrowing { regions: vec!["ap-south-1".parse().unwrap()], ..Narrowing::default() };
        assert!(absent(&ask, &sample)[0].contains("eu-west-1"));
        let ask = roles(&["arn:aws:iam::111122223333:role/prd-node"]);
        assert!(absent(&ask, &sample)[0].contains("role/eks/prod-node"));
    }

    #[test]
    fn roles_that_do_not_exist_are_all_named_beside_one_that_does() {
        let mut inventory = sample::inventory();
        for name in ["nope", "neither"] {
            inventory.accounts[0].roles.insert(name.to_owned(), RoleRecord::NoSuchRole);
        }
        let arn = |name| format!("arn:aws:iam::111122223333:role/{name}");
        let ask = roles(&[&arn("nope"), &arn("eks/prod-node"), &arn("neither")]);
        let told = ask.look_up(&inventory);
        assert!(told.absent.len() == 2 && told.absent.iter().all(Absent::is_certain), "{told:?}");
        assert!(told.absent[1].to_string().contains("role/neither` does not exist"), "{told:?}");
    }

    #[test]
    fn a_role_that_nodes_use_is_there_even_if_it_does_not_exist() {
        let mut inventory = sample::inventory();
        inventory.accounts[0].roles.insert("prod-node".to_owned(), RoleRecord::NoSuchRole);
        let told = roles(&["arn:aws:iam::111122223333:role/eks/prod-node"]).look_up(&inventory);
        assert_eq!(told, LookedUp::default());
    }

    #[test]
    fn a_role_that_no_nodes_use_and_one_with_another_path_are_noted() {
        let mut inventory = sample::inventory();
        let ask = roles(&["arn:aws:iam::111122223333:role/other/prod-node"]);
        let told = ask.look_up(&inventory);
        assert!(told.absent.is_empty(), "{told:?}");
        assert!(told.notes[0].ends_with("is arn:aws:iam::111122223333:role/eks/prod-node"), "{told:?}");
        for region in &mut inventory.accounts[0].regions {
            region.clusters = Known::Value(Vec::new());
        }
        let told = roles(&["arn:aws:iam::111122223333:role/eks/prod-node"]).look_up(&inventory);
        let note = "no nodes that were read use the role arn:aws:iam::111122223333:role/eks/prod-node";
        assert_eq!((told.absent.len(), told.notes), (0, vec![note.to_owned()]));
    }

    #[test]
    fn a_role_of_another_partition_is_not_taken_for_ours() {
        let told = roles(&["arn:aws-cn:iam::111122223333:role/eks/prod-node"]).look_up(&sample::inventory());
        assert!(told.absent[0].is_certain(), "{told:?}");
        assert!(told.absent[0].to_string().contains("aws-cn"), "{told:?}");
    }

    #[test]
    fn nothing_is_said_of_regions_where_no_account_was_entered() {
        let mut inventory = sample::inventory();
        let gap = crate::known::Gap {
            api: "sts:AssumeRole".to_owned(),
            resource: "account".to_owned(),
            class: crate::failure::FailureClass::Denied,
            error: "AccessDenied".to_owned(),
            message: String::new(),
        };
        for account in &mut inventory.accounts {
            account.access = Access::Refused(gap.clone());
            account.regions.clear();
        }
        let ask = Narrowing { regions: vec!["ap-south-1".parse().unwrap()], ..Narrowing::default() };
        assert_eq!(ask.look_up(&inventory), LookedUp::default());
    }
}
