import base64
import hashlib

import pytest

from factories import make_key
from hookscope_relay.errors import DamagedFile
from hookscope_relay.keys.endpoint_key import ENDPOINT_ID, EndpointKey, KeyRing, dumps, endpoint_id, loads

RING = KeyRing(make_key(1), (make_key(2),))
LINE = dumps(RING).splitlines()[0]


def test_the_derivation_never_changes():
    """Another id for the same key would take every user's URL away."""
    key = EndpointKey(bytes(range(32)))
    assert (key.id, key.public.hex(), key.seal.hex()) == (
        "4ggh5gtmh6uzg752i6n3",
        "daa3c36c7aa4ad5bde5b987a92bf7cec027e677346cbc572f944eaf55381c11b",
        "db7faf7bc9d416ee3dcbbc9094c5d6df5858b91ca700730c824ea41fee02615a",
    )


def test_the_id_is_a_hash_of_the_public_key():
    key = make_key()
    expected = base64.b32encode(hashlib.sha256(key.public).digest()).decode().lower()[:20]
    assert key.id == endpoint_id(key.public) == expected
    assert ENDPOINT_ID.fullmatch(key.id)


def test_a_key_does_not_show_itself():
    key = make_key()
    assert repr(key) == f"EndpointKey({key.id})"


def test_a_key_of_another_length_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        EndpointKey(b"short")


def test_a_key_file_holds_the_current_key_and_older_ones():
    assert loads(dumps(RING), "k") == RING
    assert len(RING.sealing) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no endpoint key"),
        ("\n\n", "holds no endpoint key"),
        ("-----BEGIN", "not an endpoint key"),
        (LINE.replace("key-1", "key-2"), "a newer format"),
        (LINE[:-1], "damaged"),
        (LINE + "A", "damaged"),
        (LINE.rpartition(" ")[0] + " " + "A" * 43, "does not belong"),
        (LINE + "\nhookscope-key-1 broken", "line 2"),
    ],
)
def test_a_damaged_key_file_is_noticed_and_not_quoted(text, message):
    with pytest.raises(DamagedFile, match=message) as caught:
        loads(text, "default.key")
    assert caught.value.exit_code == 9
    assert "default.key" in str(caught.value)
    assert LINE.split(" ")[2][:12] not in str(caught.value)


def test_a_rotated_ring_keeps_its_endpoint_and_is_the_newer_one():
    rotated = RING.rotated(bytes([9]) * 32)
    assert rotated.current.id == RING.current.id
    assert rotated.older == (RING.current, *RING.older)
    assert rotated.is_newer_than(RING)
    assert not RING.is_newer_than(rotated)
    assert not RING.is_newer_than(RING)
