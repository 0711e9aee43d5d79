//! What the names of log groups, buses, topics, buckets and keys look like: checked where they are written.

/// The longest name of a log group, in characters (CreateLogGroup).
const LONGEST_LOG_GROUP: usize = 512;

/// The longest name of an event bus, in characters (CreateEventBus).
const LONGEST_EVENT_BUS: usize = 256;

/// The longest prefix of keys, in characters: a key has at most 1,024 bytes, and something comes after the prefix.
const LONGEST_PREFIX: usize = 512;

/// The longest id or ARN of a KMS key, in characters.
const LONGEST_KMS_KEY: usize = 2048;

/// The lengths of a bucket's name, in characters.
const BUCKET_LENGTHS: std::ops::RangeInclusive<usize> = 3..=63;

/// What is wrong with the name of a log group.
pub(crate) fn log_group(text: &str) -> Result<(), String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "_-/.#".contains(c);
    let fits = (1..=LONGEST_LOG_GROUP).contains(&text.len()) && text.chars().all(legal) && !text.starts_with("aws/");
    expect(fits, text, "the name of a log group: up to 512 letters, digits and any of _-/.#, not beginning with aws/")
}

/// What is wrong with the name or ARN of an event bus.
pub(crate) fn event_bus(text: &str) -> Result<(), String> {
    let name = if text.starts_with("arn:") {
        resource(text, "events").and_then(|resource| resource.strip_prefix("event-bus/"))
    } else {
        Some(text)
    };
    let legal = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let fits = name.is_some_and(|name| (1..=LONGEST_EVENT_BUS).contains(&name.len()) && name.chars().all(legal));
    expect(fits, text, "the name of an event bus, or its ARN (arn:aws:events:eu-west-1:111122223333:event-bus/NAME)")
}

/// What is wrong with the ARN of a topic.
pub(crate) fn topic(text: &str) -> Result<(), String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let fits = resource(text, "sns").is_some_and(|name| !name.is_empty() && name.chars().all(legal));
    expect(fits, text, "the ARN of a topic (arn:aws:sns:eu-west-1:111122223333:NAME)")
}

/// What is wrong with the ARN of a product of Security Hub.
pub(crate) fn product(text: &str) -> Result<(), String> {
    let fits = resource(text, "securityhub").is_some_and(|resource| resource.starts_with("product/"));
    expect(fits, text, "the ARN of a product (arn:aws:securityhub:eu-west-1:111122223333:product/COMPANY/NAME)")
}

/// What is wrong with the ARN of a KMS key.
pub(crate) fn kms_key_arn(text: &str) -> Result<(), String> {
    let fits = resource(text, "kms").is_some_and(|resource| resource.starts_with("key/"));
    expect(fits, text, "the ARN of a KMS key (arn:aws:kms:eu-west-1:111122223333:key/ID)")
}

/// What is wrong with the id, alias or ARN of a KMS key.
pub(crate) fn kms_key(text: &str) -> Result<(), String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "_-/:".contains(c);
    let fits = (1..=LONGEST_KMS_KEY).contains(&text.len()) && text.chars().all(legal);
    expect(fits, text, "the id, alias (alias/NAME) or ARN of a KMS key")
}

/// What is wrong with the name of a bucket.
pub(crate) fn bucket(text: &str) -> Result<(), String> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fits = BUCKET_LENGTHS.contains(&text.len())
        && text.chars().all(legal)
        && text.starts_with(edge)
        && text.ends_with(edge);
    expect(fits, text, "the name of a bucket: 3 to 63 small letters, digits, dots and hyphens, no ARN and no s3://")
}

/// What is wrong with the prefix of keys.
pub(crate) fn prefix(text: &str) -> Result<(), String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "/!_.*'()=-".contains(c);
    let fits =
        text.len() <= LONGEST_PREFIX && text.chars().all(legal) && !text.starts_with('/') && !text.contains("//");
    expect(fits, text, "a prefix such as noderole/, of letters, digits and any of /!_.*'()=-, not beginning with /")
}

/// The resource of an ARN of that service; none where it is none.
fn resource<'a>(text: &'a str, service: &str) -> Option<&'a str> {
    let mut parts = text.splitn(6, ':');
    let (arn, partition, of, region, account) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    // The products of partners and of AWS name no account.
    let has_account = is_account || (service == "securityhub" && account.is_empty());
    let fits = arn == "arn" && partition.starts_with("aws") && of == service && has_account;
    (fits && region.parse::<crate::ids::Region>().is_ok()).then(|| parts.next()).flatten()
}

/// The region of an ARN; none where it is none, or names none.
pub(super) fn region_of_arn(arn: &str) -> Option<crate::ids::Region> {
    arn.strip_prefix("arn:")?.split(':').nth(2)?.parse().ok()
}

fn expect(fits: bool, text: &str, expected: &str) -> Result<(), String> {
    if fits { Ok(()) } else { Err(format!("`{text}` is not what is expected here: {expected}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_aws_takes_them_are_taken() {
        for group in ["/noderole/findings", "a", "x#y_z.1"] {
            log_group(group).unwrap();
        }
        for bus in ["default", "aws.partner/example.com/x", "arn:aws-cn:events:cn-north-1:111122223333:event-bus/b"] {
            event_bus(bus).unwrap();
        }
        topic("arn:aws:sns:eu-west-1:111122223333:noderole.fifo").unwrap();
        product("arn:aws:securityhub:eu-west-1:111122223333:product/111122223333/default").unwrap();
        product("arn:aws:securityhub:eu-west-1::product/acme/noderole").unwrap();
        kms_key_arn("arn:aws:kms:eu-west-1:111122223333:key/1234abcd").unwrap();
        kms_key("alias/noderole").unwrap();
        for name in ["abc", "noderole-reports-111122223333", "a.b.c"] {
            bucket(name).unwrap();
        }
        for text in ["", "noderole/", "a/b"] {
            prefix(text).unwrap();
        }
    }

    #[test]
    fn other_names_are_refused_with_what_is_expected() {
        for (check, wrong) in [
            (log_group as fn(&str) -> Result<(), String>, "a b"),
            (log_group, ""),
            (log_group, "aws/x"),
            (event_bus, "arn:aws:events:eu-west-1:111122223333:rule/x"),
            (event_bus, "a b"),
            (topic, "noderole"),
            (topic, "arn:aws:sqs:eu-west-1:111122223333:x"),
            (topic, "arn:aws:sns:eu-west-1:1:x"),
            (product, "arn:aws:securityhub:eu-west-1:111122223333:hub/default"),
            (kms_key_arn, "alias/noderole"),
            (kms_key, "a b"),
            (bucket, "s3://abc"),
            (bucket, "Abc"),
            (bucket, "ab"),
            (prefix, "/a"),
            (prefix, "a\nb"),
        ] {
            assert!(check(wrong).unwrap_err().contains("is expected here"), "{wrong} was taken");
        }
    }

    #[test]
    fn an_arn_names_its_region() {
        assert_eq!(region_of_arn("arn:aws:sns:eu-west-1:111122223333:x").unwrap().as_str(), "eu-west-1");
        assert_eq!(region_of_arn("default"), None);
    }
}
