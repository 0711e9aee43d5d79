//! The known ways to more rights: the actions that each takes, on what, what one becomes, and who says so.

use crate::rules::privilege::power::{On, Power, Step, on, regional};

const RHINO: &str = "https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/";
const PASSING_ROLES: &str = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/permission-to-pass-iam-roles.html";
const ENTRIES: &str = "https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html";
const SCPS: &str = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html";

const USERS: On = On::Global("iam", "user/*");
const GROUPS: On = On::Global("iam", "group/*");

/// Passing any role to EC2, and so on: the key is known, for the way is by that service.
const TO_EC2: Step = passing(&[("iam:PassedToService", "ec2.amazonaws.com")]);
const TO_LAMBDA: Step = passing(&[("iam:PassedToService", "lambda.amazonaws.com")]);
const TO_TASKS: Step = passing(&[("iam:PassedToService", "ecs-tasks.amazonaws.com")]);
const TO_CLOUDFORMATION: Step = passing(&[("iam:PassedToService", "cloudformation.amazonaws.com")]);
const TO_GLUE: Step = passing(&[("iam:PassedToService", "glue.amazonaws.com")]);
const TO_SAGEMAKER: Step = passing(&[("iam:PassedToService", "sagemaker.amazonaws.com")]);
const TO_CODEBUILD: Step = passing(&[("iam:PassedToService", "codebuild.amazonaws.com")]);
const TO_SSM: Step = passing(&[("iam:PassedToService", "ssm.amazonaws.com")]);
const TO_PODS: Step = passing(&[("iam:PassedToService", "pods.eks.amazonaws.com")]);

const RUN_INSTANCES: Step = regional("ec2:RunInstances", "ec2", "instance/*");
const CREATE_FUNCTION: Step = regional("lambda:CreateFunction", "lambda", "function:*");
const REGISTER_TASK: Step = regional("ecs:RegisterTaskDefinition", "ecs", "task-definition/*");
const CREATE_JOB: Step = regional("glue:CreateJob", "glue", "job/*");
const CREATE_PROJECT: Step = regional("codebuild:CreateProject", "codebuild", "project/*");

