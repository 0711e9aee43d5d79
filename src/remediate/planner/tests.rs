use super::*;

#[test]
fn scratch() {
    let inventory = crate::demo::inventory().unwrap();
    let now = inventory.finished_at;
    let made = Made { plan_id: "p".into(), created_at: now, expires_at: now };
    let wish = Wish { managed_elsewhere: false, ..Wish::default() };
    let plan = plan(&inventory, &Settings::default(), &wish, made);
    for role in &plan.roles {
        println!(
            "== {} {:?}",
            role.role,
            role.findings.iter().map(|f| (f.rule.to_string(), f.class)).collect::<Vec<_>>()
        );
        for step in &role.steps {
            println!("   {}", step.change.described());
        }
        for line in &role.diff {
            println!("      {line}");
        }
        for line in &role.takes {
            println!("   TAKES {line}");
        }
        for line in &role.notes {
            println!("   note {line}");
        }
    }
    let mut by: BTreeMap<(Reason, RuleId), Vec<&Left>> = BTreeMap::new();
    for left in &plan.left {
        by.entry((left.reason, left.rule)).or_default().push(left);
    }
    for ((reason, rule), left) in by {
        println!("{reason:?} {rule} {} e.g. {}", left.len(), left[0].text);
    }
}
