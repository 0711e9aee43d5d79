"""Ids as AWS gives them, made from what they name: the same on every run."""

import base64
import hashlib


def digest(text):
    """32 bytes that stand for the text."""
    return hashlib.sha256(text.encode("utf-8")).digest()


def hexadecimal(text, length):
    """Lower-case hexadecimal digits."""
    return digest(text).hex()[:length]


def letters(text, length):
    """Upper-case letters and digits, as CloudFormation appends them to names."""
    return base64.b32encode(digest(text)).decode("ascii")[:length]


def unique_id(prefix, arn):
    """The unique id of something in IAM: `AROA` and 17 letters and digits."""
    return prefix + letters(arn, 17)


def uuid(text):
    """In the form of a UUID."""
    digits = hexadecimal(text, 32)
    return "-".join([digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]])


def moment(day, text, hour):
    """A time in that hour of that day (UTC): always the same for the same text."""
    minute, second = digest(day + text)[:2]
    return f"{day}T{hour:02}:{minute % 60:02}:{second % 60:02}Z"
