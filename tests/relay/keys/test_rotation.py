import pytest

from factories import make_key
from hookscope_relay.keys.endpoint_key import EndpointKey, KeyRing
from hookscope_relay.keys.rotation import Rotation, build_rotation, parse_rotation

FIRST = make_key(1)
RING = KeyRing(FIRST).rotated(bytes([2]) * 32)
KEY = RING.current


def rotation() -> Rotation:
    made = build_rotation(KEY)
    assert made is not None
    return made


def test_a_rotated_key_has_its_endpoints_id():
    assert (KEY.id, KEY.generation) == (FIRST.id, 1)
    assert KEY.own_id == make_key(2).id


def test_a_statement_hands_the_endpoint_on():
    assert rotation().hands(FIRST.id, KEY.public, KEY.seal)


def test_a_first_key_needs_no_statement():
    assert build_rotation(FIRST) is None


def test_its_text_comes_back_and_its_form_never_changes():
    text = rotation().text
    assert parse_rotation(text) == rotation()
    first, generation, signature = text.split(".")
    assert (len(first), generation, len(signature)) == (43, "1", 86)


OTHERS = {
    "another endpoint": lambda: rotation().hands(make_key(3).id, KEY.public, KEY.seal),
    "another key": lambda: rotation().hands(FIRST.id, make_key(3).public, KEY.seal),
    "another seal": lambda: rotation().hands(FIRST.id, KEY.public, make_key(3).seal),
    "another generation": lambda: Rotation(FIRST.public, 2, rotation().signature).hands(FIRST.id, KEY.public, KEY.seal),
    "a signature of the new key itself": lambda: build_by(KEY).hands(FIRST.id, KEY.public, KEY.seal),
    "a stranger's statement": lambda: build_by(make_key(9)).hands(FIRST.id, KEY.public, KEY.seal),
    "no signature at all": lambda: Rotation(FIRST.public, 1, bytes(64)).hands(FIRST.id, KEY.public, KEY.seal),
}


def build_by(signer: EndpointKey) -> Rotation:
    made = build_rotation(EndpointKey(KEY.secret, first=EndpointKey(signer.secret), generation=1))
    assert made is not None
    return made


@pytest.mark.parametrize("hands", OTHERS.values(), ids=OTHERS)
def test_a_statement_is_good_for_what_it_says_only(hands):
    assert not hands()


GOOD = rotation().text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b.c",
        GOOD + "A",
        GOOD.replace(".1.", ".0."),
        GOOD.replace(".1.", ".01."),
        GOOD.replace(".1.", ".9999999999."),
        GOOD.replace(".1.", ".-1."),
        GOOD[:-1] + "B",
        GOOD.replace(".1.", ".\u0661."),
    ],
)
def test_what_is_no_statement_is_refused(text):
    with pytest.raises(ValueError):
        parse_rotation(text)


def test_a_ring_knows_a_later_self():
    later = RING.rotated(bytes([3]) * 32)
    assert later.current.generation == 2
    assert later.is_newer_than(RING)
    assert later.is_newer_than(KeyRing(FIRST))
    assert not RING.is_newer_than(later)
    assert not RING.is_newer_than(RING)
    assert not RING.is_newer_than(KeyRing(make_key(8)))
