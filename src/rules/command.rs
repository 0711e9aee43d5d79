//! Exact `aws` commands for remediations: every word quoted for a POSIX shell.

use std::borrow::Cow;

use crate::ids::{AccountId, Partition};

/// The command `aws WORDS...`, each word quoted where a shell would take it apart.
///
/// A NUL cannot stand in a command line (nor in anything that AWS gives a name to); it is left out.
pub fn aws(words: &[&str]) -> String {
    let quoted = words.iter().map(|word| {
        let word = word.replace('\0', "");
        shlex::try_quote(&word).map_or_else(|_nul| "''".to_owned(), Cow::into_owned)
    });
    std::iter::once("aws".to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
}

/// Attaches a managed policy to a role.
pub fn attach(role_name: &str, policy_arn: &str) -> String {
    aws(&["iam", "attach-role-policy", "--role-name", role_name, "--policy-arn", policy_arn])
}

/// The ARN of a policy that AWS manages.
pub fn managed_by_aws(partition: Partition, name: &str) -> String {
    format!("arn:{partition}:iam::aws:policy/{name}")
}

/// The ARN of a policy of the account's own.
pub fn managed_by_account(partition: Partition, account: &AccountId, name: &str) -> String {
    format!("arn:{partition}:iam::{account}:policy/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_the_words_of_a_command() {
        let words = ["iam", "create-role", "--description", "it's $HOME `ls`", "{\"a\": \"b c\"}", "", "a!b"];
        let read = shlex::split(&aws(&words)).unwrap();
        assert_eq!(read[0], "aws");
        assert_eq!(read[1..], words);
    }
}
