//! Region and profile where the SDK is silent about them, or passes a mistake on to where nobody understands it.

use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::profile::load;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::region::Region as SdkRegion;

use crate::ids::Region;

use super::super::classify::one_line;
use super::super::error::AwsError;
use super::super::regions;

/// The variables that name a region; the first one that is set wins.
const REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The variables that name an endpoint of a service that is asked.
const ENDPOINT: [&str; 14] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_ACCOUNT",
    "AWS_ENDPOINT_URL_AUTO_SCALING",
    "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
    "AWS_ENDPOINT_URL_EC2",
    "AWS_ENDPOINT_URL_EKS",
    "AWS_ENDPOINT_URL_EVENTBRIDGE",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_ORGANIZATIONS",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SECURITYHUB",
    "AWS_ENDPOINT_URL_SNS",
    "AWS_ENDPOINT_URL_SSM",
    "AWS_ENDPOINT_URL_STS",
];

/// The variable that names a profile.
const PROFILE: &str = "AWS_PROFILE";

/// Refuses an endpoint that is set to nothing: the SDK panics at it.
pub(super) fn check_endpoints(env: &Env) -> Result<(), AwsError> {
    match ENDPOINT.into_iter().find(|name| env.get(name).is_ok_and(|url| is_blank(&url))) {
        Some(name) => Err(AwsError::Endpoint { reason: format!("{name} is set to nothing: unset it") }),
        None => Ok(()),
    }
}

/// Where the region is to be looked for past a variable that is set to nothing: the SDK would take that for a name. None
/// where the SDK's own way will do.
pub(super) fn region_past_blanks(env: &Env) -> Option<RegionProviderChain> {
    let mut set = REGION.into_iter().filter_map(|name| env.get(name).ok());
    set.next().filter(|first| is_blank(first))?;
    let named = set.find(|text| !is_blank(text)).map(SdkRegion::new);
    let chain = RegionProviderChain::first_try(named).or_else(ProfileFileRegionProvider::new());
    Some(chain.or_else(ImdsRegionProvider::builder().build()))
}

/// The region that was found, if it can be one.
pub(super) fn checked(found: Option<&SdkRegion>) -> Result<Option<SdkRegion>, AwsError> {
    let Some(text) = found.map(|region| region.as_ref().trim()).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.parse::<Region>().is_err() {
        let nearest = regions::nearest(text).map(str::to_owned);
        return Err(AwsError::NotARegion { region: one_line(text), nearest });
    }
    Ok(Some(SdkRegion::new(text.to_owned())))
}

/// The profile that the environment names, if no file defines it.
pub(super) async fn missing_profile(fs: &Fs, env: &Env) -> Option<String> {
    let name = env.get(PROFILE).ok().filter(|name| !is_blank(name))?;
    #[expect(deprecated, reason = "its other name is in a crate that the SDK has for itself")]
    let files = aws_config::profile::profile_file::ProfileFiles::default();
    let defined = load(fs, env, &files, None).await.ok()?;
    defined.get_profile(&name).is_none().then_some(name)
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn region(vars: &[(&str, &str)]) -> Option<String> {
        let found = region_past_blanks(&Env::from_slice(vars))?.region().await;
        found.map(|region| region.to_string())
    }

    #[tokio::test]
    async fn a_region_that_is_set_to_nothing_is_passed_over() {
        let vars = [("AWS_REGION", " "), ("AWS_DEFAULT_REGION", "eu-west-1")];
        assert_eq!(region(&vars).await.as_deref(), Some("eu-west-1"));
        for left_to_the_sdk in [&[][..], &[("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "")]] {
            assert!(region_past_blanks(&Env::from_slice(left_to_the_sdk)).is_none(), "{left_to_the_sdk:?}");
        }
        assert!(region_past_blanks(&Env::from_slice(&[("AWS_DEFAULT_REGION", "")])).is_some());
    }

    #[test]
    fn an_endpoint_that_is_set_to_nothing_is_named() {
        assert!(check_endpoints(&Env::from_slice(&[("AWS_ENDPOINT_URL", "http://localhost:1")])).is_ok());
        for name in ENDPOINT {
            let error = check_endpoints(&Env::from_slice(&[(name, " ")])).unwrap_err();
            assert!(error.to_string().contains(&format!("({name} is set to nothing")), "{error}");
        }
    }

    #[test]
    fn what_is_no_regions_name_is_refused_before_anybody_is_asked() {
        let check = |text: &str| checked(Some(&SdkRegion::new(text.to_owned())));
        assert_eq!(checked(None).unwrap(), None);
        assert_eq!(check("").unwrap(), None);
        assert_eq!(check("eu-west-1\n").unwrap().unwrap().as_ref(), "eu-west-1");
        for (wrong, says) in [("bad region", "such as eu-west-1"), ("EU-WEST-1", "did you mean `eu-west-1`?")] {
            let message = check(wrong).unwrap_err().to_string();
            assert!(message.contains(&format!("`{wrong}`")) && message.contains("AWS_REGION"), "{message}");
            assert!(message.contains(says), "{message}");
        }
    }

    #[tokio::test]
    async fn a_profile_is_missing_without_any_file_and_with_one_that_does_not_define_it() {
        let env = Env::from_slice(&[("HOME", "/home/me"), ("AWS_PROFILE", "nope")]);
        let nothing = Fs::from_slice(&[]);
        assert_eq!(missing_profile(&nothing, &env).await.as_deref(), Some("nope"));
        let other = Fs::from_slice(&[("/home/me/.aws/config", "[profile other]\nregion = eu-west-1\n")]);
        assert_eq!(missing_profile(&other, &env).await.as_deref(), Some("nope"));
        let defined = Fs::from_slice(&[("/home/me/.aws/config", "[profile nope]\nregion = eu-west-1\n")]);
        assert_eq!(missing_profile(&defined, &env).await, None);
        assert_eq!(missing_profile(&nothing, &Env::from_slice(&[("HOME", "/home/me")])).await, None);
    }
}
