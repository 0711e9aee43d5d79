//! Which roles can be those of nodes, by what they themselves tell.

use super::{can_be_a_node_role, is_for_nodes, issuers_of_aws_node, may_serve_a_cluster};
use crate::collect::planner::tests::{plain_role, profile};
use crate::inventory::{InlinePolicy, ManagedPolicyRef, Role};
use crate::known::Known;

fn trust(principal: &str, action: &str) -> String {
    format!(r#"{{"Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"{action}"}}]}}"#)
}

fn service(name: &str) -> String {
    trust(&format!(r#"{{"Service":"{name}"}}"#), "sts:AssumeRole")
}

/// A role of people: trusted by the account, and nothing on it.
fn of_people() -> Role {
    Role { trust: trust(r#"{"AWS":"arn:aws:iam::111111111111:root"}"#, "sts:AssumeRole"), ..plain_role("people") }
}

fn with_trust(trust: String) -> Role {
    Role { trust, ..of_people() }
}

#[test]
fn a_role_that_others_alone_may_assume_is_none_of_nodes() {
    let saml = r#"{"Federated":"arn:aws:iam::111111111111:saml-provider/people"}"#;
    for trust in [
        of_people().trust,
        service("lambda.amazonaws.com"),
        service("codebuild.amazonaws.com"),
        service("pods.eks.amazonaws.com"),
        service("eks-fargate-pods.amazonaws.com"),
        trust(r#"{"AWS":["222222222222","arn:aws:iam::333333333333:role/ci"]}"#, "sts:AssumeRole"),
        trust(saml, "sts:AssumeRoleWithSAML"),
    ] {
        assert!(!can_be_a_node_role(&with_trust(trust.clone())), "{trust}");
    }
}

#[test]
fn a_trust_that_names_the_services_of_nodes_or_everyone_may_be_that_of_nodes_whatever_its_effect() {
    for trust in [
        service("ec2.amazonaws.com"),
        service("ec2.amazonaws.com.cn"),
        service("EC2.amazonaws.com"),
        service(r"\u0065c2.amazonaws.com"),
        service("ssm.amazonaws.com"),
        service("rolesanywhere.amazonaws.com"),
        service("sagemaker.amazonaws.com"),
        trust(r#"{"Service":"ec2.amazonaws.com"}"#, "sts:TagSession"),
        service("ec2.amazonaws.com").replace("Allow", "Deny"),
        trust(r#""*""#, "sts:AssumeRole"),
        trust(r#"{"AWS":"\u002a"}"#, "sts:AssumeRole"),
    ] {
        assert!(can_be_a_node_role(&with_trust(trust.clone())), "{trust}");
    }
}

#[test]
fn a_trust_that_lets_nobody_in_or_the_wrong_service_may_be_a_broken_one() {
    let people = of_people().trust;
    for trust in [
        String::new(),
        "{".to_owned(),
        r#"{"Statement":[]}"#.to_owned(),
        people.replace("Allow", "Deny"),
        people.replace("sts:AssumeRole", "sts:TagSession"),
        people.replace("arn:aws:iam::111111111111:root", "AROAEXAMPLEEXAMPLE123"),
        service("eks.amazonaws.com"),
    ] {
        assert!(can_be_a_node_role(&with_trust(trust.clone())), "{trust}");
    }
}

#[test]
fn what_nodes_bear_makes_a_role_one_that_can_be_theirs_whoever_may_assume_it() {
    let attached = |name: &str| Role {
        attached: Known::Value(vec![ManagedPolicyRef {
            name: name.to_owned(),
            arn: format!("arn:aws:iam::aws:policy/{name}"),
        }]),
        ..of_people()
    };
    for name in [
        "AmazonEKSWorkerNodePolicy",
        "AmazonEKSWorkerNodeMinimalPolicy",
        "AmazonEKS_CNI_Policy",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEC2ContainerRegistryReadOnly",
        "AmazonSSMManagedInstanceCore",
    ] {
        assert!(can_be_a_node_role(&attached(name)), "{name}");
    }
    for name in ["AdministratorAccess", "AmazonEKSClusterPolicy", "AmazonEC2ContainerRegistryPowerUser"] {
        assert!(!can_be_a_node_role(&attached(name)), "{name}");
    }
    let held = Role { instance_profiles: Known::Value(vec![profile("any")]), ..of_people() };
    assert!(can_be_a_node_role(&held), "nothing runs on EC2 without a profile");
    let named = Role { arn: plain_role("KarpenterNodeRole-prod").arn, ..of_people() };
    assert!(can_be_a_node_role(&named));
    let document = r#"{"Statement":{"Effect":"Allow","Action":"ec2:AssignPrivateIpAddresses","Resource":"*"}}"#;
    let inline = Known::Value(InlinePolicy { name: "cni".to_owned(), document: document.to_owned() });
    assert!(can_be_a_node_role(&Role { inline: Known::Value(vec![inline]), ..of_people() }));
}

#[test]
fn a_role_of_aws_is_none_of_nodes_whatever_it_bears() {
    let path = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Nodes_1";
    let reserved = Role { arn: path.parse().unwrap(), ..plain_role("nodes") };
    assert!(can_be_a_node_role(&plain_role("nodes")) && !can_be_a_node_role(&reserved));
}

#[test]
fn documents_for_nodes_pull_and_do_not_push() {
    let of = |actions: &str| format!(r#"{{"Statement":[{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}]}}"#);
    for actions in [
        r#""ecr:GetAuthorizationToken","ecr:BatchGetImage""#,
        r#""ecr:BatchGet*""#,
        r#""eks-auth:AssumeRoleForPodIdentity""#,
        r#""ec2:assign*""#,
        r#""ssm:UpdateInstanceInformation""#,
    ] {
        assert!(is_for_nodes(&of(actions)), "{actions}");
    }
    for actions in [r#""ecr:*""#, r#""*""#, r#""ecr:BatchGetImage","ecr:PutImage""#, r#""eks:DescribeCluster""#] {
        assert!(!is_for_nodes(&of(actions)), "{actions}");
    }
}

#[test]
fn cluster_roles_and_those_of_service_accounts_of_the_cni_may_serve_a_cluster() {
    let federated = |subject: &str, provider: &str| {
        trust(
            &format!(r#"{{"Federated":"arn:aws:iam::1:oidc-provider/{provider}","n":"{subject}"}}"#),
            "sts:AssumeRoleWithWebIdentity",
        )
    };
    let eks = "oidc.eks.eu-west-1.amazonaws.com/id/A";
    assert!(may_serve_a_cluster(&with_trust(service("eks.amazonaws.com"))));
    assert!(may_serve_a_cluster(&with_trust(service("pods.eks.amazonaws.com"))));
    assert!(!may_serve_a_cluster(&of_people()));
    let issuers = |subject, provider| issuers_of_aws_node(&federated(subject, provider));
    assert_eq!(issuers("system:serviceaccount:kube-system:aws-node", eks), Some(vec![eks.to_owned()]));
    assert_eq!(issuers("", eks), Some(vec![eks.to_owned()]), "no subject is named: all may be");
    assert_eq!(issuers("system:serviceaccount:kube-system:ebs-csi", eks), None);
    assert_eq!(issuers("repo:org/*", "token.actions.githubusercontent.com"), None);
    let other = "issuer.example.com/A";
    let named = issuers("system:serviceaccount:kube-system:aws-node", other);
    assert_eq!(
        named,
        Some(vec![other.to_owned()]),
        "whoever names aws-node means a cluster, whatever its issuer is called"
    );
    assert_eq!(issuers_of_aws_node("oidc-provider, but no JSON"), Some(Vec::new()));
}
