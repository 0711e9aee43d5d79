//! EKS over the wire.

use super::*;

fn cluster() -> String {
    "prod".to_owned()
}

#[tokio::test(start_paused = true)]
async fn lists_ask_for_the_longest_page_and_pass_the_token_on() {
    for (question, path, body) in [
        (Question::ListClusters, "/clusters", r#"{"clusters":["a","b"],"nextToken":"t2"}"#),
        (
            Question::ListNodegroups { cluster: cluster() },
            "/clusters/prod/node-groups",
            r#"{"nodegroups":["a","b"],"nextToken":"t2"}"#,
        ),
        (
            Question::ListFargateProfiles { cluster: cluster() },
            "/clusters/prod/fargate-profiles",
            r#"{"fargateProfileNames":["a","b"],"nextToken":"t2"}"#,
        ),
        (
            Question::ListAccessEntries { cluster: cluster() },
            "/clusters/prod/access-entries",
            r#"{"accessEntries":["a","b"],"nextToken":"t2"}"#,
        ),
    ] {
        let (reply, request) = ask(question, Some("t1"), ok(body)).await;
        assert_eq!(reply, Ok(names(&["a", "b"], Some("t2"))));
        assert_eq!(request.operation, format!("GET {path}"));
        assert_eq!((request.service.as_str(), request.region.as_str()), ("eks", "eu-west-1"));
        assert!(request.text.contains("maxResults=100") && request.text.contains("nextToken=t1"), "{}", request.text);
        assert!(!request.text.contains("include="), "{}", request.text);
    }
}

#[tokio::test(start_paused = true)]
async fn administrators_are_asked_for_by_the_policy_of_the_partition() {
    for (region, partition) in [("eu-west-1", "aws"), ("cn-north-1", "aws-cn")] {
        let question = Question::ListClusterAdmins { cluster: cluster() };
        let (reply, request) = ask_in(region, question, None, ok(r#"{"accessEntries":[]}"#)).await;
        assert_eq!(reply, Ok(names(&[], None)));
        let policy = format!("arn:{partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy");
        assert!(request.text.contains(&format!("associatedPolicyArn={policy}")), "{}", request.text);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cluster_becomes_facts() {
    let body = r#"{"cluster":{"name":"prod","arn":"arn:aws:eks:eu-west-1:000000000001:cluster/prod","createdAt":1700000000.425,
        "version":"1.33","roleArn":"arn:aws:iam::000000000001:role/c","status":"ACTIVE",
        "resourcesVpcConfig":{"vpcId":"vpc-1"},"kubernetesNetworkConfig":{"ipFamily":"ipv6"},
        "identity":{"oidc":{"issuer":"https://oidc.eks.eu-west-1.amazonaws.com/id/A"}},
        "accessConfig":{"bootstrapClusterCreatorAdminPermissions":true,"authenticationMode":"API_AND_CONFIG_MAP"},
        "computeConfig":{"enabled":true,"nodePools":["system"],"nodeRoleArn":"arn:aws:iam::000000000001:role/n"},
        "tags":{"team":"a"}}}"#;
    let (reply, _) = ask(Question::DescribeCluster { cluster: cluster() }, None, ok(body)).await;
    let Reply::Cluster(detail) = reply.unwrap() else { panic!("not a cluster") };
    assert_eq!(detail.ip_family, IpFamily::Ipv6);
    assert_eq!(detail.oidc_issuer.as_deref(), Some("oidc.eks.eu-west-1.amazonaws.com/id/A"));
    assert_eq!(detail.authentication_mode, AuthenticationMode::ApiAndConfigMap);
    assert_eq!((detail.creator_is_admin, detail.vpc_id.as_deref()), (Some(true), Some("vpc-1")));
    assert_eq!(detail.created_at.unwrap().to_string(), "2023-11-14T22:13:20.425Z");
    let compute = detail.compute_config.unwrap();
    assert!(compute.enabled && compute.node_role_arn.is_some());
}

#[tokio::test(start_paused = true)]
async fn an_old_cluster_is_ipv4_with_the_config_map_and_a_strange_one_is_malformed() {
    let with =
        |extra: &str| ok(format!(r#"{{"cluster":{{"arn":"arn:c","roleArn":"arn:r","status":"ACTIVE"{extra}}}}}"#));
    let question = || Question::DescribeCluster { cluster: cluster() };
    let (reply, _) = ask(question(), None, with("")).await;
    let Reply::Cluster(detail) = reply.unwrap() else { panic!("not a cluster") };
    assert_eq!((detail.ip_family, detail.authentication_mode), (IpFamily::Ipv4, AuthenticationMode::ConfigMap));
    assert_eq!(detail.creator_is_admin, None);
    for extra in
        [r#","kubernetesNetworkConfig":{"ipFamily":"ipv9"}"#, r#","accessConfig":{"authenticationMode":"TELEPATHY"}"#]
    {
        let (reply, _) = ask(question(), None, with(extra)).await;
        assert_eq!(reply.unwrap_err().class, FailureClass::Malformed);
    }
    for passing in
        [r#""status":"CREATING""#, r#""status":"FAILED""#, r#""status":"ACTIVE","connectorConfig":{"provider":"GKE"}"#]
    {
        let body = format!(r#"{{"cluster":{{"arn":"arn:c",{passing}}}}}"#);
        let (reply, _) = ask(question(), None, ok(body)).await;
        let Reply::Cluster(detail) = reply.unwrap() else { panic!("not a cluster") };
        assert_eq!(detail.role_arn, "", "{passing}: it has no role, and is no less a cluster");
    }
    let (reply, _) = ask(question(), None, ok(r#"{"cluster":{"arn":"arn:c","status":"ACTIVE"}}"#)).await;
    assert_eq!(reply.unwrap_err().class, FailureClass::Malformed);
    let (reply, _) = ask(question(), None, ok(r#"{"cluster":{"status":"ACTIVE"}}"#)).await;
    assert_eq!(reply.unwrap_err().class, FailureClass::Malformed);
}

#[tokio::test(start_paused = true)]
async fn a_node_group_becomes_facts_and_new_codes_stay_text() {
    let body = r#"{"nodegroup":{"nodegroupName":"ng","nodegroupArn":"arn:ng","clusterName":"prod","version":"1.33",
        "status":"DEGRADED","nodeRole":"arn:aws:iam::000000000001:role/n","amiType":"AL2099_x86_64","createdAt":1.7E9,
        "launchTemplate":{"id":"lt-1","name":"t","version":"3"},"tags":{"a":"b"},
        "health":{"issues":[{"code":"SomethingNew","message":"m","resourceIds":["i-1"]}]}}}"#;
    let question = Question::DescribeNodegroup { cluster: cluster(), node_group: "ng".to_owned() };
    let (reply, request) = ask(question, None, ok(body)).await;
    assert_eq!(request.operation, "GET /clusters/prod/node-groups/ng");
    let Reply::NodeGroup(group) = reply.unwrap() else { panic!("not a node group") };
    assert_eq!((group.ami_type.as_str(), group.status.as_str()), ("AL2099_x86_64", "DEGRADED"));
    assert_eq!(group.health[0].code, "SomethingNew");
    assert_eq!(group.launch_template.unwrap().id.as_deref(), Some("lt-1"));
}

#[tokio::test(start_paused = true)]
async fn the_rest_of_a_cluster_becomes_facts() {
    let question = Question::DescribeFargateProfile { cluster: cluster(), profile: "f".to_owned() };
    let body = r#"{"fargateProfile":{"fargateProfileArn":"arn:f","podExecutionRoleArn":"arn:r","status":"ACTIVE",
        "health":{"issues":[{"code":"AccessDenied"}]}}}"#;
    let (reply, _) = ask(question, None, ok(body)).await;
    let Reply::FargateProfile(profile) = reply.unwrap() else { panic!("not a profile") };
    assert_eq!((profile.pod_execution_role.as_str(), profile.health[0].code.as_str()), ("arn:r", "AccessDenied"));

    let principal = "arn:aws:iam::000000000001:role/a/b".to_owned();
    let question = Question::DescribeAccessEntry { cluster: cluster(), principal };
    let body = r#"{"accessEntry":{"type":"EC2_Linux","createdAt":1700000000}}"#;
    let (reply, request) = ask(question, None, ok(body)).await;
    let Reply::AccessEntry(entry) = reply.unwrap() else { panic!("not an entry") };
    assert_eq!(entry.kind, "EC2_LINUX");
    assert_eq!(request.operation, "GET /clusters/prod/access-entries/arn:aws:iam::000000000001:role/a/b");

    let question = Question::DescribeAddon { cluster: cluster(), addon: "vpc-cni".to_owned() };
    let body = r#"{"addon":{"addonVersion":"v1","status":"ACTIVE","serviceAccountRoleArn":"","configurationValues":"{}",
        "podIdentityAssociations":["arn:p"]}}"#;
    let (reply, _) = ask(question.clone(), None, ok(body)).await;
    let Reply::Addon(addon) = reply.unwrap() else { panic!("not an add-on") };
    assert_eq!((addon.service_account_role_arn, addon.configuration_values.as_deref()), (None, Some("{}")));
    assert_eq!(addon.pod_identity_associations, ["arn:p"]);
    let (absent, _) = ask(question, None, json_error(404, "ResourceNotFoundException")).await;
    assert_eq!(absent.unwrap_err().class, FailureClass::Gone);
}

#[tokio::test(start_paused = true)]
async fn pod_identity_associations_are_listed_and_described() {
    let question = Question::ListPodIdentityAssociations { cluster: cluster() };
    let body = r#"{"associations":[{"associationId":"a-1","namespace":"kube-system","serviceAccount":"aws-node"}],
        "nextToken":"t2"}"#;
    let (reply, request) = ask(question, Some("t1"), ok(body)).await;
    let summary = AssociationSummary {
        id: "a-1".to_owned(),
        namespace: "kube-system".to_owned(),
        service_account: "aws-node".to_owned(),
    };
    assert_eq!(reply, Ok(Reply::Associations { associations: vec![summary], next: Some("t2".to_owned()) }));
    assert!(request.text.contains("nextToken=t1") && request.text.contains("maxResults=100"));

    let question = Question::DescribePodIdentityAssociation { cluster: cluster(), association: "a-1".to_owned() };
    let body = r#"{"association":{"associationArn":"arn:a","roleArn":"arn:r","targetRoleArn":"arn:t","policy":"{}",
        "modifiedAt":1700000000}}"#;
    let (reply, _) = ask(question, None, ok(body)).await;
    let Reply::Association(association) = reply.unwrap() else { panic!("not an association") };
    assert_eq!(association.target_role_arn.as_deref(), Some("arn:t"));
    assert_eq!(association.policy.as_deref(), Some("{}"));
    assert!(association.modified_at.is_some());
}

#[tokio::test(start_paused = true)]
async fn the_policies_of_an_access_entry_are_a_list_with_tokens() {
    let principal = "arn:aws:iam::000000000001:role/r".to_owned();
    let question = Question::ListAssociatedAccessPolicies { cluster: cluster(), principal };
    let body = r#"{"clusterName":"prod","associatedAccessPolicies":[{"policyArn":"arn:a","accessScope":{"type":"cluster"}},
        {"policyArn":"arn:b"}],"nextToken":"t2"}"#;
    let (reply, request) = ask(question.clone(), Some("t1"), ok(body)).await;
    assert_eq!(reply, Ok(names(&["arn:a", "arn:b"], Some("t2"))));
    assert!(request.operation.ends_with("/access-policies"), "{}", request.operation);
    assert!(request.text.contains("maxResults=100") && request.text.contains("nextToken=t1"), "{}", request.text);
    let (reply, _) = ask(question, None, ok(r#"{"associatedAccessPolicies":[{}]}"#)).await;
    assert_eq!(reply.unwrap_err().class, FailureClass::Malformed);
}
