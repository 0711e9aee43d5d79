//! AWS at the SDK's HTTP connector: every request is counted, waits as long as an answer takes, may be throttled or spoiled,
//! and is answered.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use noderole::collect::call::{Call, Question};

use super::clock::VirtualClock;
use super::fault::{Fault, Rule, Seen, When};
use super::organizations::{assumed, organizations, sts};
use super::random::mixed;
use super::rates::{Buckets, Rate};
use super::request::Request;
use super::sent::{Sent, in_parts, sent};
use super::sinks::{SERVICES, Sinks};
use super::spoiled::replied;
use super::world::World;
use super::write::{self, Text, error, good};

/// How AWS is on that day.
#[derive(Debug, Clone)]
pub(crate) struct Weather {
    /// What the clock shows at the start.
    pub(crate) begins: SystemTime,
    /// What every answer takes at least ...
    pub(crate) latency: Duration,
    /// ... and how much more it may take, by the seed.
    pub(crate) jitter: Duration,
    pub(crate) seed: u64,
    /// The rates of a service.
    pub(crate) rates: fn(&str) -> Option<Rate>,
    pub(crate) rules: Vec<Rule>,
    /// Whether every call is remembered, for those who count attempts.
    pub(crate) remembers: bool,
    /// A watch for the time that the simulation itself takes.
    pub(crate) watch: Option<fn() -> Duration>,
}

/// What came over the wire.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    /// Requests, retries among them, by operation.
    pub(crate) requests: BTreeMap<String, u64>,
    /// Attempts by call, where they are remembered.
    pub(crate) attempts: HashMap<u64, (String, u32)>,
    /// Requests that met a fault which costs something, by the account that they were about.
    pub(crate) met: BTreeMap<String, u64>,
    /// The services of those requests.
    pub(crate) spoiled: BTreeSet<String>,
    pub(crate) buckets: Buckets,
    /// What the simulation itself took.
    pub(crate) own: Duration,
    nth: u64,
}

/// The whole of AWS.
#[derive(Clone)]
pub(crate) struct Aws {
    world: Arc<World>,
    weather: Arc<Weather>,
    clock: VirtualClock,
    traffic: Arc<Mutex<Traffic>>,
    sinks: Arc<Mutex<Sinks>>,
}

impl fmt::Debug for Aws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Aws")
    }
}

impl Aws {
    /// Starts now; only within a runtime.
    pub(crate) fn new(world: Arc<World>, weather: Weather) -> Self {
        let clock = VirtualClock::start(weather.begins);
        Self { world, weather: Arc::new(weather), clock, traffic: Arc::default(), sinks: Arc::default() }
    }

    pub(crate) fn clock(&self) -> VirtualClock {
        self.clock.clone()
    }

    /// What came so far; it is taken away.
    pub(crate) fn take_traffic(&self) -> Traffic {
        std::mem::take(&mut self.traffic.lock().unwrap())
    }

