from __future__ import annotations

import pytest

from hookscope.model.errors import RefusedForSafety
from hookscope.providers.parse import parse_provider
from hookscope_relay.errors import InputError

ACME = {"name": "acme", "scheme": [{"kind": "hmac", "header": "X-Acme-Signature"}]}


def test_a_minimal_provider_has_sane_defaults():
    provider = parse_provider(ACME, "hookscope.toml")
    scheme = provider.schemes[0]
    assert (provider.title, scheme.name, scheme.algorithm, scheme.message) == ("acme", "acme", "sha256", "{body}")


@pytest.mark.parametrize(
    ("change", "key", "expected"),
    [
        ({"name": "Acme Inc"}, "name", "lower-case"),
        ({"tilte": "x"}, "tilte", "not a key"),
        ({"time_limit_s": "5"}, "time_limit_s", "a number"),
        ({"scheme": [{"header": "X"}]}, r"scheme\[0\].kind", "one of hmac"),
        ({"scheme": [{"kind": "hmac"}]}, r"scheme\[0\].header", "the header"),
        ({"scheme": [{"kind": "magic", "header": "X"}]}, r"scheme\[0\].kind", "one of hmac"),
        ({"scheme": [{"kind": "hmac", "header": "X", "message": "{what}"}]}, r"scheme\[0\].message", "a template"),
        ({"scheme": [{"kind": "hmac", "header": "X", "timestamp": "X-Time"}]}, r"scheme\[0\].timestamp", "a place"),
        ({"scheme": [{"kind": "hmac", "header": "X", "algorithm": "crc"}]}, r"scheme\[0\].algorithm", "one of md5"),
        ({"scheme": [{"kind": "hmac", "header": "X", "items": "a", "field": "body.b"}]}, r"scheme\[0\].field", "item"),
        ({"scheme": [{"kind": "hmac", "header": ""}]}, r"scheme\[0\].header", "the name of a header"),
        ({"scheme": [{"kind": "jwt", "header": "X"}]}, r"scheme\[0\].algorithms", "a list of HS256"),
        ({"scheme": [{"kind": "rsa", "header": "X", "algorithm": "md5"}]}, r"scheme\[0\].algorithm", "one of sha1"),
        (
            {"scheme": [{"kind": "hmac", "header": "X", "layout": "list", "separator": ""}]},
            r"scheme\[0\].separator",
            "between",
        ),
        ({"recognise": [{"header": "X", "confidence": 2}]}, r"recognise\[0\].confidence", "0 to 1"),
        ({"event": {"id": ["id"]}}, "event.id", "a list of places"),
        ({"scheme": []}, "scheme", "at least one"),
        ({"handshake": "wave"}, "handshake", "one of"),
    ],
)
def test_an_error_names_the_file_the_key_and_what_was_expected(change, key, expected):
    with pytest.raises(InputError, match=f"hookscope.toml: {key}.*{expected}"):
        parse_provider(ACME | change, "hookscope.toml")


def test_a_provider_names_no_code():
    with pytest.raises(RefusedForSafety, match="code"):
        parse_provider(ACME | {"code": "acme:verify"}, "hookscope.toml")
