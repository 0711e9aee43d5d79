//! What tests put into an emulator, and other calls that they make there: by boto3, not by what is tested.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::environment::{SCRIPTS, python};
use super::server::Server;

/// The accounts of a planted organization.
#[derive(Debug)]
pub(super) struct Accounts(BTreeMap<String, String>);

impl Accounts {
    /// The id of an account.
    pub(super) fn id(&self, name: &str) -> &str {
        &self.0[name]
    }

    /// The name of an account.
    pub(super) fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.0.iter().find(|(_, known)| *known == id).map_or(id, |(name, _)| name)
    }
}

impl Server {
    /// Plants an organization; `tests/emulators/seed.py` describes the form.
    pub(super) fn plant(&self, description: &Value) -> Accounts {
        Accounts(serde_json::from_value(self.script("seed.py", description)).unwrap())
    }

    /// Makes calls in an account, and returns their answers.
    pub(super) fn calls(&self, account: &str, calls: &[(&str, &str, Value)]) -> Vec<Value> {
        let calls: Vec<Value> = calls
            .iter()
            .map(|(service, operation, parameters)| {
                json!({"account": account, "service": service, "operation": operation, "parameters": parameters})
            })
            .collect();
        serde_json::from_value(self.script("call.py", &json!(calls))).unwrap()
    }

    /// Deploys stacks of CloudFormation, and returns the outputs of each; `tests/emulators/deploy.py` describes the form.
    pub(super) fn deploy(&self, stacks: &[Value]) -> Vec<BTreeMap<String, String>> {
        serde_json::from_value(self.script("deploy.py", &json!(stacks))).unwrap()
    }

    fn script(&self, script: &str, input: &Value) -> Value {
        let mut process = Command::new(python())
            .arg(format!("{SCRIPTS}/{script}"))
            .args([self.emulator.name(), &self.endpoint])
            .env_clear()
            .env("HOME", self.folder())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        process.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script} ended with {}:\n{said}", output.status);
        serde_json::from_slice(&output.stdout).unwrap()
    }
}
