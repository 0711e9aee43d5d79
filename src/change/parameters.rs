//! What the parameters of an operation name: by EKS's REST model and IAM's query model, each with its traps.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::echo::echo;
use crate::ids::RoleArn;

use super::watched::Names;
use super::{ChangeError, Place, Subject};

/// The add-ons that a verdict rests on.
const ADDONS: [&str; 2] = ["vpc-cni", "eks-pod-identity-agent"];

/// The longest name of a cluster, in characters (EKS, CreateCluster).
const LONGEST_CLUSTER: usize = 100;

/// The longest name of an instance profile, in characters (IAM, CreateInstanceProfile).
const LONGEST_PROFILE: usize = 128;

/// The longest ARN, in characters (IAM API reference, data type `arnType`).
const LONGEST_ARN: usize = 2048;

/// Parameters and answer of an operation, as CloudTrail repeats them.
pub(super) struct Parameters<'a> {
    pub(super) place: &'a Place,
    pub(super) request: &'a Value,
    pub(super) response: &'a Value,
}

impl Parameters<'_> {
    /// What is to be audited; none where a verdict rests on nothing of it.
    pub(super) fn subject(&self, names: Names) -> Result<Option<Subject>, ChangeError> {
        Ok(Some(match names {
            Names::Addon if self.text("addonName").is_some_and(|addon| !ADDONS.contains(&addon.as_str())) => {
                return Ok(None);
            }
            Names::Cluster | Names::Addon | Names::Association => self.of_cluster()?,
            Names::Tagged => match self.tagged()? {
                Some(subject) => subject,
                None => return Ok(None),
            },
            Names::Role | Names::RoleOfProfile => Subject::Role(self.named_role()?),
            Names::Profile => Subject::InstanceProfile(self.profile()?),
            Names::PolicyVersion if self.request.get("setAsDefault") != Some(&Value::Bool(true)) => return Ok(None),
            Names::Policy | Names::PolicyVersion => Subject::Policy(self.policy()?),
            Names::Provider => Subject::Account,
        }))
    }

    /// The cluster, which EKS calls `name` in each of its operations; CloudTrail's older samples say `clusterName`.
    fn of_cluster(&self) -> Result<Subject, ChangeError> {
        let of_response = ["nodegroup", "fargateProfile", "addon", "association", "accessEntry"]
            .iter()
            .find_map(|part| self.response.get(part)?.get("clusterName")?.as_str().map(str::to_owned));
        let cluster = self
            .text("name")
            .or_else(|| self.text("clusterName"))
            .or(of_response)
            .ok_or_else(|| ChangeError::Malformed("it names no cluster".to_owned()))?;
        let cluster = legal_cluster(cluster)?;
        Ok(Subject::Cluster { region: self.place.region.clone(), cluster, role: self.role_beside() })
    }

    /// The role that a node group, a Fargate profile, a cluster or an access entry has.
    fn role_beside(&self) -> Option<RoleArn> {
        let asked =
            ["nodeRole", "podExecutionRoleArn", "principalArn", "roleArn"].iter().find_map(|key| self.text(key));
        let answered = ["/nodegroup/nodeRole", "/fargateProfile/podExecutionRoleArn", "/accessEntry/principalArn"]
            .iter()
            .find_map(|path| self.response.pointer(path)?.as_str().map(str::to_owned));
        // A user or a session can have an access entry too; and a role of another account is not followed from here, nor
        // can an event that was made up lead there.
        asked
            .or(answered)
            .and_then(|arn| arn.parse::<RoleArn>().ok())
            .filter(|role| *role.account() == self.place.account && role.partition() == self.place.region.partition())
    }

    /// The cluster of what was tagged.
    fn tagged(&self) -> Result<Option<Subject>, ChangeError> {
        let arn = self.text("resourceArn").ok_or_else(|| ChangeError::Malformed("it names no resource".to_owned()))?;
        let Place { account, region } = self.place;
        let Some(resource) = arn.strip_prefix(&format!("arn:{}:eks:{region}:{account}:", region.partition())) else {
            return Err(ChangeError::Forged(format!("it tags `{}`, of another account or region", echo(&arn))));
        };
        let cluster = match resource.split_once('/') {
            Some(("cluster", name)) => name,
            Some(("nodegroup", path)) => path.split('/').next().unwrap_or_default(),
            Some(_) | None => return Ok(None),
        };
        let cluster = legal_cluster(cluster.to_owned())?;
        Ok(Some(Subject::Cluster { region: region.clone(), cluster, role: None }))
    }

    /// The role that IAM's operations name without path; in the event's own account.
    fn named_role(&self) -> Result<RoleArn, ChangeError> {
        let name = self.text("roleName").ok_or_else(|| ChangeError::Malformed("it names no role".to_owned()))?;
        let Place { account, region } = self.place;
        let arn = format!("arn:{}:iam::{account}:role/{name}", region.partition());
        match arn.parse::<RoleArn>() {
            Ok(role) if role.name() == name => Ok(role),
            Ok(_) | Err(_) => Err(ChangeError::Forged(format!("`{}` is no name of a role", echo(&name)))),
        }
    }

    fn profile(&self) -> Result<String, ChangeError> {
        let name = self
            .text("instanceProfileName")
            .ok_or_else(|| ChangeError::Malformed("it names no instance profile".to_owned()))?;
        let legal = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
        if (1..=LONGEST_PROFILE).contains(&name.len()) && name.chars().all(legal) {
            Ok(name)
        } else {
            Err(ChangeError::Forged(format!("`{}` is no name of an instance profile", echo(&name))))
        }
    }

    /// The ARN of a policy of this account: AWS's own change without an event here.
    fn policy(&self) -> Result<String, ChangeError> {
        let arn = self.text("policyArn").ok_or_else(|| ChangeError::Malformed("it names no policy".to_owned()))?;
        let Place { account, region } = self.place;
        let own = format!("arn:{}:iam::{account}:policy/", region.partition());
        let is_plain = arn.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
        if (own.len() + 1..=LONGEST_ARN).contains(&arn.len()) && arn.starts_with(&own) && is_plain {
            Ok(arn)
        } else {
            Err(ChangeError::Forged(format!("`{}` is no policy of account {account}", echo(&arn))))
        }
    }

    /// A parameter; those that stand in the URI arrive percent-encoded.
    fn text(&self, key: &str) -> Option<String> {
        let text = self.request.get(key)?.as_str()?;
        Some(percent_decode_str(text).decode_utf8().map_or_else(|_invalid| text.to_owned(), Into::into))
    }
}

/// The name, if EKS takes it.
fn legal_cluster(name: String) -> Result<String, ChangeError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if begins && name.len() <= LONGEST_CLUSTER && name.chars().all(legal) {
        Ok(name)
    } else {
        Err(ChangeError::Forged(format!("`{}` is no name of a cluster", echo(&name))))
    }
}
