//! Each guard by itself: what it refuses, and that its reason names the key to look at.

use crate::audit;
use crate::known::Gap;
use crate::remediate::planner::{Made, Wish, plan};

use super::*;

/// A Tuesday.
const NOW: &str = "2026-11-24T10:00:00Z";

/// The sample's facts with one account, and a plan for everything in it.
struct Case {
    facts: Inventory,
    plan: Plan,
    settings: Settings,
    asked: Asked,
}

impl Case {
    /// Everything is allowed.
    fn new() -> Self {
        let facts = crate::demo::inventory().unwrap();
        let wish = Wish { advice: true, managed_elsewhere: true, ..Wish::default() };
        let now = NOW.parse().unwrap();
        let made = Made { plan_id: "p".to_owned(), created_at: now, expires_at: now };
        let plan = plan(&facts, &audit::Settings::default(), &wish, made);
        assert!(plan.roles.len() > 3 && plan.node_roles > 3, "{}", plan.roles.len());
        let settings = Settings {
            enabled: true,
            accounts: vec!["*".parse().unwrap()],
            classes: [RemediationClass::Safe, RemediationClass::Guarded].into(),
            max_roles: 1000,
            max_percent: 100,
            create_roles: true,
            managed_elsewhere: ManagedElsewhere::Change,
            advice: true,
            ..Settings::default()
        };
        Self { facts, plan, settings, asked: Asked::Someone }
    }

    fn guard(&self) -> Guard<'_> {
        Guard::new(&self.settings, &self.facts, self.asked, NOW.parse().unwrap())
    }

    /// Why the first role that a rule is planned for may not be changed.
    fn refusal(&self) -> Option<String> {
        self.guard().refusal(self.first())
    }

    /// A role for which only something is attached.
    fn first(&self) -> &RolePlan {
        self.plan.roles.iter().find(|role| role.class() == RemediationClass::Safe).unwrap()
    }

    fn account(&mut self) -> &mut Account {
        let id = self.first().account.clone();
        self.facts.accounts.iter_mut().find(|account| account.id == id).unwrap()
    }

    fn record(&mut self) -> &mut RoleRecord {
        let name = self.first().role.name().to_owned();
        self.account().roles.get_mut(&name).unwrap()
    }

    fn tag(mut self, key: &str, value: &str) -> Self {
        let RoleRecord::Found(role) = self.record() else { panic!() };
        role.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// That it is refused, with these words.
    fn says(&self, words: &[&str]) {
        let told = self.refusal().unwrap_or_default();
        assert!(!told.is_empty(), "it is allowed: {words:?}");
        for word in words {
            assert!(told.contains(word), "{word} is not in: {told}");
        }
    }
}

fn patterns<T: std::str::FromStr<Err: std::fmt::Debug>>(texts: &[&str]) -> Vec<T> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn what_the_configuration_allows_is_allowed() {
    let case = Case::new();
    let decision = case.guard().decide(&case.plan, &Narrow::default());
    assert_eq!((decision.whole, decision.refused), (None, BTreeMap::new()));
    assert_eq!(decision.allowed.len(), case.plan.roles.len());
}

#[test]
fn without_a_configuration_nothing_is_allowed() {
    let case = Case::new().with(|settings| *settings = Settings::default());
    let decision = case.guard().decide(&case.plan, &Narrow::default());
    assert!(decision.allowed.is_empty(), "{:?}", decision.allowed);
    assert!(decision.whole.unwrap().contains("set `enabled = true`"));
}

#[test]
fn accounts_are_allowed_by_id_or_unit_and_exclusions_go_before() {
    let mut case = Case::new();
    case.account().organization_path = Some("o-a1/r-b2c3/ou-b2c3-parents1/ou-b2c3-childs11".to_owned());
    let id = case.first().account.to_string();
    let by_unit = |unit: &'static str| {
        move |settings: &mut Settings| {
            settings.accounts.clear();
            settings.units = patterns(&[unit]);
        }
    };
    case.with(|settings| settings.accounts = patterns(&["000000000000"])).says(&["neither `accounts` nor `ous`"]);
    let above = || {
        let mut case = Case::new();
        case.account().organization_path = Some("o-a1/r-b2c3/ou-b2c3-parents1/ou-b2c3-childs11".to_owned());
        case
    };
    assert_eq!(above().with(by_unit("ou-b2c3-parents1")).refusal(), None);
    above().with(by_unit("ou-b2c3-parents2")).says(&[&id, "`ous`"]);
    above().with(|s| s.exclude_accounts = patterns(&[&id])).says(&["`exclude-accounts`"]);
    above().with(|s| s.exclude_units = patterns(&["ou-b2c3-childs11"])).says(&["`exclude-ous`", "ou-b2c3-childs11"]);
}

