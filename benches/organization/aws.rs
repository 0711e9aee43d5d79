//! An organization of any size, over HTTP, in the services' wire formats: as much of them as an audit asks for.
//!
//! Each account has three clusters in two regions of seventeen, twelve node groups and twenty roles.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

/// The caller's account, the first of the organization and its management account.
pub(crate) const CALLER: &str = "000000000001";

/// How long each answer takes.
const LATENCY: Duration = Duration::from_millis(30);

/// Accounts a page of Organizations.
const PAGE: usize = 20;

const REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

const ROLES: usize = 20;
const GROUPS: usize = 4;
const POLICIES: [(&str, &str); 3] = [
    ("AmazonEKSWorkerNodePolicy", include_str!("../../tests/policy/managed/AmazonEKSWorkerNodePolicy.json")),
    ("AmazonEKS_CNI_Policy", include_str!("../../tests/policy/managed/AmazonEKS_CNI_Policy.json")),
    (
        "AmazonEC2ContainerRegistryReadOnly",
        include_str!("../../tests/policy/managed/AmazonEC2ContainerRegistryReadOnly.json"),
    ),
];
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// A request.
struct Request {
    service: String,
    region: String,
    account: String,
    /// `AssumeRole`; for REST `GET /clusters`.
    operation: String,
    body: String,
}

/// Serves an organization of so many accounts for as long as this process lives; the URL.
pub(crate) fn serve(accounts: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || while answer(&stream, accounts).is_some() {});
        }
    });
    url
}

