//! `bootstrap`, deployed as a `provided.al2023` function and invoked: real deadlines, real log.

use serde_json::{Value, json};

use super::server::{Emulator, Server};

const NAME: &str = "noderole-audit";

/// The log group that Lambda gives to a function.
const LOG_GROUP: &str = "/aws/lambda/noderole-audit";

/// A deployed function.
struct Function<'a> {
    server: &'a Server,
}

/// What an invocation came to.
struct Answer {
    /// `Unhandled`, where it is an error.
    error: Option<String>,
    payload: Value,
    /// The function's own lines of its log, all invocations.
    lines: Vec<String>,
}

impl<'a> Function<'a> {
    fn deploy(server: &'a Server, variables: &Value) -> Self {
        let function = json!({
            "FunctionName": NAME,
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Role": format!("arn:aws:iam::{}:role/NodeRoleAuditor", server.emulator.home_account()),
            "Code": {"ZipFromFile": env!("CARGO_BIN_EXE_bootstrap")},
            "Timeout": 60,
            "MemorySize": 512,
            "Environment": {"Variables": variables},
        });
        server.calls(server.emulator.home_account(), &[("lambda", "create_function", function)]);
        Self { server }
    }

    fn invoke(&self, event: &Value) -> Answer {
        let calls = [
            ("lambda", "invoke", json!({"FunctionName": NAME, "Payload": event.to_string()})),
            ("logs", "filter_log_events", json!({"logGroupName": LOG_GROUP})),
        ];
        let answers = self.server.calls(self.server.emulator.home_account(), &calls);
        let [invoked, log] = answers.as_slice() else { panic!("an answer for each call: {answers:?}") };
        let messages = log["events"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap());
        let lines = messages.flat_map(str::lines).filter(|line| line.starts_with('{')).map(str::to_owned).collect();
        Answer {
            error: invoked["FunctionError"].as_str().map(str::to_owned),
            payload: serde_json::from_str(invoked["Payload"].as_str().unwrap()).unwrap(),
            lines,
        }
    }
}

fn sample(name: &str) -> Value {
    let path = format!("{}/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_deployed_function_refuses_what_it_does_not_know_by_name() {
    let server = Server::start(Emulator::Ministack);
    let function = Function::deploy(&server, &json!({"NODEROLE_ACCOUNTS": "own"}));
    let unknown =
        function.invoke(&json!({"source": "aws.ec2", "detail-type": "EC2 Spot Instance Interruption Warning"}));
    assert_eq!(unknown.error.as_deref(), Some("Unhandled"));
    assert_eq!(unknown.payload["errorType"], "NodeRole.UnknownEvent");
    let message = unknown.payload["errorMessage"].as_str().unwrap();
    assert!(message.contains("`aws.ec2`") && message.contains("expected an EventBridge scheduled event"), "{message}");
    // The same function, still warm, refuses again: an error does not spoil it.
    let malformed = function.invoke(&json!(["not", "an", "event"]));
    assert_eq!(malformed.payload["errorType"], "NodeRole.MalformedEvent");
    assert_eq!(malformed.lines, [""; 0], "nothing is logged as a finding");
}

#[test]
fn a_function_that_is_configured_wrong_says_which_variable() {
    let server = Server::start(Emulator::Ministack);
    let function = Function::deploy(&server, &json!({"NODEROLE_REGION": "eu-west-1"}));
    let answer = function.invoke(&sample("scheduled"));
    assert_eq!(answer.payload["errorType"], "NodeRole.InvalidConfiguration");
    let message = answer.payload["errorMessage"].as_str().unwrap();
    assert!(message.contains("`NODEROLE_REGION`") && message.contains("NODEROLE_REGIONS"), "{message}");
}
