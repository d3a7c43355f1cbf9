from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from checking_bench import correct, drive, hang_up, make_kit, say
from hookscope.model.secret import Secret
from hookscope.tools.check.first_contact import enter
from hookscope_relay.delivery import header

KEY = b"secret_of_notion"
OTHER = b"secret_of_staging"
KIT = make_kit(secret=Secret("notion", "default", KEY), others=(Secret("notion", "staging", OTHER),))


def handler(expected):
    """A handler that wants this text in the signature header."""

    def handle(delivery):
        return say(200 if header(delivery.headers, "X-Notion-Signature") == expected(delivery.body) else 401)

    return handle


def mac(body, key=KEY, algorithm="sha256"):
    return hmac.digest(key, body, algorithm)


# What the handler expects, which fault that is, and a word of what is said about it.
WAYS = (
    (lambda body: "sha256=" + base64.b64encode(mac(body)).decode(), "signature-form", "base64 in the place of hex"),
    (lambda body: mac(body).hex(), "signature-form", "without its prefix"),
    (lambda body: "sha256=" + mac(body, algorithm="sha1").hex(), "signature-form", "sha1 in the place of sha256"),
    (lambda body: "sha256=" + mac(body, OTHER).hex(), "signature-form", "staging"),
    (lambda body: "sha256=" + mac(body, KEY + b"\n").hex(), "signature-form", "newline"),
    (lambda body: "sha256=" + mac(json.dumps(json.loads(body)).encode()).hex(), "raw-body", "spaced, ascii"),
)


@pytest.mark.parametrize(("expected", "fault", "words"), WAYS)
def test_the_way_in_names_the_fault(expected, fault, words):
    entry = drive(enter(KIT), handler(expected))
    assert (entry.judgement.state, entry.because) == ("failed", fault)
    assert words in " ".join(entry.judgement.evidence)
    assert entry.way is not None


def test_a_handler_that_is_right_is_entered_as_sent():
    entry = drive(enter(KIT), correct(KIT))
    assert (entry.judgement.state, entry.because) == ("passed", "")
    assert entry.way is not None
    assert entry.way.fault == ""


def test_the_other_slash_is_a_way_in():
    entry = drive(enter(KIT), lambda delivery: say(200 if delivery.target == "/hook/" else 308))
    assert (entry.because, entry.way.target) == ("slash", "/hook/")


def test_a_slow_answer_fails_though_it_is_2xx():
    entry = drive(enter(KIT), lambda _: say(200, elapsed_ms=12_000))
    assert (entry.judgement.state, entry.because) == ("failed", "speed")


def test_a_cold_start_is_a_warning():
    replies = iter((say(503), say(200)))
    entry = drive(enter(KIT), lambda _: next(replies))
    assert entry.judgement.state == "warning"


def test_what_cannot_be_entered_is_told_with_the_rules_finding():
    body = b"<h1>403 Forbidden</h1><p>CSRF verification failed. Request aborted.</p>"
    entry = drive(enter(KIT), lambda _: say(403, body, (("Content-Type", "text/html"),)))
    assert entry.way is None
    assert entry.judgement.finding
    assert entry.judgement.state == "failed"


def test_a_handler_that_hangs_up_is_told_as_such():
    entry = drive(enter(KIT), lambda _: hang_up())
    assert entry.way is None
    assert "no answer (reset" in entry.judgement.evidence[0]


def test_few_ways_are_tried():
    asked = []
    drive(enter(KIT), lambda delivery: asked.append(delivery) or say(401))
    assert len(asked) <= 40


def test_the_secret_without_its_prefix_is_a_way_in():
    kit = make_kit("stripe", secret=Secret("stripe", "default", b"whsec_abc"))

    def handle(delivery):
        pairs = dict(part.split("=", 1) for part in (header(delivery.headers, "Stripe-Signature") or "").split(","))
        signed = f"{pairs['t']}.".encode() + delivery.body
        return say(200 if hmac.new(b"abc", signed, hashlib.sha256).hexdigest() == pairs["v1"] else 400)

    entry = drive(enter(kit), handle)
    assert "without whsec_" in " ".join(entry.judgement.evidence)


def hash_ascii(body):
    """As Node does with `toString('ascii')` and a ? for what is none."""
    return "sha256=" + mac(body.decode("ascii", "replace").replace("\ufffd", "?").encode()).hex()


def test_a_handler_that_hashes_ascii_is_not_called_one_that_re_serialises():
    """Its twin in ASCII is taken too, so that nothing is proved by it;
    the signature of the ASCII text over the same body is the proof."""
    entry = drive(enter(KIT), handler(hash_ascii))
    assert (entry.judgement.state, entry.because) == ("failed", "")
    assert "does not re-serialise" in entry.judgement.evidence[-1]
    assert "as ASCII" in entry.judgement.evidence[-1]
