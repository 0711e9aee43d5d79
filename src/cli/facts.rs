//! Where the facts come from: AWS, a saved inventory, the sample organization.

use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::aws::{AwsError, Sdk};
use crate::collect::ask::{Accounts, Ask, DEFAULT_MAX_IN_FLIGHT};
use crate::collect::drive::{Control, collect, stream};
use crate::collect::member::{MemberRole, MemberRoleError};
use crate::config::Wanted;
use crate::ids::Region;
use crate::inventory::{self, Inventory, InventoryError};
use crate::run_id::run_id;

use super::args::{Given, MemberArgs};
use super::door_error::DoorError;
use super::note;
use super::progress::Shown;

/// The variable and the flag of the member role's name.
const ROLE_NAME: (&str, &str) = ("NODEROLE_ROLE_NAME", "--role-name");

/// The variable and the flag of the external id.
const EXTERNAL_ID: (&str, &str) = ("NODEROLE_EXTERNAL_ID", "--external-id");

/// Where the facts come from.
#[derive(Debug)]
pub(super) enum Source<'a> {
    /// The sample organization.
    Demo,
    /// A saved inventory.
    Saved(&'a Given),
    /// AWS.
    Aws(Box<Ask>),
}

impl Source<'_> {
    /// Reads the facts, all at once.
    pub(super) fn read(&self, progress: Shown) -> Result<Inventory, DoorError> {
        match self {
            Self::Demo => crate::demo::inventory().map_err(DoorError::Demo),
            Self::Saved(input) => load(input),
            Self::Aws(ask) => run(progress, async |sdk, control| collect(ask, sdk, &new_run_id(), control).await),
        }
    }

    /// Reads the facts in parts, of AWS account by account: each goes to `each` as soon as it is whole. Left is what is to be
    /// said of the run.
    pub(super) fn stream(
        &self,
        progress: Shown,
        each: &mut (dyn FnMut(Inventory) + Send),
    ) -> Result<Inventory, DoorError> {
        if let Self::Aws(ask) = self {
            return run(progress, async |sdk, control| stream(ask, sdk, &new_run_id(), control, each).await);
        }
        let mut whole = self.read(progress)?;
        let part = Inventory {
            accounts: std::mem::take(&mut whole.accounts),
            policies: std::mem::take(&mut whole.policies),
            ..whole.clone()
        };
        each(part);
        Ok(whole)
    }
}

/// Asks AWS, until all is read or somebody ends it.
fn run<T>(
    mut progress: Shown,
    ask: impl AsyncFnOnce(&Sdk, Control<'_>) -> Result<T, AwsError>,
) -> Result<T, DoorError> {
    let ended_early = AtomicBool::new(false);
    let runtime = tokio::runtime::Runtime::new().map_err(DoorError::Runtime)?;
    let read = runtime.block_on(async {
        let sdk = Sdk::from_environment().await?;
        let control = Control {
            progress: &mut |how_far| progress.show(how_far),
            interrupt: std::pin::pin!(async {
                interrupted().await;
                ended_early.store(true, Ordering::Relaxed);
            }),
        };
        Box::pin(ask(&sdk, control)).await
    });
    progress.finish();
    let read = read?;
    if ended_early.load(Ordering::Relaxed) {
        note("the run was interrupted: what was read by then is reported, the coverage names the rest");
    }
    Ok(read)
}

/// An ask for whole accounts, as the flags say, else the variables, else the configuration.
pub(super) fn ask(
    accounts: Accounts,
    member: &MemberArgs,
    regions: &[Region],
    wanted: &Wanted,
) -> Result<Ask, DoorError> {
    Ok(Ask {
        accounts,
        member: member_role(member, wanted)?,
        regions: Wanted::list(regions.to_vec(), &wanted.regions),
        target: None,
        service_control_policies: wanted.service_control_policies.unwrap_or(true),
        compute_everywhere: wanted.compute_everywhere.unwrap_or(false),
        max_in_flight: wanted.max_in_flight.map_or(DEFAULT_MAX_IN_FLIGHT, usize::from),
        deadline: None,
    })
}

/// The member role, as the flags say, else the variables, else the configuration.
pub(super) fn member_role(member: &MemberArgs, wanted: &Wanted) -> Result<MemberRole, DoorError> {
    let name = given_or_set(member.role_name.clone(), ROLE_NAME)?.or_else(|| wanted.role_name.clone());
    let external_id = given_or_set(member.external_id.clone(), EXTERNAL_ID)?.or_else(|| wanted.external_id.clone());
    Ok(MemberRole { name: name.unwrap_or_default(), external_id })
}

/// What a flag gave, else what the variable holds, if it holds anything. Read here and not by clap, which would put the
/// variable in the way of sources that assume no role, and repeat a secret value in its errors.
fn given_or_set<T: FromStr<Err = MemberRoleError>>(
    given: Option<T>,
    (variable, flag): (&str, &str),
) -> Result<Option<T>, DoorError> {
    let set = std::env::var_os(variable).filter(|value| given.is_none() && !value.is_empty());
    let Some(set) = set else { return Ok(given) };
    // What is no text is refused as any other value that is wrong.
    let parsed = set.to_string_lossy().parse().map_err(|error: MemberRoleError| DoorError::Usage {
        message: format!("the variable {variable}: {error}"),
        help: format!("correct or unset {variable}, or give {flag}"),
    })?;
    Ok(Some(parsed))
}

/// Waits until the run is to end: Ctrl-C, or SIGTERM, by which schedulers and containers end programs. Where neither can be
/// listened for, they end the process as ever.
pub(super) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            let interrupt = async {
                if tokio::signal::ctrl_c().await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Loads a saved inventory.
fn load(input: &Given) -> Result<Inventory, DoorError> {
    let unreadable = |source| DoorError::Input { input: input.clone(), source };
    let loaded = match input {
        Given::Stdin => inventory::load(io::stdin().lock()),
        Given::File(path) => inventory::load(File::open(path).map_err(unreadable)?),
    };
    loaded.map_err(|error| match error {
        InventoryError::Io(source) => unreadable(source),
        InventoryError::TooLarge { .. }
        | InventoryError::NotUtf8 { .. }
        | InventoryError::Json { .. }
        | InventoryError::Schema { .. }
        | InventoryError::Form { .. } => DoorError::Inventory { input: input.clone(), source: error },
    })
}

/// The id of the run that begins now.
#[expect(clippy::disallowed_methods, reason = "the door is where the clock comes in")]
pub(super) fn new_run_id() -> String {
    // The keys of a new state are the operating system's random bytes.
    let salt = RandomState::new().build_hasher().finish();
    run_id(jiff::Timestamp::now(), salt)
}
