//! Who keeps a role as it is: AWS itself, or a tool that would take a change back at its next run.

use std::collections::BTreeMap;

use crate::ids::RoleArn;

/// Who keeps a role, and where it is changed instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Who.
    pub who: &'static str,
    /// Where to change it: words that follow «change it».
    pub hint: String,
}

/// Tags of which the key says who keeps the role: the beginning of the key, the tool, and what its value names.
const KEYS: [(&str, &str, &str); 12] = [
    ("aws:cloudformation:stack-name", "CloudFormation", "in the template of the stack"),
    ("aws:servicecatalog:", "Service Catalog", "in the product of the portfolio"),
    ("alpha.eksctl.io/", "eksctl", "in eksctl's configuration of the cluster"),
    ("eksctl.io/", "eksctl", "in eksctl's configuration of the cluster"),
    ("karpenter.", "Karpenter", "in the EC2NodeClass"),
    ("pulumi:", "Pulumi", "in the program of the stack"),
    ("aws-cdk:", "CDK", "in the app of the stack"),
    ("crossplane-", "Crossplane", "in the resource of the control plane"),
    ("kubernetes.io/crossplane", "Crossplane", "in the resource of the control plane"),
    ("services.k8s.aws/", "AWS Controllers for Kubernetes", "in the resource of the controller"),
    ("terraform", "Terraform", "in the module that makes the role"),
    ("tf-", "Terraform", "in the module that makes the role"),
];

/// Keys, in lower case and without separators, whose value names the tool.
const NAMING: [&str; 8] =
    ["managedby", "createdby", "provisionedby", "provisioner", "iac", "deployedby", "managedwith", "tool"];

/// Values, in lower case, that name a tool.
const TOOLS: [(&str, &str, &str); 8] = [
    ("terraform", "Terraform", "in the module that makes the role"),
    ("opentofu", "OpenTofu", "in the module that makes the role"),
    ("terragrunt", "Terragrunt", "in the module that makes the role"),
    ("cloudformation", "CloudFormation", "in the template of the stack"),
    ("pulumi", "Pulumi", "in the program of the stack"),
    ("cdk", "CDK", "in the app of the stack"),
    ("crossplane", "Crossplane", "in the resource of the control plane"),
    ("eksctl", "eksctl", "in eksctl's configuration of the cluster"),
];

/// Who keeps the role, as far as its path and its tags tell.
pub fn owner(role: &RoleArn, tags: &BTreeMap<String, String>) -> Option<Owner> {
    if role.path().starts_with("/aws-service-role/") {
        let hint = "through the service that it is linked to: nobody else may".to_owned();
        return Some(Owner { who: "AWS (a service-linked role)", hint });
    }
    if role.path().starts_with("/aws-reserved/") {
        let hint = "in IAM Identity Center, which writes roles under this path".to_owned();
        return Some(Owner { who: "AWS (a reserved path)", hint });
    }
    tags.iter().find_map(|(key, value)| of_tag(key, value))
}

/// Whether the role is AWS's own: no configuration allows to change it.
pub fn is_of_aws(role: &RoleArn) -> bool {
    role.path().starts_with("/aws-service-role/") || role.path().starts_with("/aws-reserved/")
}

fn of_tag(key: &str, value: &str) -> Option<Owner> {
    let lower = key.to_ascii_lowercase();
    let told = |who, place: &str| {
        let named = if value.is_empty() { String::new() } else { format!(" `{value}`") };
        Some(Owner { who, hint: format!("{place} (tag {key}{named})") })
    };
    if let Some((_, who, place)) = KEYS.iter().find(|(prefix, ..)| lower.starts_with(prefix)) {
        return told(*who, place);
    }
    let plain: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    let value = value.to_ascii_lowercase();
    let (_, who, place) = TOOLS.iter().find(|(tool, ..)| NAMING.contains(&plain.as_str()) && value.contains(tool))?;
    told(*who, place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(arn: &str, tags: &[(&str, &str)]) -> Option<&'static str> {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        owner(&arn.parse().unwrap(), &tags).map(|owner| owner.who)
    }

    #[test]
    fn tags_and_paths_tell_who_keeps_a_role() {
        let role = "arn:aws:iam::111122223333:role/node";
        for (tags, expected) in [
            (&[("team", "platform")][..], None),
            (&[("Name", "terraform-node")], None),
            (&[("aws:cloudformation:stack-name", "eks")], Some("CloudFormation")),
            (&[("alpha.eksctl.io/cluster-name", "prod")], Some("eksctl")),
            (&[("karpenter.sh/discovery", "prod")], Some("Karpenter")),
            (&[("Terraform", "true")], Some("Terraform")),
            (&[("ManagedBy", "Terraform Cloud")], Some("Terraform")),
            (&[("managed-by", "pulumi")], Some("Pulumi")),
            (&[("managed_by", "a team")], None),
        ] {
            assert_eq!(who(role, tags), expected, "{tags:?}");
        }
        let linked = "arn:aws:iam::111122223333:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS";
        assert_eq!(who(linked, &[]), Some("AWS (a service-linked role)"));
        assert!(is_of_aws(&linked.parse().unwrap()) && !is_of_aws(&role.parse().unwrap()));
    }
}
