"""Runs an emulator until standard input ends, then ends with all that it started.

Tests hold the other end of standard input: however a test ends, its server ends with it.
"""

import os
import signal
import sys
import threading


def end_with_parent():
    sys.stdin.buffer.read()
    os.killpg(os.getpgrp(), signal.SIGKILL)


def remember_partitions():
    """moto reads boto3's list of partitions anew for each role ARN, which takes 0.2 s; here it is read once."""
    from boto3.session import Session

    partitions = Session().get_available_partitions()
    Session.get_available_partitions = lambda self: partitions


def tell_profiles_ids():
    """moto gives instances the id of their association in the place of the instance profile's."""
    from moto.ec2.models.iam_instance_profile import IamInstanceProfileAssociation as Association

    without = Association.__init__

    def associate(self, *arguments, **named):
        without(self, *arguments, **named)
        self.instance.iam_instance_profile["Id"] = self.iam_instance_profile.id

    Association.__init__ = associate


def main():
    emulator, port = sys.argv[1:3]
    # Killing a group that others share would be worse than to stay alive.
    assert os.getpgrp() == os.getpid(), "start this as the leader of a process group"
    threading.Thread(target=end_with_parent, daemon=True).start()
    if emulator in ("moto", "moto-completed"):
        from moto.server import main as serve

        remember_partitions()
        tell_profiles_ids()
        if emulator == "moto-completed":
            import completed_moto

            completed_moto.complete()
        serve(["-H", "127.0.0.1", "-p", port])
    else:
        # Read when its modules are imported.
        os.environ["GATEWAY_PORT"] = port
        from ministack.app import main as serve

        import completed

        completed.complete()
        sys.argv = ["ministack"]
        serve()


main()
