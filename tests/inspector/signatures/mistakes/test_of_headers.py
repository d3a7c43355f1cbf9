from __future__ import annotations

import base64

import pytest

from factories import make_delivery
from hookscope.providers.facts import Facts
from hookscope.providers.registry import load_providers
from hookscope.signatures.mistakes.of_headers import read_leniently

RAW = bytes(range(200, 232))
HEX = RAW.hex()
B64 = base64.b64encode(RAW).decode()
URL_SAFE = base64.urlsafe_b64encode(RAW).decode()


@pytest.mark.parametrize(
    ("name", "value", "faults"),
    [
        ("github", f"sha256={HEX}", []),
        ("github", HEX, ["prefix-missing"]),
        ("github", f"sha256=sha256={HEX}", ["prefix-doubled"]),
        ("github", f"v1={HEX}", ["prefix-other"]),
        ("github", f"SHA256={HEX}", ["prefix-other"]),
        ("github", f"sha256:{HEX}", ["prefix-other"]),
        ("github", f'"sha256={HEX}"', ["header-malformed"]),
        ("github", f"sha256={HEX.upper()}", ["encoding-case"]),
        ("github", f"sha256={B64}", ["encoding-hex-base64"]),
        ("github", f"{B64}", ["prefix-missing", "encoding-hex-base64"]),
        ("github", f"sha256={HEX},sha256={HEX}", ["signature-duplicated"]),
        ("notion", f"sha256={HEX.upper()}", []),
        ("shopify", B64, []),
        ("shopify", URL_SAFE, ["encoding-base64url"]),
        ("shopify", B64.rstrip("="), ["encoding-padding"]),
        ("shopify", HEX, ["encoding-hex-base64"]),
        ("shopify", base64.b64encode(HEX.encode()).decode(), ["encoding-hex-base64"]),
        ("shopify", f"sha256={B64}", ["prefix-other"]),
        ("stripe", f"t=1,v1={HEX}", []),
        ("stripe", f"t=1,v0={HEX}", ["prefix-other"]),
        ("stripe", f"t=1,{HEX}", ["prefix-missing"]),
        ("standardwebhooks", f"v1,{B64}", []),
        ("standardwebhooks", B64, ["prefix-missing"]),
        ("standardwebhooks", f"v2,{B64}", ["prefix-other"]),
    ],
)
def test_a_digest_is_read_with_the_faults_of_its_form(name, value, faults):
    scheme = load_providers().demand(name).schemes[0]
    facts = Facts(make_delivery(headers=((scheme.headers[0], value),)))
    found = next(reading for reading in read_leniently(scheme, facts) if reading.digest == RAW)
    assert [fault for fault, _ in found.faults] == faults


@pytest.mark.parametrize("value", ["", "=", ",", "sha256=", "zz", "%%%", "v1,v1,v1,", "\xff" * 50, "=" * 9000])
def test_what_holds_no_digest_has_no_reading(value):
    for provider in load_providers():
        for scheme in provider.schemes:
            if scheme.kind == "hmac" and scheme.headers:
                facts = Facts(make_delivery(headers=((scheme.headers[0].replace("*", "1"), value),)))
                assert read_leniently(scheme, facts) == []
