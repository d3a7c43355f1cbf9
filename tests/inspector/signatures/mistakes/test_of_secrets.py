from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.signatures.mistakes.of_secrets import secret_mistakes

PROVIDERS = load_providers()


def found(name: str, value: bytes, form: str = "", others=()) -> dict[bytes, str]:
    provider = PROVIDERS.demand(name)
    scheme = replace(provider.schemes[0], **({"secret": form} if form else {}))
    return {key: mistake for mistake, _, key in reversed(list(secret_mistakes(scheme, provider, value, others)))}


@pytest.mark.parametrize(
    ("name", "value", "key", "mistake"),
    [
        ("github", b"s3cret\n", b"s3cret", "secret-whitespace"),
        ("github", b"s3cret", b"s3cret\r\n", "secret-whitespace"),
        ("github", b'"s3cret"', b"s3cret", "secret-quoted"),
        ("github", b"export X=s3cret", b"s3cret", "secret-quoted"),
        ("github", b"GITHUB_SECRET='s3cret'", b"s3cret", "secret-quoted"),
        ("github", b"s3cret", b"export GITHUB_WEBHOOK_SECRET=s3cret", "secret-quoted"),
        ("github", b"a+b/c=", b"a%2Bb%2Fc%3D", "secret-url-encoded"),
        ("github", b"a%2Bb", b"a+b", "secret-url-encoded"),
        ("github", b"c2VjcmV0", b"secret", "secret-base64-decoded"),
        ("github", b"4a4b4c4d", b"JKLM", "secret-hex-decoded"),
        ("github", b"S3cret", b"s3cret", "secret-case"),
        ("github", b"s3cret-long", b"s3cret", "secret-truncated"),
        ("github", "é".encode(), "e\u0301".encode(), "secret-unicode-form"),
        ("notion", b"secret_abc", b"abc", "secret-prefix-stripped"),
        ("notion", b"abc", b"secret_abc", "secret-prefix-stripped"),
        ("stripe", b"whsec_c2VjcmV0", b"c2VjcmV0", "secret-prefix-stripped"),
        ("stripe", b"whsec_c2VjcmV0", b"secret", "secret-base64-decoded"),
        ("paddle", b"pdl_ntfset_01_abc", b"abc", "secret-prefix-stripped"),
        ("standardwebhooks", b"whsec_c2VjcmV0", b"c2VjcmV0", "secret-not-base64-decoded"),
        ("standardwebhooks", b"whsec_c2VjcmV0", b"whsec_c2VjcmV0", "secret-not-base64-decoded"),
        ("standardwebhooks", b"whsec_c2VjcmV0", base64.urlsafe_b64decode(b"whsec_c2VjcmV0=="), "secret-prefix-kept"),
        ("airtable", b"c2VjcmV0", b"c2VjcmV0", "secret-not-base64-decoded"),
        ("adyen", b"4A4B", b"4A4B", "secret-not-hex-decoded"),
        ("adyen", b" 4A4B", b"JK", "secret-whitespace"),
    ],
)
def test_a_changed_secret_is_undone_under_its_name(name, value, key, mistake):
    assert found(name, value)[key] == mistake


def test_other_secrets_are_tried_as_this_scheme_takes_them():
    other = Secret("svix", "default", "whsec_c2VjcmV0")
    keys = found("standardwebhooks", b"whsec_YWJj", others=[other])
    assert keys[b"secret"] == "secret-of-other"


@pytest.mark.parametrize("value", [b"", b"\xff\xfe", b"x", b"=" * 50, b"%", b"whsec_", b"-----BEGIN X", b"\0" * 100])
def test_no_configured_bytes_raise_and_the_right_key_is_never_a_mistake(value):
    for provider in PROVIDERS:
        for scheme in provider.schemes:
            for _, _, key in secret_mistakes(scheme, provider, value):
                assert key
