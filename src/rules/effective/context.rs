//! What is known at audit time of the requests that a role makes; everything else is unknown.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::ids::Region;
use crate::inventory::{Account, Inventory, Role};
use crate::policy::Context;

/// How the role's credentials reach whoever uses them: it decides the session's tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Session {
    /// Through an instance profile: no session tags.
    Instance,
    /// Through the cluster's OIDC provider (IRSA): EKS's tokens carry no session tags.
    WebIdentity,
    /// Through EKS Pod Identity: with session tags, unless the association turned them off.
    PodIdentity,
}

/// The session tags of EKS Pod Identity (EKS user guide, pod-id-abac).
const POD_IDENTITY_TAGS: [&str; 6] = [
    "eks-cluster-arn",
    "eks-cluster-name",
    "kubernetes-namespace",
    "kubernetes-service-account",
    "kubernetes-pod-name",
    "kubernetes-pod-uid",
];

/// Keys that requests of a role's own session never have (IAM user guide, global condition keys).
const NEVER: [&str; 6] = [
    "aws:username",
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
];

/// The most contexts of one role that are kept: one for each region and owner of resources.
const MOST_KEPT: usize = 64;

/// What is known of the requests in one region on resources of one owner.
#[derive(Debug)]
struct Kept {
    region: Region,
    owner: Option<String>,
    context: Arc<Context>,
}

/// The role as the one who calls.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    arn: String,
    account: String,
    organization: Option<String>,
    organization_path: Option<String>,
    tags: BTreeMap<String, String>,
    /// What every request of the role has, in whatever region and on whatever resource.
    common: Arc<Context>,
    /// What was made of it: many requests differ only in their action.
    kept: Arc<Mutex<Vec<Kept>>>,
}

impl Caller {
    pub(super) fn of(inventory: &Inventory, account: &Account, role: &Role) -> Self {
        let caller = Self {
            arn: role.arn.as_str().to_owned(),
            account: role.arn.account().as_str().to_owned(),
            organization: inventory.organization_id.clone(),
            // Organizations gives the path without the slash at the end that the condition key has.
            organization_path: account
                .organization_path
                .as_ref()
                .map(|path| format!("{}/", path.trim_end_matches('/'))),
            tags: role.tags.clone(),
            common: Arc::default(),
            kept: Arc::default(),
        };
        caller.in_session(Session::Instance)
    }

    /// The same role in a session of another kind.
    #[must_use]
    pub(super) fn in_session(self, session: Session) -> Self {
        Self { common: Arc::new(self.common(session)), kept: Arc::default(), ..self }
    }

    /// What is known of a request in `region` on `resource`.
    pub(super) fn context(&self, region: &Region, resource: &str) -> Arc<Context> {
        let owner = owner_of(resource);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().find(|one| one.owner.as_deref() == owner && one.region == *region);
        if let Some(known) = known {
            return Arc::clone(&known.context);
        }
        let mut context = Context::over(Arc::clone(&self.common));
        context.set("aws:RequestedRegion", vec![region.as_str().to_owned()]);
        if let Some(owner) = owner {
            self.set_owner(owner, &mut context);
        }
        let context = Arc::new(context);
        if kept.len() < MOST_KEPT {
            let owner = owner.map(str::to_owned);
            kept.push(Kept { region: region.clone(), owner, context: Arc::clone(&context) });
        }
        context
    }

    /// What is known of every request in such a session.
    fn common(&self, session: Session) -> Context {
        let mut context = Context::partial();
        for (key, value) in [
            ("aws:PrincipalArn", self.arn.as_str()),
            ("aws:PrincipalAccount", &self.account),
            ("aws:PrincipalType", "AssumedRole"),
            ("aws:SecureTransport", "true"),
            ("aws:ViaAWSService", "false"),
            ("aws:PrincipalIsAWSService", "false"),
        ] {
            context.set(key, vec![value.to_owned()]);
        }
        for key in NEVER {
            context.set_absent(key);
        }
        self.set_tags(session, &mut context);
        if let Some(id) = &self.organization {
            context.set("aws:PrincipalOrgID", vec![id.clone()]);
        }
        if let Some(path) = &self.organization_path {
            context.set("aws:PrincipalOrgPaths", vec![path.clone()]);
        }
        context
    }

    /// The role's tags are known, so that a tag that it does not have is absent; session tags come on top.
    fn set_tags(&self, session: Session, context: &mut Context) {
        context.set_absent_prefix("aws:PrincipalTag/");
        for (key, value) in &self.tags {
            context.set(&format!("aws:PrincipalTag/{key}"), vec![value.clone()]);
        }
        match session {
            Session::Instance | Session::WebIdentity => {}
            Session::PodIdentity => {
                for tag in POD_IDENTITY_TAGS {
                    context.set_unknown(&format!("aws:PrincipalTag/{tag}"));
                }
            }
        }
    }

    /// The owner of the resource.
    fn set_owner(&self, owner: &str, context: &mut Context) {
        context.set("aws:ResourceAccount", vec![owner.to_owned()]);
        if owner == self.account {
            if let Some(id) = &self.organization {
                context.set("aws:ResourceOrgID", vec![id.clone()]);
            }
            if let Some(path) = &self.organization_path {
                context.set("aws:ResourceOrgPaths", vec![path.clone()]);
            }
        }
    }
}

/// The account that owns a resource, where its ARN tells.
fn owner_of(resource: &str) -> Option<&str> {
    resource.split(':').nth(4).filter(|id| id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit()))
}
