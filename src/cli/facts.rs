//! Where the facts come from: AWS, a saved inventory, the sample organization.

use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;

use crate::aws::Sdk;
use crate::collect::ask::{Accounts, Ask, DEFAULT_MAX_IN_FLIGHT};
use crate::collect::drive::{Control, collect};
use crate::collect::member::MemberRole;
use crate::inventory::{self, Inventory, InventoryError};
use crate::run_id::run_id;

use super::args::{Given, MemberArgs};
use super::door_error::DoorError;
use super::progress::Shown;

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
    /// Reads the facts.
    pub(super) fn read(&self, mut progress: Shown) -> Result<Inventory, DoorError> {
        match self {
            Self::Demo => crate::demo::inventory().map_err(DoorError::Demo),
            Self::Saved(input) => load(input),
            Self::Aws(ask) => {
                let runtime = tokio::runtime::Runtime::new().map_err(DoorError::Runtime)?;
                let inventory = runtime.block_on(async {
                    let sdk = Sdk::from_environment().await?;
                    let control = Control {
                        progress: &mut |how_far| progress.show(how_far),
                        // Where the signal cannot be listened for, it ends the process as ever.
                        interrupt: std::pin::pin!(async {
                            if tokio::signal::ctrl_c().await.is_err() {
                                std::future::pending::<()>().await;
                            }
                        }),
                    };
                    Box::pin(collect(ask, &sdk, &new_run_id(), control)).await
                });
                progress.finish();
                Ok(inventory?)
            }
        }
    }
}

/// An ask for whole accounts, as the member role's flags say.
pub(super) fn ask(accounts: Accounts, member: &MemberArgs) -> Ask {
    Ask {
        accounts,
        member: MemberRole {
            name: member.role_name.clone().unwrap_or_default(),
            external_id: member.external_id.clone(),
        },
        regions: Vec::new(),
        target: None,
        max_in_flight: DEFAULT_MAX_IN_FLIGHT,
        deadline: None,
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
        InventoryError::Json { .. } | InventoryError::Schema { .. } | InventoryError::Form { .. } => {
            DoorError::Inventory { input: input.clone(), source: error }
        }
    })
}

/// The id of the run that begins now.
#[expect(clippy::disallowed_methods, reason = "the door is where the clock comes in")]
fn new_run_id() -> String {
    // The keys of a new state are the operating system's random bytes.
    let salt = RandomState::new().build_hasher().finish();
    run_id(jiff::Timestamp::now(), salt)
}