    /// What sinks were sent.
    pub(crate) fn sinks(&self) -> MutexGuard<'_, Sinks> {
        self.sinks.lock().unwrap()
    }

    /// Decides at once what a request gets, and after how long.
    fn decide(&self, http: &HttpRequest) -> (Duration, Sent) {
        let Some(request) = Request::read(http) else {
            return (
                self.weather.latency,
                Sent::Whole(error("sts", 403, "MissingAuthenticationToken", "no signature")),
            );
        };
        let account = assumed(&request).unwrap_or(&request.account).to_owned();
        let call = request.call(&account);
        let api = call.as_ref().map_or_else(
            || format!("{}:{}", request.service, request.operation),
            |call| call.question.api().to_owned(),
        );
        let region = call.as_ref().and_then(|call| call.region.as_ref()).map(|region| region.as_str().to_owned());
        let mut hasher = DefaultHasher::new();
        if self.weather.remembers {
            request.identity().hash(&mut hasher);
        }
        let identity = hasher.finish();
        let mut traffic = self.traffic.lock().unwrap();
        traffic.nth += 1;
        *traffic.requests.entry(api.clone()).or_default() += 1;
        let attempt = if self.weather.remembers {
            let attempts = traffic.attempts.entry(identity).or_insert((api.clone(), 0));
            attempts.1 += 1;
            attempts.1
        } else {
            1
        };
        let drawn = mixed(self.weather.seed ^ mixed(traffic.nth)) % 1_000;
        let takes = self.weather.latency + self.weather.jitter.mul_f64(drawn as f64 / 1_000.0);
        let now = self.clock.elapsed();
        if let Some(rate) = (self.weather.rates)(&request.service) {
            let mut whose = DefaultHasher::new();
            (&request.account, &region).hash(&mut whose);
            if !traffic.buckets.take(&request.service, whose.finish(), rate, now) {
                let fault = Fault::Throttled(slow_down(&request.service));
                return (takes, sent(fault, &request.service, || good(String::new())));
            }
        }
        let seen = Seen { account: &account, region: region.as_deref(), api: &api, identity, attempt, now };
        let met = |rule: &&Rule| rule.meets(seen) && Self::takes_effect(rule, &request, call.as_ref());
        let rule = self.weather.rules.iter().find(met);
        let fault = rule.map(|rule| rule.fault);
        if rule.is_some_and(|rule| !rule.fault.is_mild(rule.when)) {
            *traffic.met.entry(account.clone()).or_default() += 1;
            traffic.spoiled.insert(request.service.clone());
        }
        drop(traffic);
        let answer = || {
            if SERVICES.contains(&request.service.as_str()) {
                return self.sinks().answer(&request, http);
            }
            self.answer(&request, &account, call.as_ref(), fault)
        };
        (takes, fault.map_or_else(|| Sent::Whole(answer()), |fault| sent(fault, &request.service, answer)))
    }

    /// Some faults meet only some requests: those with an older key, those for a later page.
    fn takes_effect(rule: &Rule, request: &Request, call: Option<&Call>) -> bool {
        match (rule.fault, rule.when) {
            (Fault::Expired, When::From(time)) => {
                let issued = request.key.split_once('x').and_then(|(_, at)| at.parse().ok());
                issued.is_some_and(|at| Duration::from_millis(at) < time)
            }
            (Fault::TokenOfPage, _) => call.is_some_and(|call| call.page.is_some()),
            // Without the organization there is no run, and without its policies another one.
            (fault, when) => {
                call.is_some()
                    || SERVICES.contains(&request.service.as_str())
                    || (fault.is_mild(when) && !matches!(fault, Fault::EmptyPage | Fault::Twice))
            }
        }
    }

    fn answer(&self, request: &Request, account: &str, call: Option<&Call>, fault: Option<Fault>) -> Text {
        let watch = self.weather.watch;
        let before = watch.map(|watch| watch());
        let text = self.text(request, account, call, fault);
        if let (Some(watch), Some(before)) = (watch, before) {
            self.traffic.lock().unwrap().own += watch().saturating_sub(before);
        }
        text
    }

    fn text(&self, request: &Request, account: &str, call: Option<&Call>, fault: Option<Fault>) -> Text {
        if request.service == "organizations" {
            return organizations(&self.world, request);
        }
        let Some(call) = call else {
            assert_eq!(request.service, "sts", "nobody answers {request:?}");
            return self.of_sts(request);
        };
        let Some(member) = account.parse().ok().and_then(|id| self.world.members.get(&id)) else {
            return error(&request.service, 403, "AccessDenied", "there is no such account");
        };
        // The facts may be those of a pattern, in which the account has another id.
        let pattern = member.facts.id.as_str();
        let of_pattern = (pattern != account).then(|| moved(call, account, pattern));
        let question = of_pattern.as_ref().unwrap_or(call);
        match replied(&self.world, member, question, fault) {
            Ok(_) if call.question == Question::AssumeRole => self.of_sts(request),
            Ok(reply) => {
                let body = write::reply(question, reply);
                good(if of_pattern.is_some() { body.replace(pattern, account) } else { body })
            }
            Err(failure) => write::failure(&request.service, &failure),
        }
    }

    fn of_sts(&self, request: &Request) -> Text {
        let issued = u64::try_from(self.clock.elapsed().as_millis()).unwrap_or_default();
        sts(&self.world, request, self.clock.now(), issued)
    }
}

/// The call as it would be in the account of the pattern.
fn moved(call: &Call, account: &str, pattern: &str) -> Call {
    let text = |text: &String| text.replace(account, pattern);
    let question = match &call.question {
        Question::DescribeAccessEntry { cluster, principal } => {
            Question::DescribeAccessEntry { cluster: cluster.clone(), principal: text(principal) }
        }
        Question::ListAssociatedAccessPolicies { cluster, principal } => {
            Question::ListAssociatedAccessPolicies { cluster: cluster.clone(), principal: text(principal) }
        }
        Question::GetPolicy { policy } => Question::GetPolicy { policy: text(policy) },
        Question::GetPolicyVersion { policy, version } => {
            Question::GetPolicyVersion { policy: text(policy), version: version.clone() }
        }
        others => others.clone(),
    };
    Call { account: pattern.parse().unwrap(), question, ..call.clone() }
}

/// How a service asks to slow down.
fn slow_down(service: &str) -> usize {
    let code = match service {
        "ec2" => "RequestLimitExceeded",
        "eks" | "organizations" | "account" => "TooManyRequestsException",
        _query => "Throttling",
    };
    super::fault::SLOW_DOWN.iter().position(|(_, known)| *known == code).unwrap()
}

impl HttpClient for Aws {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Aws {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (takes, sent) = self.decide(&request);
        let sent = if request.method() == "HEAD" { sent.without_body() } else { sent };
        HttpConnectorFuture::new(async move {
            tokio::time::sleep(takes).await;
            let response = |status: u16, headers, body| {
                let mut response = HttpResponse::new(StatusCode::try_from(status).unwrap(), body);
                for (name, value) in headers {
                    let _before: Option<String> = response.headers_mut().insert(name, value);
                }
                response
            };
            match sent {
                Sent::Whole(Text { status, headers, body }) => Ok(response(status, headers, SdkBody::from(body))),
                Sent::Parts(Text { status, headers, body }, parts, pause) => {
                    Ok(response(status, headers, in_parts(&body, parts, pause)))
                }
                Sent::Reset => Err(ConnectorError::io("Connection reset by peer (os error 104)".into())),
                Sent::Nothing => std::future::pending().await,
            }
        })
    }
}
