//! Golden cases: an inventory in, findings out; how a case is written stands in `tests/rules/README.md`.

#[path = "rules/case.rs"]
mod case;
#[path = "rules/identity.rs"]
mod identity;
#[path = "rules/inventory.rs"]
mod inventory;
#[path = "rules/kinds.rs"]
mod kinds;
#[path = "rules/outcomes.rs"]
mod outcomes;
#[path = "rules/planned.rs"]
mod planned;

datatest_stable::harness! {
    { test = case::is_judged_as_expected, root = "tests/rules", pattern = r"^NR\d{3}/[^/]+\.json$" },
    { test = case::base_passes_every_rule, root = "tests/rules", pattern = r"^base\.json$" },
    { test = identity::an_id_outlives_what_the_finding_says, root = "tests/rules", pattern = r"^base\.json$" },
    { test = identity::what_is_left_out_is_not_judged, root = "tests/rules", pattern = r"^base\.json$" },
    { test = identity::the_same_facts_give_the_same_results, root = "tests/rules", pattern = r"^base\.json$" },
    { test = kinds::every_kind_has_a_case_of_every_outcome, root = "tests/rules", pattern = r"^README\.md$" },
    { test = kinds::a_role_is_judged_alike_whatever_nodes_of_ec2_have_it, root = "tests/rules", pattern = r"^README\.md$" },
    { test = planned::what_is_offered_mends_breaks_nothing_and_takes_nothing_unsaid, root = "tests/rules", pattern = r"^README\.md$" },
    { test = outcomes::every_outcome_of_every_rule_has_a_case, root = "tests/rules", pattern = r"^README\.md$" },
}