#[test]
fn where_the_place_of_an_account_is_not_known_units_allow_nothing_and_exclude_all() {
    let nowhere = || {
        let mut case = Case::new();
        case.account().organization_path = None;
        case
    };
    let unit = || patterns(&["ou-b2c3-parents1"]);
    nowhere().with(|s| (s.accounts, s.units) = (Vec::new(), unit())).says(&["`ous`", "not known"]);
    nowhere().with(|s| s.exclude_units = unit()).says(&["`exclude-ous`", "not known"]);
}

#[test]
fn rules_classes_and_advice_are_held_to_what_is_named() {
    let rules = |numbers: &[u16]| numbers.iter().copied().map(RuleId::new).collect::<BTreeSet<_>>();
    Case::new().with(|s| s.rules = Some(rules(&[1]))).says(&["`rules`", "NR"]);
    Case::new().with(|s| s.classes = [RemediationClass::Guarded].into()).says(&["is safe", "`classes`"]);
    let mut advice = Case::new().with(|s| s.advice = false);
    let first = advice.first().role.clone();
    let planned = advice.plan.roles.iter_mut().find(|planned| planned.role == first).unwrap();
    planned.findings[0].status = Status::Advice;
    advice.says(&["`advice`"]);
    planned_for_people();
}

/// No configuration can name this class.
fn planned_for_people() {
    let mut case = Case::new().with(|s| {
        s.classes.insert(RemediationClass::Manual);
    });
    let role = case.first().role.clone();
    let planned = case.plan.roles.iter_mut().find(|planned| planned.role == role).unwrap();
    planned.findings[0].class = RemediationClass::Manual;
    let planned = planned.clone();
    assert!(case.guard().refusal(&planned).unwrap().contains("for people alone"));
}

#[test]
fn what_nobody_asked_for_is_applied_by_automatic_rules_alone() {
    let mut case = Case::new();
    case.asked = Asked::Nobody;
    case.says(&["`automatic`"]);
    let rules: BTreeSet<RuleId> = case.plan.roles.iter().flat_map(|role| &role.findings).map(|one| one.rule).collect();
    assert_eq!(case.with(|s| s.automatic = rules).refusal(), None);
}

#[test]
fn creating_a_role_is_an_opt_in_of_its_own() {
    let case = Case::new();
    let creating = case.plan.roles.iter().find(|role| role.creates_the_role()).unwrap().clone();
    assert_eq!(case.guard().refusal(&creating), None);
    let case = case.with(|s| s.create_roles = false);
    assert!(case.guard().refusal(&creating).unwrap().contains("`create-roles`"));
    // it has no tags yet
    let case = Case::new().with(|s| s.required_tags = patterns(&["team"]));
    assert!(case.guard().refusal(&creating).unwrap().contains("`required-tags`"));
}

#[test]
fn tags_forbid_are_required_or_exclude() {
    Case::new().tag("noderole:remediate", " Never ").says(&["noderole:remediate=never"]);
    Case::new().with(|s| s.required_tags = patterns(&["env=dev*"])).says(&["`env=dev*`", "`required-tags`"]);
    let dev = Case::new().tag("env", "dev-1").with(|s| s.required_tags = patterns(&["env=dev*"]));
    assert_eq!(dev.refusal(), None);
    Case::new()
        .tag("tier", "0")
        .with(|s| s.excluded_tags = patterns(&["tier=0"]))
        .says(&["`tier=0`", "`excluded-tags`"]);
}

#[test]
fn roles_that_a_tool_keeps_are_left_and_those_of_aws_always() {
    let leave = |s: &mut Settings| s.managed_elsewhere = ManagedElsewhere::Leave;
    Case::new().tag("ManagedBy", "terraform").with(leave).says(&["Terraform", "`managed-elsewhere`", "change it in"]);
    assert_eq!(Case::new().tag("ManagedBy", "terraform").refusal(), None);
    let mut case = Case::new();
    let reserved: RoleArn = format!("arn:aws:iam::{}:role/aws-reserved/x", case.first().account).parse().unwrap();
    let mut planned = case.first().clone();
    let mut role = match case.record().clone() {
        RoleRecord::Found(role) => role,
        RoleRecord::NoSuchRole | RoleRecord::Missing(_) => panic!(),
    };
    role.arn = reserved.clone();
    case.account().roles.insert("x".to_owned(), RoleRecord::Found(role));
    planned.role = reserved;
    assert!(case.guard().refusal(&planned).unwrap().contains("a reserved path"));
}

