//! Many changes, few audits: what is to be read in each account, once.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{AccountId, Region, RoleArn};

use super::{Change, Subject};

/// What is to be audited in one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aim {
    /// Everything, whatever else stands here.
    pub everything: bool,
    /// Clusters, by region and name.
    pub clusters: BTreeSet<(Region, String)>,
    /// Roles, wherever they serve.
    pub roles: BTreeSet<RoleArn>,
    /// Instance profiles, by name, whose roles are still to be looked up.
    pub profiles: BTreeSet<String>,
    /// ARNs of policies, whose roles are still to be looked up.
    pub policies: BTreeSet<String>,
}

impl Aim {
    /// What the changes of each account come to.
    pub fn of<'a>(changes: impl IntoIterator<Item = &'a Change>) -> BTreeMap<AccountId, Self> {
        let mut aims: BTreeMap<AccountId, Self> = BTreeMap::new();
        for change in changes {
            aims.entry(change.account.clone()).or_default().add(&change.subject);
        }
        aims
    }

    fn add(&mut self, subject: &Subject) {
        match subject {
            Subject::Cluster { region, cluster, role } => {
                self.clusters.insert((region.clone(), cluster.clone()));
                self.roles.extend(role.clone());
            }
            Subject::Role(role) => {
                self.roles.insert(role.clone());
            }
            Subject::InstanceProfile(name) => {
                self.profiles.insert(name.clone());
            }
            Subject::Policy(arn) => {
                self.policies.insert(arn.clone());
            }
            Subject::Account => self.everything = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(account: &str, subject: Subject) -> Change {
        Change {
            event_id: String::new(),
            account: account.parse().unwrap(),
            operation: "iam:AttachRolePolicy".to_owned(),
            subject,
        }
    }

    fn role(name: &str) -> RoleArn {
        format!("arn:aws:iam::111122223333:role/{name}").parse().unwrap()
    }

    #[test]
    fn many_changes_of_one_role_are_one_audit() {
        let changes: Vec<Change> = (0..50).map(|_| change("111122223333", Subject::Role(role("node")))).collect();
        let aims = Aim::of(&changes);
        let [aim] = aims.values().collect::<Vec<_>>()[..] else { panic!("{aims:?}") };
        assert_eq!(*aim, Aim { roles: [role("node")].into(), ..Aim::default() });
    }

    #[test]
    fn each_account_has_what_was_changed_in_it() {
        let region: Region = "eu-west-1".parse().unwrap();
        let cluster = |role| Subject::Cluster { region: region.clone(), cluster: "prod".to_owned(), role };
        let aims = Aim::of(&[
            change("111122223333", cluster(Some(role("node")))),
            change("111122223333", Subject::InstanceProfile("profile".to_owned())),
            change("222233334444", cluster(None)),
            change("333344445555", Subject::Account),
            change("333344445555", Subject::Policy("arn:aws:iam::333344445555:policy/x".to_owned())),
        ]);
        let clusters: BTreeSet<_> = [(region.clone(), "prod".to_owned())].into();
        let expected = [
            Aim {
                clusters: clusters.clone(),
                roles: [role("node")].into(),
                profiles: ["profile".to_owned()].into(),
                ..Aim::default()
            },
            Aim { clusters, ..Aim::default() },
            Aim {
                everything: true,
                policies: ["arn:aws:iam::333344445555:policy/x".to_owned()].into(),
                ..Aim::default()
            },
        ];
        assert_eq!(aims.into_values().collect::<Vec<_>>(), expected);
    }
}
