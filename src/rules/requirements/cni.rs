//! The VPC CNI as far as its version and settings decide what it calls.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::echo;

/// The longest `configurationValues` that are read, in bytes: many times what the add-on's settings come to.
const MAX_VALUES_BYTES: usize = 256 * 1024;

/// How deep YAML may be nested: the settings are three levels deep. The parser's own limit is more than a thread's stack holds,
/// and whoever may write to an add-on of one account must not end the audit of all.
const MAX_VALUES_DEPTH: usize = 32;

/// Which CNI a cluster runs, as the configuration says: AWS's APIs show Amazon's only where it is an add-on, and no other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cni {
    /// Amazon's VPC CNI.
    #[default]
    VpcCni,
    /// Another one: nothing is asked of the node role for it.
    Other,
}

/// A version of the VPC CNI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CniVersion {
    major: u16,
    minor: u16,
    patch: u16,
}

impl CniVersion {
    /// The version of these numbers.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }

    /// Reads an add-on's version, `v1.22.1-eksbuild.2`; none where it is not of that form.
    pub fn parse(text: &str) -> Option<Self> {
        let numbers = text.strip_prefix('v').unwrap_or(text).split(['-', '+']).next()?;
        let mut parts = numbers.split('.').map(|part| part.parse().ok());
        let version = Self::new(parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
        if parts.next().is_none() { Some(version) } else { None }
    }
}

impl fmt::Display for CniVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// The settings of the VPC CNI that switch calls on and off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// `ENABLE_SUBNET_DISCOVERY`: on unless it says otherwise.
    SubnetDiscovery,
    /// `AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG`: off unless it says otherwise.
    CustomNetworking,
    /// `ENABLE_IMDS_ONLY_MODE`: off unless it says otherwise; on, the CNI calls nothing of EC2.
    ImdsOnly,
}

impl Setting {
    /// The variable of aws-node.
    pub fn variable(self) -> &'static str {
        match self {
            Self::SubnetDiscovery => "ENABLE_SUBNET_DISCOVERY",
            Self::CustomNetworking => "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG",
            Self::ImdsOnly => "ENABLE_IMDS_ONLY_MODE",
        }
    }

    fn default_value(self) -> bool {
        match self {
            Self::SubnetDiscovery => true,
            Self::CustomNetworking | Self::ImdsOnly => false,
        }
    }
}

/// What is known of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// It has this value.
    Is(bool),
    /// It cannot be known.
    Unknown,
}

/// The variables that the add-on's `configurationValues` set, or why they are not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CniSettings {
    variables: Vec<(String, String)>,
    unknown: Option<String>,
}

impl CniSettings {
    /// Reads `configurationValues`, which are JSON or YAML; none of them: every setting has its default.
    pub fn parse(configuration: Option<&str>) -> Self {
        let Some(text) = configuration.filter(|text| !text.trim().is_empty()) else { return Self::default() };
        match read(text) {
            Ok(serde_json::Value::Object(root)) => {
                let env = root.get("env").and_then(serde_json::Value::as_object);
                let variables = env.into_iter().flatten().filter_map(|(name, value)| {
                    let text = match value {
                        serde_json::Value::String(text) => text.clone(),
                        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => value.to_string(),
                        serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
                            return None;
                        }
                    };
                    Some((name.clone(), text))
                });
                Self { variables: variables.collect(), unknown: None }
            }
            // An empty YAML document (nothing but comments) sets nothing.
            Ok(serde_json::Value::Null) => Self::default(),
            Ok(_) => Self::unknown("the add-on's configurationValues are not an object"),
            Err(message) => {
                Self::unknown(format!("the add-on's configurationValues are neither JSON nor YAML: {message}"))
            }
        }
    }

    /// Settings of which nothing is known, and why.
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self { variables: Vec::new(), unknown: Some(reason.into()) }
    }

    /// Why the settings are not known, if they are not.
    pub fn reason(&self) -> Option<&str> {
        self.unknown.as_deref()
    }

    /// What is known of a setting. A value that is no truth value is unknown.
    pub fn switch(&self, setting: Setting) -> Switch {
        if self.unknown.is_some() {
            return Switch::Unknown;
        }
        match self.variable(setting.variable()).map(str::to_ascii_lowercase).as_deref() {
            None | Some("") => Switch::Is(setting.default_value()),
            // What Go's strconv.ParseBool takes, as the CNI does.
            Some("true" | "1" | "t") => Switch::Is(true),
            Some("false" | "0" | "f") => Switch::Is(false),
            Some(_) => Switch::Unknown,
        }
    }

    /// `CLUSTER_NAME`, with which aws-node tags its interfaces (the scoped-down policy rests on it).
    pub fn cluster_name(&self) -> Option<&str> {
        self.variable("CLUSTER_NAME").filter(|name| !name.is_empty())
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// How deep YAML can be nested at most, without parsing it: by its brackets, and by what its lines begin with. The parser goes
/// down before it counts.
fn deepest(text: &str) -> usize {
    let (mut open, mut most_open) = (0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most_open = most_open.max(open);
    }
    let begins = |line: &str| line.len() - line.trim_start_matches([' ', '-', '?', ':', '\t']).len();
    // a level is at least two columns to all that write YAML, and one to those who mean harm
    let indented = text.lines().map(begins).max().unwrap_or_default() / 2;
    most_open.max(indented)
}

/// JSON is tried first: most values are, and YAML 1.2 is not quite a superset of it.
fn read(text: &str) -> Result<serde_json::Value, String> {
    if text.len() > MAX_VALUES_BYTES {
        return Err(format!("they have {} bytes, at most {MAX_VALUES_BYTES} are read", text.len()));
    }
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    if deepest(text) > MAX_VALUES_DEPTH {
        return Err(format!("they are nested deeper than {MAX_VALUES_DEPTH} levels, or indented as if they were"));
    }
    let limits = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: MAX_VALUES_DEPTH, flow_nesting_limit: MAX_VALUES_DEPTH },
    };
    serde_saphyr::from_str_with_options(text, limits)
        .map_err(|error| echo::message(error.to_string().lines().next().unwrap_or_default()))
}