#[test]
fn a_role_of_which_the_tags_are_not_known_is_not_changed() {
    let mut case = Case::new();
    let gap = Gap {
        api: "iam:GetRole".to_owned(),
        resource: "role".to_owned(),
        class: crate::failure::FailureClass::Denied,
        error: "AccessDenied".to_owned(),
        message: "no".to_owned(),
    };
    *case.record() = RoleRecord::Missing(gap);
    case.says(&["tags could not be read", "iam:GetRole"]);
    *case.record() = RoleRecord::NoSuchRole;
    case.says(&["does not exist any more"]);
    case.account().roles.clear();
    case.says(&["not read anew"]);
    case.facts.accounts.clear();
    case.says(&["account", "not read anew"]);
}

#[test]
fn outside_of_every_window_nothing_is_changed() {
    let windows = |texts: &'static [&'static str]| move |s: &mut Settings| s.windows = patterns(texts);
    let whole = |case: &Case| case.guard().decide(&case.plan, &Narrow::default()).whole;
    assert_eq!(whole(&Case::new().with(windows(&["sat 22:00-04:00", "tue 08:00-16:00"]))), None);
    let told = whole(&Case::new().with(windows(&["sat 22:00-04:00"]))).unwrap();
    assert!(told.contains("Tue 10:00 UTC") && told.contains("`windows`") && told.contains("sat 22:00-04:00"), "{told}");
}

#[test]
fn more_roles_than_the_limits_allow_refuse_the_whole_before_anything_is_done() {
    let whole = |case: &Case, narrow: &Narrow| case.guard().decide(&case.plan, narrow).whole;
    let all = Narrow::default();
    let case = Case::new().with(|s| s.max_roles = 2);
    let told = whole(&case, &all).unwrap();
    assert!(told.contains(&format!("{} roles", case.plan.roles.len())) && told.contains("`max-roles`"), "{told}");
    let mut case = Case::new().with(|s| s.max_percent = 10);
    case.plan.node_roles = 25;
    let told = whole(&case, &all).unwrap();
    assert!(told.contains("of 25 node roles") && told.contains("is 10, which is 2 of them"), "{told}");
    // of few roles one may always be changed; narrowing helps, and what is refused does not count
    case.plan.node_roles = 3;
    let one = Narrow { roles: [case.first().role.clone()].into(), ..all.clone() };
    assert_eq!(whole(&case, &one), None);
    let id = case.first().account.clone();
    let case = case.with(|s| (s.max_percent, s.max_roles, s.accounts) = (100, 1000, patterns(&[id.as_str()])));
    let decision = case.guard().decide(&case.plan, &all);
    assert_eq!(decision.whole.is_some(), decision.allowed.len() > 3);
    assert_eq!(decision.allowed.len() + decision.refused.len(), case.plan.roles.len());
}

#[test]
fn a_plan_that_names_a_role_twice_is_none() {
    let mut case = Case::new();
    case.plan.roles.push(case.first().clone());
    let decision = case.guard().decide(&case.plan, &Narrow::default());
    assert!(decision.whole.unwrap().contains("twice") && decision.allowed.is_empty());
}

#[test]
fn a_role_is_narrowed_to_by_all_of_its_findings_or_not_at_all() {
    let case = Case::new();
    let several = case.plan.roles.iter().find(|role| role.findings.len() > 1).unwrap();
    let some = Narrow { findings: [several.findings[0].id.clone()].into(), ..Narrow::default() };
    let decision = case.guard().decide(&case.plan, &some);
    assert!(decision.allowed.is_empty(), "{decision:?}");
    assert!(decision.refused[&several.role].contains("as well: plan for the finding alone"), "{decision:?}");
    let ids = several.findings.iter().map(|finding| finding.id.clone()).collect();
    let every = Narrow { findings: ids, ..Narrow::default() };
    assert_eq!(case.guard().decide(&case.plan, &every).allowed, std::slice::from_ref(&several.role));
    let absent = Narrow { findings: ["NR201-none".to_owned()].into(), ..Narrow::default() };
    assert_eq!((absent.absent(&case.plan), every.absent(&case.plan)), (vec!["NR201-none".to_owned()], Vec::new()));
}
