//! Names of AWS: what is taken, what is refused, and what they tell.

use super::*;

#[test]
fn a_role_arn_keeps_its_path_apart_from_its_name() {
    let role: RoleArn = "arn:aws:iam::111122223333:role/eks/nodes/prod".parse().unwrap();
    assert_eq!((role.path(), role.name(), role.account().as_str()), ("/eks/nodes/", "prod", "111122223333"));
    let flat: RoleArn = "arn:aws:iam::111122223333:role/prod".parse().unwrap();
    assert_eq!((flat.path(), flat.name()), ("/", "prod"));
    assert!(role.same_role(&flat));
}

#[test]
fn what_is_not_a_role_arn_is_refused() {
    for wrong in [
        "",
        "prod",
        "arn:aws:iam::111122223333:user/x",
        "arn:aws:iam::1:role/x",
        "arn:aws:iam::111122223333:role/",
        "arn:aws:iam::111122223333:rolex/y",
        "arn:aws:sts::111122223333:role/x",
        "arn:aws:iam::111122223333:role/\u{661}",
        "arn:aws:iam::\u{661}11122223333:role/x",
        "arn:aws:iam::111122223333:role/a b/x",
        &format!("arn:aws:iam::111122223333:role/{}", "x".repeat(65)),
        &format!("arn:aws:iam::111122223333:role/{}/x", "p".repeat(511)),
    ] {
        assert!(wrong.parse::<RoleArn>().is_err(), "{wrong} was taken");
    }
}

#[test]
fn regions_know_their_partition() {
    for (name, partition) in
        [("eu-west-1", Partition::Aws), ("cn-north-1", Partition::AwsCn), ("us-gov-west-1", Partition::AwsUsGov)]
    {
        assert_eq!(name.parse::<Region>().unwrap().partition(), partition);
    }
    for wrong in ["eu-west", "Eu-west-1", "west", "eu--1", "", "eu-west-\u{661}", &format!("eu-{}-1", "w".repeat(28))] {
        assert!(wrong.parse::<Region>().is_err(), "{wrong} was taken");
    }
}

#[test]
fn a_unit_is_named_by_its_id_or_the_roots() {
    for right in ["ou-ab12-11111111", "r-ab12"] {
        assert_eq!(right.parse::<UnitId>().unwrap().as_str(), right);
    }
    for wrong in ["Sandbox", "ou-ab12", "ou--x", "ou-ab12-", "ou-AB12-11111111", "r-"] {
        assert!(wrong.parse::<UnitId>().is_err(), "{wrong} was taken");
    }
}

#[test]
fn china_takes_both_spellings_of_the_ec2_principal() {
    assert_eq!(Partition::AwsCn.ec2_principals(), ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]);
    assert_eq!(Partition::Aws.ec2_principals(), ["ec2.amazonaws.com"]);
    assert_eq!(Partition::AwsIso.ec2_principals()[0], "ec2.c2s.ic.gov");
}
