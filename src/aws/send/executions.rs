//! Step Functions: an execution that is begun, once for each name.

use aws_sdk_sfn::operation::start_execution::StartExecutionError;

use crate::aws::classify::{Place, failure};
use crate::failure::Failure;

use super::{Outlet, client};

/// Begins an execution of a state machine; one that has begun under that name is left as it is.
pub(crate) async fn start_execution(outlet: &Outlet, state_machine: &str, name: &str) -> Result<(), Failure> {
    let client = client!(outlet, aws_sdk_sfn);
    let call = client.sdk.start_execution().state_machine_arn(state_machine).name(name).input("{}");
    match call.send().await {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(StartExecutionError::is_execution_already_exists) => Ok(()),
        Err(error) => Err(failure(&error, Place { region: None, endpoint: client.watch.endpoint() })),
    }
}
