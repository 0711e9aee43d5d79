"""What moto lacks of EKS beside AWS, as far as a remediation needs it; each as the API reference of EKS says.

- Access entries and their access policies, add-ons, Pod Identity associations.
- The authentication mode and the compute configuration of clusters.
- `ec2:GetInstanceMetadataDefaults`: an account without defaults of its own.

The audit's tests run against moto as it is, which does not answer all that is asked: what is not known then is said.
"""

import datetime
import uuid

# The types whose names in Kubernetes EKS chooses, and which take no access policy; `EC2` (Auto Mode) takes one.
OF_NODES = ("EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX")
TYPES = ("STANDARD", "EC2", *OF_NODES)

PATHS = (
    "{0}/clusters/(?P<name>[^/]+)/access-entries$",
    "{0}/clusters/(?P<name>[^/]+)/access-entries/(?P<principalArn>.+)$",
    "{0}/clusters/(?P<name>[^/]+)/addons$",
    "{0}/clusters/(?P<name>[^/]+)/addons/(?P<addonName>[^/]+)$",
    "{0}/clusters/(?P<name>[^/]+)/pod-identity-associations$",
    "{0}/clusters/(?P<name>[^/]+)/pod-identity-associations/(?P<associationId>[^/]+)$",
)


def complete():
    from moto.ec2.responses import EC2Response
    from moto.eks import urls
    from moto.eks.responses import EKSResponse

    urls.url_paths.update(dict.fromkeys(PATHS, EKSResponse.dispatch))
    EKSResponse.create_cluster = with_configuration(EKSResponse.create_cluster)
    for operation in OPERATIONS:
        setattr(EKSResponse, operation.__name__, answered(operation))
    EC2Response.get_instance_metadata_defaults = lambda self: (
        '<GetInstanceMetadataDefaultsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        "<requestId>00000000-0000-0000-0000-000000000000</requestId><accountLevel/>"
        "</GetInstanceMetadataDefaultsResponse>"
    )


def with_configuration(without):
    def create(self):
        answer = without(self)
        cluster = self.eks_backend.clusters[self._get_param("name")]
        asked = self._get_param("accessConfig") or {}
        cluster.access_config = {"authenticationMode": asked.get("authenticationMode", "CONFIG_MAP")}
        cluster.compute_config = self._get_param("computeConfig")
        return answer

    return create


def answered(operation):
    def answer(self):
        from moto.core.responses import ActionResult

        return ActionResult(operation(self, Kept.of(self)))

    return answer


class Kept:
    """What one cluster has of it."""

    def __init__(self):
        self.entries = {}
        self.addons = {}
        self.associations = {}

    @classmethod
    def of(cls, call):
        cluster = call.eks_backend.describe_cluster(name=call._get_param("name"))
        if not hasattr(cluster, "kept"):
            cluster.kept = cls()
        return cluster.kept

    def entry(self, call):
        principal = call._get_param("principalArn")
        return found(self.entries, principal, f"The specified principalArn could not be found: {principal}")


def found(kept, key, message):
    from moto.eks.exceptions import ResourceNotFoundException

    if key not in kept:
        raise ResourceNotFoundException(message=message)
    return kept[key]


def in_use(message):
    from moto.eks.exceptions import ResourceInUseException

    raise ResourceInUseException(message=message)


def refuse(message):
    from moto.eks.exceptions import InvalidParameterException

    raise InvalidParameterException(message=message)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def arn(call, kind, rest):
    return f"arn:{call.partition}:eks:{call.region}:{call.current_account}:{kind}/{call._get_param('name')}/{rest}"


def page(call, member, names):
    """Part of a list; the token is where the next one begins."""
    start = int(call._get_param("nextToken") or 0)
    end = start + int(call._get_param("maxResults") or 100)
    return {member: names[start:end], **({"nextToken": str(end)} if end < len(names) else {})}


def create_access_entry(call, kept):
    principal, kind = call._get_param("principalArn"), call._get_param("type") or "STANDARD"
    if principal in kept.entries:
        in_use("The specified access entry resource is already in use on this cluster.")
    if kind not in TYPES:
        refuse(f"The specified type is invalid: {kind}")
    groups, username = call._get_param("kubernetesGroups") or [], call._get_param("username")
    if kind != "STANDARD":
        if groups or username:
            refuse("The kubernetesGroups and username parameters can be specified for type STANDARD alone.")
        groups, username = ["system:nodes"] if kind in OF_NODES else [], "system:node:{{EC2PrivateDNSName}}"
    id = f"{principal.split(':', 5)[5].replace('/', f'/{call.current_account}/', 1)}/{uuid.uuid4()}"
    kept.entries[principal] = {
        "clusterName": call._get_param("name"),
        "principalArn": principal,
        "kubernetesGroups": groups,
        "accessEntryArn": arn(call, "access-entry", id),
        "createdAt": now(),
        "modifiedAt": now(),
        "tags": call._get_param("tags") or {},
        "username": username or principal,
        "type": kind,
        # told by a call of its own
        "policies": {},
    }
    return {"accessEntry": kept.entries[principal]}


