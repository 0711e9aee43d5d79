//! A finding in the SDK's types: member by member, so that none is forgotten.

use aws_sdk_securityhub::types::{
    AwsEksClusterDetails, AwsIamRoleDetails, AwsSecurityFinding, Compliance, ComplianceStatus, FindingProviderFields,
    FindingProviderSeverity, Partition, Recommendation, RecordState, Remediation, Resource, ResourceDetails,
    SeverityLabel,
};

use crate::report::asff::form;

/// The finding.
pub(super) fn finding(told: &form::AsffFinding) -> AwsSecurityFinding {
    let form::AsffFinding {
        schema_version,
        id,
        product_arn,
        product_name,
        company_name,
        generator_id,
        aws_account_id,
        created_at,
        updated_at,
        title,
        description,
        remediation: what_to_do,
        product_fields,
        resources,
        compliance: requirement,
        record_state: state,
        finding_provider_fields,
    } = told;
    AwsSecurityFinding::builder()
        .schema_version(*schema_version)
        .id(id)
        .product_arn(product_arn)
        .product_name(*product_name)
        .company_name(*company_name)
        .generator_id(generator_id)
        .aws_account_id(aws_account_id)
        .created_at(created_at)
        .updated_at(updated_at)
        .title(title)
        .description(description)
        .set_remediation(what_to_do.as_ref().map(remediation))
        .set_product_fields(Some(product_fields.clone().into_iter().collect()))
        .set_resources(Some(resources.iter().map(resource).collect()))
        .compliance(compliance(requirement))
        .record_state(record_state(*state))
        .finding_provider_fields(provider_fields(finding_provider_fields))
        .build()
}

fn remediation(told: &form::Remediation) -> Remediation {
    let form::Remediation { recommendation: form::Recommendation { text, url } } = told;
    let recommendation = Recommendation::builder().text(text).set_url(url.clone()).build();
    Remediation::builder().recommendation(recommendation).build()
}

fn resource(told: &form::Resource) -> Resource {
    let form::Resource { kind, id, partition, region, details: names } = told;
    Resource::builder()
        .r#type(*kind)
        .id(id)
        .set_partition(partition.map(Partition::from))
        .set_region(region.clone())
        .set_details(names.as_ref().map(details))
        .build()
}

fn details(told: &form::Details) -> ResourceDetails {
    let details = ResourceDetails::builder();
    let details = match told {
        form::Details::AwsIamRole { name, path } => {
            details.aws_iam_role(AwsIamRoleDetails::builder().role_name(name).path(path).build())
        }
        form::Details::AwsEksCluster { name, arn } => {
            details.aws_eks_cluster(AwsEksClusterDetails::builder().name(name).arn(arn).build())
        }
        form::Details::Other(names) => {
            let names = names.iter().map(|(name, text)| ((*name).to_owned(), text.clone()));
            details.set_other(Some(names.collect()))
        }
    };
    details.build()
}

fn compliance(told: &form::Compliance) -> Compliance {
    let form::Compliance { status, related_requirements } = told;
    let status = match status {
        form::ComplianceStatus::Passed => ComplianceStatus::Passed,
        form::ComplianceStatus::Warning => ComplianceStatus::Warning,
        form::ComplianceStatus::Failed => ComplianceStatus::Failed,
        form::ComplianceStatus::NotAvailable => ComplianceStatus::NotAvailable,
    };
    let requirements = Some(related_requirements.clone()).filter(|requirements| !requirements.is_empty());
    Compliance::builder().status(status).set_related_requirements(requirements).build()
}

fn record_state(told: form::RecordState) -> RecordState {
    match told {
        form::RecordState::Active => RecordState::Active,
        form::RecordState::Archived => RecordState::Archived,
    }
}

fn provider_fields(told: &form::FindingProviderFields) -> FindingProviderFields {
    let form::FindingProviderFields { severity: form::Severity { label, original }, types } = told;
    let severity = FindingProviderSeverity::builder().label(SeverityLabel::from(*label)).original(original).build();
    let types = types.iter().map(|kind| (*kind).to_owned()).collect();
    FindingProviderFields::builder().severity(severity).set_types(Some(types)).build()
}
