"""boto3 clients for an emulator: of any account, in any region."""

import boto3
from boto3.session import Session
from botocore.config import Config

HOME = {"moto": "123456789012", "ministack": "111122223333"}


class Aws:
    """All accounts of an emulator, as their administrators see them."""

    def __init__(self, emulator, endpoint, region="eu-west-1"):
        self.emulator = emulator.removesuffix("-completed")
        # moto has none, but for what completes it.
        self.has_access_entries = emulator != "moto"
        self.endpoint = endpoint
        self.home = HOME[self.emulator]
        self.region = region
        self.partition = Session().get_partition_for_region(region)
        self.clients = {}
        self.credentials = {}

    def client(self, service, account=None, region=None):
        account, region = account or self.home, region or self.region
        key = (service, account, region)
        if key not in self.clients:
            self.clients[key] = boto3.client(
                service,
                region_name=region,
                endpoint_url=self.endpoint,
                config=Config(retries={"max_attempts": 1}, connect_timeout=5, read_timeout=60),
                **self.keys(account),
            )
        return self.clients[key]

    def keys(self, account):
        # To ministack an access key of twelve digits is that account's root user.
        if self.emulator == "ministack":
            return {"aws_access_key_id": account, "aws_secret_access_key": "test"}
        # To moto every other key is its own account; another account is reached by a role that need not exist.
        if account == self.home:
            return {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        if account not in self.credentials:
            answer = self.client("sts").assume_role(
                RoleArn=f"arn:aws:iam::{account}:role/Administrator", RoleSessionName="seed"
            )["Credentials"]
            self.credentials[account] = {
                "aws_access_key_id": answer["AccessKeyId"],
                "aws_secret_access_key": answer["SecretAccessKey"],
                "aws_session_token": answer["SessionToken"],
            }
        return self.credentials[account]
