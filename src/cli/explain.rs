//! `noderole explain`: each action that a role's nodes need, whether it is granted, and who decides.

use crate::collect::ask::Accounts;
use crate::config::Wanted;
use crate::exit::Exit;
use crate::explain::explain;
use crate::inventory::Target;
use crate::report::{harmless, table};

use super::args::{ExplainArgs, ExplainFormat, Global, NodesOf, When};
use super::door_error::DoorError;
use super::facts::{self, Source};
use super::outputs::Destination;
use super::progress::Shown;
use super::{configuration, note, terminal};

/// Explains.
pub(super) fn run(args: &ExplainArgs, global: &Global) -> Result<Exit, DoorError> {
    let config = configuration::read(args.config.as_ref(), global)?;
    let mut inventory = source(args, &config.wanted)?.read(Shown::new(When::Auto, global))?;
    if args.policies.no_scp {
        inventory.leave_out_service_control_policies();
    }
    let explanation = explain(&inventory, &config.settings, &args.target.to_string(), &args.regions)?;
    let default = if terminal::stdout_is_terminal() { ExplainFormat::Table } else { ExplainFormat::Json };
    Destination::Stdout.write(|sink| match args.format.unwrap_or(default) {
        ExplainFormat::Table => table::explanation::write(&explanation, terminal::look(global.color), sink),
        ExplainFormat::Json => {
            let text = serde_json::to_string_pretty(&explanation)?;
            writeln!(sink, "{}", harmless::json(&text))
        }
    })?;
    for missing in &explanation.missing {
        note(&format!("the explanation hangs on what could not be read: {missing}"));
    }
    Ok(if explanation.missing.is_empty() { Exit::Clean } else { Exit::Incomplete })
}

/// Where the facts come from; of AWS only what the target touches is read.
fn source<'a>(args: &'a ExplainArgs, wanted: &Wanted) -> Result<Source<'a>, DoorError> {
    if args.demo {
        return Ok(Source::Demo);
    }
    if let Some(input) = &args.inventory {
        return Ok(Source::Saved(input));
    }
    let (target, of_role) = match &args.target {
        NodesOf::Role(role) => {
            (Target { roles: vec![role.to_string()], clusters: Vec::new() }, Some(role.account().clone()))
        }
        NodesOf::NodeGroup { cluster, name: _ } => {
            (Target { clusters: vec![cluster.clone()], roles: Vec::new() }, None)
        }
    };
    if let (Some(of_role), Some(given)) = (&of_role, &args.account)
        && of_role != given
    {
        return Err(DoorError::Usage {
            message: format!("the role belongs to account {of_role}, --account says {given}"),
            help: "leave --account out: the role's own account is asked then".to_owned(),
        });
    }
    let account = args.account.clone().or(of_role);
    let accounts = account.map_or(Accounts::Own, |account| Accounts::Listed(vec![account]));
    let mut ask = facts::ask(accounts, &args.member, &args.regions, wanted)?;
    ask.target = Some(target);
    ask.service_control_policies &= !args.policies.no_scp;
    Ok(Source::Aws(Box::new(ask)))
}
