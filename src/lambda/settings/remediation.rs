//! Which of the two functions this is, and what of remediation the environment says.

use crate::collect::member::MemberRoleName;
use crate::remediate::settings::{JournalPlace, Settings as Remediation};

use super::{Environment, SettingsError};

/// One binary, two functions: what each may do is in its role, and held here as well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Function {
    /// It audits, and changes nothing.
    #[default]
    Audit,
    /// It remediates, and audits what it has changed.
    Remediation,
}

impl Environment {
    /// Which function this is.
    ///
    /// # Errors
    /// [`SettingsError::Value`] for a name that is neither's.
    pub(in crate::lambda) fn function(&self) -> Result<Function, SettingsError> {
        const NAME: &str = "NODEROLE_FUNCTION";
        match self.get(NAME) {
            None | Some("audit") => Ok(Function::Audit),
            Some("remediation") => Ok(Function::Remediation),
            Some(other) => {
                let problem = format!("`{other}` is neither `audit` nor `remediation`");
                Err(SettingsError::Value { name: NAME, problem })
            }
        }
    }

    /// What may be changed: as the configuration says. The environment names the role and the place, and allows nothing.
    pub(super) fn remediation(&self, configured: Remediation) -> Result<Remediation, SettingsError> {
        let role_name: Option<MemberRoleName> = self.one("NODEROLE_REMEDIATION_ROLE_NAME")?;
        let journal: Option<JournalPlace> = self.one("NODEROLE_JOURNAL")?;
        Ok(Remediation {
            role_name: role_name.unwrap_or_else(|| configured.role_name.clone()),
            journal: journal.or_else(|| configured.journal.clone()),
            ..configured
        })
    }
}