def describe_access_entry(call, kept):
    return {"accessEntry": kept.entry(call)}


def list_access_entries(call, kept):
    policy = call._get_param("associatedPolicyArn")
    return page(call, "accessEntries", sorted(p for p, e in kept.entries.items() if policy is None or policy in e["policies"]))


def delete_access_entry(call, kept):
    kept.entry(call)
    del kept.entries[call._get_param("principalArn")]
    return {}


def associate_access_policy(call, kept):
    entry, policy = kept.entry(call), call._get_param("policyArn")
    if entry["type"] in OF_NODES:
        refuse(f"Access policies cannot be associated with an access entry of the type {entry['type']}.")
    entry["policies"][policy] = {
        "policyArn": policy,
        "accessScope": {"namespaces": [], **call._get_param("accessScope")},
        "associatedAt": now(),
        "modifiedAt": now(),
    }
    named = {name: entry[name] for name in ("clusterName", "principalArn")}
    return {**named, "associatedAccessPolicy": entry["policies"][policy]}


def list_associated_access_policies(call, kept):
    entry = kept.entry(call)
    named = {name: entry[name] for name in ("clusterName", "principalArn")}
    return {**named, **page(call, "associatedAccessPolicies", list(entry["policies"].values()))}


def disassociate_access_policy(call, kept):
    policies, policy = kept.entry(call)["policies"], call._get_param("policyArn")
    found(policies, policy, f"The specified policyArn is not associated: {policy}")
    del policies[policy]
    return {}


def create_addon(call, kept):
    name = call._get_param("addonName")
    if name in kept.addons:
        in_use("Addon already exists.")
    kept.addons[name] = {
        "addonName": name,
        "clusterName": call._get_param("name"),
        "status": "ACTIVE",
        "addonVersion": call._get_param("addonVersion"),
        "health": {"issues": []},
        "addonArn": arn(call, "addon", f"{name}/{uuid.uuid4()}"),
        "createdAt": now(),
        "modifiedAt": now(),
        "serviceAccountRoleArn": call._get_param("serviceAccountRoleArn"),
        "configurationValues": call._get_param("configurationValues"),
        "tags": call._get_param("tags") or {},
    }
    return {"addon": kept.addons[name]}


def describe_addon(call, kept):
    name = call._get_param("addonName")
    return {"addon": found(kept.addons, name, f"No addon: {name} found in cluster: {call._get_param('name')}")}


def list_addons(call, kept):
    return page(call, "addons", sorted(kept.addons))


def create_pod_identity_association(call, kept):
    served = {name: call._get_param(name) for name in ("namespace", "serviceAccount")}
    if selected(kept, served):
        in_use("Association already exists.")
    id = f"a-{uuid.uuid4().hex[:17]}"
    kept.associations[id] = {
        "clusterName": call._get_param("name"),
        **served,
        "roleArn": call._get_param("roleArn"),
        "associationArn": arn(call, "podidentityassociation", id),
        "associationId": id,
        "tags": call._get_param("tags") or {},
        "createdAt": now(),
        "modifiedAt": now(),
    }
    return {"association": kept.associations[id]}


def describe_pod_identity_association(call, kept):
    id = call._get_param("associationId")
    return {"association": found(kept.associations, id, f"No association found with id: {id}")}


def list_pod_identity_associations(call, kept):
    asked = {name: call._get_param(name) for name in ("namespace", "serviceAccount")}
    return page(call, "associations", selected(kept, {name: value for name, value in asked.items() if value}))


def selected(kept, members):
    return [one for one in kept.associations.values() if members.items() <= one.items()]


OPERATIONS = (
    create_access_entry,
    describe_access_entry,
    list_access_entries,
    delete_access_entry,
    associate_access_policy,
    list_associated_access_policies,
    disassociate_access_policy,
    create_addon,
    describe_addon,
    list_addons,
    create_pod_identity_association,
    describe_pod_identity_association,
    list_pod_identity_associations,
)
