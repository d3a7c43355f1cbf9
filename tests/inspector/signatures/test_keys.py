from __future__ import annotations

import pytest

from hookscope.providers.provider import Scheme
from hookscope.signatures.keys import key_of


@pytest.mark.parametrize(
    ("form", "value", "key"),
    [
        ("text", b"whsec_abc", b"whsec_abc"),
        ("text", b"", None),
        ("text", b"-----BEGIN PUBLIC KEY-----", None),
        ("base64", b"c2VjcmV0", b"secret"),
        ("base64", b"c2VjcmV0LWtleQ", b"secret-key"),
        ("base64", b"c2VjcmV0 ", None),
        ("base64", b"_-8=", b"\xff\xef"),
        ("base64", b"c2Vjc", None),
        ("nfkd", "\ufb01\u2460".encode(), b"fi1"),
        ("hex", b"4A4b", b"JK"),
        ("hex", b"4a4", None),
        ("hex", b"zz", None),
        ("whsec", b"whsec_c2VjcmV0", b"secret"),
        ("whsec", b"c2VjcmV0", b"secret"),
        ("whsec", b"whpk_c2VjcmV0", None),
        ("whsec", b"whsec_", None),
        ("whsec-or-text", b"plain text", b"plain text"),
        ("whsec-or-text", b"whsec_c2VjcmV0", b"secret"),
    ],
)
def test_a_configured_secret_gives_its_key_or_none(form, value, key):
    assert key_of(Scheme(name="x", kind="hmac", secret=form), value) == key