/// Every way, those of IAM first.
pub(in super::super) const PATHS: &[Power] = &[
    // What the role itself is made of.
    way(
        "iam:PutRolePolicy",
        "it writes any right into a role, its own among them",
        &[on("iam:PutRolePolicy", On::RolesOrOwn)],
        RHINO,
    ),
    way(
        "iam:AttachRolePolicy",
        "it attaches any policy to a role, its own among them",
        &[on("iam:AttachRolePolicy", On::RolesOrOwn)],
        RHINO,
    ),
    way(
        "iam:CreatePolicyVersion",
        "it rewrites a policy that a role has, its own among them",
        &[on("iam:CreatePolicyVersion", On::PoliciesOrOwn)],
        RHINO,
    ),
    way(
        "iam:SetDefaultPolicyVersion",
        "it brings back a wider version of a policy",
        &[on("iam:SetDefaultPolicyVersion", On::PoliciesOrOwn)],
        RHINO,
    ),
    way(
        "iam:UpdateAssumeRolePolicy",
        "it lets itself assume any role",
        &[on("iam:UpdateAssumeRolePolicy", On::Roles)],
        RHINO,
    ),
    way(
        "sts:AssumeRole on every role",
        "it becomes any role that trusts the account",
        &[on("sts:AssumeRole", On::RolesAnywhere)],
        "https://pathfinding.cloud/paths/sts-001",
    ),
    // Users and groups.
    way("iam:CreateAccessKey", "it becomes any user", &[on("iam:CreateAccessKey", USERS)], RHINO),
    way(
        "iam:CreateLoginProfile",
        "it becomes any user without a password",
        &[on("iam:CreateLoginProfile", USERS)],
        RHINO,
    ),
    way("iam:UpdateLoginProfile", "it becomes any user with a password", &[on("iam:UpdateLoginProfile", USERS)], RHINO),
    way("iam:AttachUserPolicy", "it attaches any policy to a user", &[on("iam:AttachUserPolicy", USERS)], RHINO),
    way("iam:PutUserPolicy", "it writes any right into a user", &[on("iam:PutUserPolicy", USERS)], RHINO),
    way("iam:AttachGroupPolicy", "it attaches any policy to a group", &[on("iam:AttachGroupPolicy", GROUPS)], RHINO),
    way("iam:PutGroupPolicy", "it writes any right into a group", &[on("iam:PutGroupPolicy", GROUPS)], RHINO),
    way("iam:AddUserToGroup", "it makes any user a member of any group", &[on("iam:AddUserToGroup", GROUPS)], RHINO),
    // A role is passed to something new that runs code.
    way(
        "iam:PassRole with ec2:RunInstances",
        "a new instance runs as any role that EC2 may assume",
        &[TO_EC2, RUN_INSTANCES],
        RHINO,
    ),
    way(
        "iam:PassRole with ec2:RequestSpotInstances",
        "a new spot instance runs as any role that EC2 may assume",
        &[TO_EC2, regional("ec2:RequestSpotInstances", "ec2", "spot-instances-request/*")],
        "https://pathfinding.cloud/paths/ec2-003",
    ),
    way(
        "iam:PassRole with ec2:CreateFleet and ec2:CreateLaunchTemplate",
        "a fleet runs as any role that EC2 may assume",
        &[
            TO_EC2,
            regional("ec2:CreateFleet", "ec2", "fleet/*"),
            regional("ec2:CreateLaunchTemplate", "ec2", "launch-template/*"),
        ],
        PASSING_ROLES,
    ),
    way(
        "iam:PassRole with ec2:AssociateIamInstanceProfile",
        "an instance without a role gets any that EC2 may assume",
        &[TO_EC2, regional("ec2:AssociateIamInstanceProfile", "ec2", "instance/*")],
        PASSING_ROLES,
    ),
    way(
        "iam:PassRole with ec2:ReplaceIamInstanceProfileAssociation",
        "an instance, the node itself among them, gets another role",
        &[TO_EC2, regional("ec2:ReplaceIamInstanceProfileAssociation", "ec2", "instance/*")],
        PASSING_ROLES,
    ),
    way(
        "iam:PassRole with iam:AddRoleToInstanceProfile",
        "an instance profile gives any role to its instances",
        &[TO_EC2, on("iam:AddRoleToInstanceProfile", On::Global("iam", "instance-profile/*"))],
        PASSING_ROLES,
    ),
    way(
        "iam:PassRole with lambda:CreateFunction and lambda:InvokeFunction",
        "a new function runs as any role that Lambda may assume",
        &[TO_LAMBDA, CREATE_FUNCTION, regional("lambda:InvokeFunction", "lambda", "function:*")],
        RHINO,
    ),
    way(
        "iam:PassRole with lambda:CreateFunction and lambda:CreateEventSourceMapping",
        "a new function is started by an event, as any role that Lambda may assume",
        &[TO_LAMBDA, CREATE_FUNCTION, regional("lambda:CreateEventSourceMapping", "lambda", "event-source-mapping:*")],
        RHINO,
    ),
    way(
        "iam:PassRole with lambda:CreateFunction and lambda:AddPermission",
        "a new function may be called by anybody, as any role that Lambda may assume",
        &[TO_LAMBDA, CREATE_FUNCTION, regional("lambda:AddPermission", "lambda", "function:*")],
        "https://pathfinding.cloud/paths/lambda-006",
    ),
    way(
        "iam:PassRole with ecs:RegisterTaskDefinition and ecs:RunTask",
        "a new task runs as any role that ECS tasks may assume",
        &[TO_TASKS, REGISTER_TASK, regional("ecs:RunTask", "ecs", "task-definition/*")],
        "https://pathfinding.cloud/paths/ecs-004",
    ),
    way(
        "iam:PassRole with ecs:RegisterTaskDefinition and ecs:CreateService",
        "a new service runs as any role that ECS tasks may assume",
        &[TO_TASKS, REGISTER_TASK, regional("ecs:CreateService", "ecs", "service/*")],
        "https://pathfinding.cloud/paths/ecs-003",
    ),
    way(
        "iam:PassRole with cloudformation:CreateStack",
        "a stack is made with any role that CloudFormation may assume",
        &[TO_CLOUDFORMATION, regional("cloudformation:CreateStack", "cloudformation", "stack/*/*")],
        RHINO,
    ),
    way(
        "iam:PassRole with glue:CreateDevEndpoint",
        "a development endpoint runs as any role that Glue may assume",
        &[TO_GLUE, regional("glue:CreateDevEndpoint", "glue", "devEndpoint/*")],
        RHINO,
    ),
    way(
        "iam:PassRole with glue:CreateJob and glue:StartJobRun",
        "a job runs as any role that Glue may assume",
        &[TO_GLUE, CREATE_JOB, regional("glue:StartJobRun", "glue", "job/*")],
        "https://pathfinding.cloud/paths/glue-003",
    ),
    way(
        "iam:PassRole with glue:CreateJob and glue:CreateTrigger",
        "a job is started by a trigger, as any role that Glue may assume",
        &[TO_GLUE, CREATE_JOB, regional("glue:CreateTrigger", "glue", "trigger/*")],
        "https://pathfinding.cloud/paths/glue-004",
    ),
    way(
        "iam:PassRole with sagemaker:CreateNotebookInstance",
        "a notebook runs as any role that SageMaker may assume",
        &[TO_SAGEMAKER, regional("sagemaker:CreateNotebookInstance", "sagemaker", "notebook-instance/*")],
        "https://pathfinding.cloud/paths/sagemaker-001",
    ),
    way(
        "iam:PassRole with sagemaker:CreateTrainingJob",
        "a training job runs as any role that SageMaker may assume",
        &[TO_SAGEMAKER, regional("sagemaker:CreateTrainingJob", "sagemaker", "training-job/*")],
        "https://pathfinding.cloud/paths/sagemaker-002",
    ),
    way(
        "iam:PassRole with codebuild:CreateProject and codebuild:StartBuild",
        "a build runs as any role that CodeBuild may assume",
        &[TO_CODEBUILD, CREATE_PROJECT, regional("codebuild:StartBuild", "codebuild", "project/*")],
        "https://pathfinding.cloud/paths/codebuild-001",
    ),
    way(
        "iam:PassRole with ssm:StartAutomationExecution",
        "an automation runs as any role that Systems Manager may assume",
        &[TO_SSM, regional("ssm:StartAutomationExecution", "ssm", "automation-definition/*")],
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup.html",
    ),
    way(
        "iam:PassRole with eks:CreatePodIdentityAssociation",
        "pods of its choice run as any role that EKS Pod Identity may assume",
        &[TO_PODS, on("eks:CreatePodIdentityAssociation", On::ClustersOrOwn)],
        "https://docs.aws.amazon.com/eks/latest/userguide/pod-id-association.html",
    ),
    // Something that runs as a role already is made to run other code.
    way(
        "lambda:UpdateFunctionCode",
        "it becomes the role of any function",
        &[regional("lambda:UpdateFunctionCode", "lambda", "function:*")],
        RHINO,
    ),
    way(
        "glue:UpdateDevEndpoint",
        "it becomes the role of any development endpoint",
        &[regional("glue:UpdateDevEndpoint", "glue", "devEndpoint/*")],
        RHINO,
    ),
    way(
        "cloudformation:UpdateStack",
        "it changes any stack with the role that the stack has",
        &[regional("cloudformation:UpdateStack", "cloudformation", "stack/*/*")],
        "https://pathfinding.cloud/paths/cloudformation-002",
    ),
    way(
        "ssm:SendCommand on every instance",
        "it runs commands as root on any instance, and has the instance's role",
        &[regional("ssm:SendCommand", "ec2", "instance/*"), on("ssm:SendCommand", On::ShellDocuments)],
        "https://pathfinding.cloud/paths/ssm-002",
    ),
    way(
        "ssm:StartSession on every instance",
        "it has a shell on any instance, and the instance's role",
        &[regional("ssm:StartSession", "ec2", "instance/*")],
        "https://pathfinding.cloud/paths/ssm-001",
    ),
    way(
        "ec2:ModifyInstanceAttribute",
        "it changes the user data of any instance, which runs as root at the next start",
        &[regional("ec2:ModifyInstanceAttribute", "ec2", "instance/*")],
        "https://pathfinding.cloud/paths/ec2-002",
    ),
    way(
        "ec2:CreateLaunchTemplateVersion with ec2:ModifyLaunchTemplate",
        "new instances of any group run other code as the group's role",
        &[
            regional("ec2:CreateLaunchTemplateVersion", "ec2", "launch-template/*"),
            regional("ec2:ModifyLaunchTemplate", "ec2", "launch-template/*"),
        ],
        "https://pathfinding.cloud/paths/ec2-004",
    ),
    // Clusters.
    way(
        "eks:CreateAccessEntry",
        "it lets any principal into a cluster, with groups of its choice",
        &[on("eks:CreateAccessEntry", On::ClustersOrOwn)],
        ENTRIES,
    ),
    way(
        "eks:UpdateAccessEntry",
        "it gives a principal other groups in a cluster",
        &[on("eks:UpdateAccessEntry", On::EntriesOrOwn)],
        ENTRIES,
    ),
    way(
        "eks:AssociateAccessPolicy",
        "it makes a principal administrator of a cluster",
        &[on("eks:AssociateAccessPolicy", On::EntriesOrOwn)],
        "https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html",
    ),
    // The organization, where the account administers it.
    way(
        "organizations:DetachPolicy",
        "it takes service control policies off accounts",
        &[on("organizations:DetachPolicy", On::Nothing)],
        SCPS,
    ),
    way(
        "organizations:UpdatePolicy",
        "it rewrites service control policies",
        &[on("organizations:UpdatePolicy", On::Nothing)],
        SCPS,
    ),
    way(
        "organizations:MoveAccount",
        "it moves accounts out from under their policies",
        &[on("organizations:MoveAccount", On::Nothing)],
        SCPS,
    ),
    way(
        "organizations:LeaveOrganization",
        "it takes the account out of its organization, and so from under every policy",
        &[on("organizations:LeaveOrganization", On::Nothing)],
        SCPS,
    ),
];

const fn way(name: &'static str, gains: &'static str, steps: &'static [Step], source: &'static str) -> Power {
    Power { name, gains, steps, source }
}

const fn passing(keys: &'static [(&'static str, &'static str)]) -> Step {
    Step { action: "iam:PassRole", on: On::Roles, keys }
}