/// Answers one request; none where the other side has closed.
fn answer(stream: &TcpStream, accounts: usize) -> Option<()> {
    let request = read(stream)?;
    let (status, body) = match request.service.as_str() {
        "sts" => (200, sts(&request)),
        "organizations" => (200, organizations(&request, accounts).to_string()),
        "account" => {
            let regions: Vec<Value> = REGIONS.iter().map(|name| json!({ "RegionName": name })).collect();
            (200, json!({ "Regions": regions }).to_string())
        }
        "eks" => eks(&request),
        "iam" => (200, iam(&request)),
        // Nothing of EC2 and Auto Scaling but what the node groups have themselves.
        _other => (200, wrapped(&request.operation, "")),
    };
    std::thread::sleep(LATENCY);
    let mut stream = stream;
    let kind = if body.starts_with('<') { "text/xml" } else { "application/x-amz-json-1.1" };
    let head = format!("HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).ok()
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let (mut length, mut scope, mut target) = (0, String::new(), String::new());
    let verb_and_path = line.rsplit_once(' ')?.0.to_owned();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => value.split("Credential=").nth(1)?.split(',').next()?.clone_into(&mut scope),
            "x-amz-target" => value.rsplit('.').next()?.clone_into(&mut target),
            _other => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    let scope: Vec<&str> = scope.split('/').collect();
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default();
    let operation = [action, &target].into_iter().find(|name| !name.is_empty()).map(str::to_owned);
    let path = verb_and_path.split('?').next().unwrap_or_default().replace("%3A", ":").replace("%2F", "/");
    Some(Request {
        account: scope.first()?.get(4..16)?.to_owned(),
        region: (*scope.get(2)?).to_owned(),
        service: (*scope.get(3)?).to_owned(),
        operation: operation.unwrap_or(path),
        body,
    })
}

/// An answer of the services that speak XML.
fn wrapped(operation: &str, result: &str) -> String {
    format!("<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>")
}

fn sts(request: &Request) -> String {
    if request.operation == "GetCallerIdentity" {
        let identity =
            format!("<Arn>arn:aws:iam::{CALLER}:user/auditor</Arn><UserId>U</UserId><Account>{CALLER}</Account>");
        return wrapped("GetCallerIdentity", &identity);
    }
    let account = request.body.split("iam%3A%3A").nth(1).and_then(|rest| rest.get(..12)).unwrap();
    let keys = format!("<AccessKeyId>ASIA{account}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>");
    let rest = "<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>";
    wrapped("AssumeRole", &format!("<Credentials>{keys}{rest}</Credentials>"))
}

fn organizations(request: &Request, accounts: usize) -> Value {
    let asked: Value = serde_json::from_str(&request.body).unwrap_or_default();
    match request.operation.as_str() {
        "DescribeOrganization" => {
            json!({"Organization": {"Id": "o-bench", "MasterAccountId": CALLER, "FeatureSet": "ALL"}})
        }
        "ListAccounts" => {
            let from: usize = asked["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
            let account = |n: usize| {
                let id = format!("{n:012}");
                json!({"Id": id, "Name": format!("account {n}"), "State": "ACTIVE",
                       "Paths": [format!("o-bench/r-b001/ou-b001-{:08}/{id}/", n % 20)]})
            };
            let to = accounts.min(from + PAGE);
            let listed: Vec<Value> = (from + 1..=to).map(account).collect();
            let next = (to < accounts).then(|| to.to_string());
            json!({"Accounts": listed, "NextToken": next})
        }
        "ListRoots" => {
            let enabled = json!([{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]);
            json!({"Roots": [{"Id": "r-b001", "PolicyTypes": enabled}]})
        }
        "ListPoliciesForTarget" => json!({"Policies": [{"Id": "p-FullAWSAccess"}]}),
        "DescribePolicy" => json!({"Policy": {"PolicySummary": {"Name": "FullAWSAccess"}, "Content": EVERYTHING}}),
        other => panic!("nobody answers organizations:{other}"),
    }
}

/// The clusters of a region.
fn clusters(region: &str) -> &'static [&'static str] {
    match region {
        "eu-west-1" => &["prod", "stage"],
        "us-east-1" => &["global"],
        _other => &[],
    }
}

fn eks(request: &Request) -> (u16, String) {
    let role = |n: usize| format!("arn:aws:iam::{}:role/nodes-{n}", request.account);
    let parts: Vec<&str> = request.operation.split_whitespace().nth(1).unwrap().splitn(5, '/').skip(1).collect();
    let first = clusters("eu-west-1").iter().chain(clusters("us-east-1"));
    let number = parts.get(1).and_then(|cluster| first.clone().position(|name| name == cluster)).unwrap_or_default();
    let arn = |rest: String| format!("arn:aws:eks:{}:{}:{rest}", request.region, request.account);
    let answer = match parts.as_slice() {
        ["clusters"] => json!({"clusters": clusters(&request.region)}),
        ["clusters", name] => json!({"cluster": {
            "name": name, "arn": arn(format!("cluster/{name}")), "version": "1.34", "status": "ACTIVE",
            "createdAt": 1_700_000_000, "roleArn": role(19), "kubernetesNetworkConfig": {"ipFamily": "ipv4"},
            "identity": {"oidc": {"issuer": format!("https://oidc.eks.amazonaws.com/id/{name}")}},
            "accessConfig": {"authenticationMode": "API"}}}),
        ["clusters", _, "node-groups"] => {
            json!({"nodegroups": (0..GROUPS).map(|n| format!("group-{n}")).collect::<Vec<_>>()})
        }
        ["clusters", cluster, "node-groups", group] => {
            let n: usize = group.trim_start_matches("group-").parse().unwrap();
            json!({"nodegroup": {"nodegroupArn": arn(format!("nodegroup/{cluster}/{group}/u")), "nodegroupName": group,
                "clusterName": cluster, "nodeRole": role(number * GROUPS + n), "status": "ACTIVE", "version": "1.34",
                "amiType": "AL2023_x86_64_STANDARD"}})
        }
        ["clusters", _, "access-entries"] => {
            json!({"accessEntries": (0..GROUPS).map(|n| role(number * GROUPS + n)).collect::<Vec<_>>()})
        }
        ["clusters", _, "access-entries", principal] => json!({"accessEntry": {
            "principalArn": principal, "type": "EC2_LINUX", "createdAt": 1_710_000_000}}),
        ["clusters", _, "fargate-profiles"] => json!({"fargateProfileNames": []}),
        ["clusters", _, "pod-identity-associations"] => json!({"associations": []}),
        ["clusters", _, "addons", addon] => json!({"addon": {
            "addonName": addon, "addonVersion": "v1.22.2-eksbuild.1", "status": "ACTIVE"}}),
        _other => return (404, json!({"__type": "ResourceNotFoundException", "message": "no"}).to_string()),
    };
    (200, answer.to_string())
}

fn iam(request: &Request) -> String {
    let policy = |arn: &str| {
        let name = arn.rsplit("%2F").next().unwrap();
        POLICIES.iter().find(|(known, _)| *known == name).map_or(EVERYTHING, |(_, document)| document)
    };
    let parameter = |name: &str| {
        let pair = request.body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        pair.unwrap_or_default().to_owned()
    };
    let result = match request.operation.as_str() {
        "GetAccountAuthorizationDetails" => {
            let roles: String = (0..ROLES).map(|n| role(&request.account, n)).collect();
            format!("<IsTruncated>false</IsTruncated><RoleDetailList>{roles}</RoleDetailList><Policies/>")
        }
        "GetPolicy" => "<Policy><DefaultVersionId>v3</DefaultVersionId></Policy>".to_owned(),
        "GetPolicyVersion" => {
            let document = encoded(policy(&parameter("PolicyArn")));
            format!("<PolicyVersion><VersionId>v3</VersionId><Document>{document}</Document></PolicyVersion>")
        }
        other => panic!("nobody answers iam:{other}"),
    };
    wrapped(&request.operation, &result)
}

/// A role of the list, with the three policies of a usual node role.
fn role(account: &str, n: usize) -> String {
    let attached = POLICIES.iter().fold(String::new(), |mut text, (name, _)| {
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        write!(text, "<member><PolicyName>{name}</PolicyName><PolicyArn>{arn}</PolicyArn></member>").unwrap();
        text
    });
    format!(
        "<member><Path>/</Path><RoleName>nodes-{n}</RoleName><RoleId>AROA{account}{n}</RoleId>\
         <Arn>arn:aws:iam::{account}:role/nodes-{n}</Arn><CreateDate>2024-01-02T03:04:05Z</CreateDate>\
         <AssumeRolePolicyDocument>{}</AssumeRolePolicyDocument><InstanceProfileList/><RolePolicyList/>\
         <AttachedManagedPolicies>{attached}</AttachedManagedPolicies></member>",
        encoded(TRUST)
    )
}

/// URL-encoded, as IAM writes documents.
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
