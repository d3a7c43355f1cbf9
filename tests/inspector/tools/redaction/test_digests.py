from __future__ import annotations

import base64
import hashlib

import pytest

from hookscope.tools.redaction.digests import describe_anew

OLD, NEW = b'{"pin":1234}', b'{"pin":955674004507802}'


def b64(name: str, body: bytes) -> str:
    return base64.b64encode(hashlib.new(name, body).digest()).decode()


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("Content-Length", str(len(OLD)), str(len(NEW))),
        ("content-length", "nonsense", str(len(NEW))),
        ("Content-MD5", b64("md5", OLD), b64("md5", NEW)),
        ("Content-Digest", f"sha-256=:{b64('sha256', OLD)}:", f"sha-256=:{b64('sha256', NEW)}:"),
        ("X-Amz-Content-Sha256", hashlib.sha256(OLD).hexdigest(), hashlib.sha256(NEW).hexdigest()),
        ("X-Signature", "sha256=" + "0" * 64, "sha256=" + "0" * 64),
    ],
)
def test_length_and_digests_follow_the_body(name: str, before: str, after: str) -> None:
    assert describe_anew(((name, before),), OLD, NEW) == ((name, after),)


def test_headers_of_a_body_that_stays_stay() -> None:
    headers = (("Content-Length", "wrong"),)
    assert describe_anew(headers, OLD, OLD) is headers
