from concurrent.futures import ThreadPoolExecutor

import pytest

from factories import NOW, make_delivery, make_key, open_sealed
from hookscope_relay.errors import SealError
from hookscope_relay.keys import seal as seal_module
from hookscope_relay.keys.seal import HEADER_BYTES, KEYS_BYTES, PIECE_BYTES, Opener, Sealer, is_sound_seal_key
from hookscope_relay.wire import MAX_RAW

KEY = make_key()


def seal(delivery, sealer=None, now=0.0):
    return (sealer or Sealer()).seal(delivery, KEY.id, KEY.seal, now)


@pytest.mark.parametrize(
    ("size", "pieces"),
    [(0, 1), (1, 1), (PIECE_BYTES - 1000, 1), (PIECE_BYTES, 2), (PIECE_BYTES + 1, 3), (3 * PIECE_BYTES, 4)],
)
def test_a_sealed_delivery_opens_to_every_byte(size, pieces):
    delivery = make_delivery(
        body=bytes(index % 251 for index in range(size)), target="/a%2F?b", headers=(("X", "\xff"),)
    )
    sealed = seal(delivery)
    assert len(sealed) == pieces
    assert all(len(piece) <= MAX_RAW for piece in sealed)
    assert open_sealed(sealed, delivery.id, KEY.id, [KEY.sealing]) == delivery


def test_nothing_readable_is_left():
    delivery = make_delivery(
        body=b"planted-body", target="/planted-target", headers=(("planted-name", "planted-value"),)
    )
    sealed = b"".join(seal(delivery))
    assert b"planted" not in sealed
    assert b"203.0.113.7" not in sealed


def test_an_older_key_opens_what_was_sealed_to_it():
    delivery = make_delivery()
    assert open_sealed(seal(delivery), delivery.id, KEY.id, [make_key(2).sealing, KEY.sealing]) == delivery


def tampered(name):
    delivery = make_delivery(body=bytes(2 * PIECE_BYTES))
    pieces = list(seal(delivery))
    identity, endpoint, keys = delivery.id, KEY.id, [KEY.sealing]
    match name:
        case "nothing":
            pieces = []
        case "a flipped bit":
            pieces[1] = bytes([pieces[1][0] ^ 1]) + pieces[1][1:]
        case "a version that there is not":
            pieces[0] = b"\x01" + pieces[0][1:]
        case "another ephemeral key":
            pieces[0] = pieces[0][:5] + bytes(32) + pieces[0][37:]
        case "another number":
            pieces[0] = pieces[0][:37] + bytes([255] * 8) + pieces[0][45:]
        case "a lost last piece":
            del pieces[-1]
        case "exchanged pieces":
            pieces[1], pieces[2] = pieces[2], pieces[1]
        case "a cut header":
            pieces[0] = pieces[0][:20]
        case "another delivery's id":
            identity = make_delivery().id
        case "another endpoint":
            endpoint = make_key(2).id
        case "another's key":
            keys = [make_key(2).sealing]
    return pieces, identity, endpoint, keys


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        "a flipped bit",
        "a version that there is not",
        "another ephemeral key",
        "another number",
        "a lost last piece",
        "exchanged pieces",
        "a cut header",
        "another delivery's id",
        "another endpoint",
        "another's key",
    ],
)
def test_what_was_altered_does_not_open(name):
    with pytest.raises(SealError):
        open_sealed(*tampered(name))


def test_the_ephemeral_key_is_renewed_after_ten_minutes():
    sealer = Sealer()
    first, same, later = (seal(make_delivery(), sealer, now)[0][5:37] for now in (NOW, NOW + 599, NOW + 1200))
    assert first == same != later


def test_no_two_deliveries_have_a_number_under_the_same_key():
    sealer = Sealer()
    with ThreadPoolExecutor(4) as pool:
        sealed = list(pool.map(lambda _: seal(make_delivery(), sealer)[0], range(200)))
    assert len({first[:HEADER_BYTES] for first in sealed}) == 200
    assert len({first[:KEYS_BYTES] for first in sealed}) == 1


def test_what_a_delivery_is_sealed_with_fits_together_while_keys_are_renewed():
    sealer = Sealer()
    deliveries = [make_delivery() for _ in range(40)]
    with ThreadPoolExecutor(4) as pool:
        sealed = list(pool.map(lambda at: seal(deliveries[at], sealer, at * 700.0), range(40)))
    for delivery, pieces in zip(deliveries, sealed, strict=True):
        assert open_sealed(pieces, delivery.id, KEY.id, [KEY.sealing]) == delivery


def test_of_more_endpoints_than_are_remembered_those_used_last_are_and_no_number_comes_twice(monkeypatch):
    monkeypatch.setattr(seal_module, "AGREED_AT_MOST", 2)
    keys, sealer = [make_key(number) for number in (1, 2, 3)], Sealer()
    sealed = []
    for turn in (0, 1, 0, 2, 0, 1, 2):
        delivery, key = make_delivery(), keys[turn]
        sealed.append(sealer.seal(delivery, key.id, key.seal, 0.0))
        assert open_sealed(sealed[-1], delivery.id, key.id, [key.sealing]) == delivery
        assert [*sealer._ephemeral._agreed][-1] == key.seal
    assert {*sealer._ephemeral._agreed} == {keys[1].seal, keys[2].seal}
    assert len({pieces[0][KEYS_BYTES - 32 : KEYS_BYTES] for pieces in sealed}) == 1
    assert len({pieces[0][KEYS_BYTES:HEADER_BYTES] for pieces in sealed}) == len(sealed)


@pytest.mark.parametrize("public", [bytes(32), b"\x01" + bytes(31), b"short"])
def test_a_seal_key_of_low_order_is_unsound(public):
    assert not is_sound_seal_key(public)
    assert is_sound_seal_key(KEY.seal)


@pytest.mark.parametrize(
    ("size", "pieces"), [(0, 1), (10, 1), (PIECE_BYTES, 2), (PIECE_BYTES + 1, 3), (3 * PIECE_BYTES, 4)]
)
def test_a_body_that_came_in_parts_opens_as_one(size, pieces):
    whole = make_delivery(body=bytes(index % 251 for index in range(size)))
    sealing = Sealer().begin(whole.id, KEY.id, KEY.seal, NOW)
    inner = [piece for at in range(0, size, 50_000) for piece in sealing.add(whole.body[at : at + 50_000])]
    first, *last = sealing.end(whole)
    sealed = [first, *inner, *last]
    assert (len(sealed), sealing.size) == (pieces, size)
    assert open_sealed(sealed, whole.id, KEY.id, [KEY.sealing]) == whole


def test_what_is_sealed_and_no_request_does_not_open():
    bad = make_delivery(method="PO ST")
    with pytest.raises(SealError, match="its method is none"):
        open_sealed(seal(bad), bad.id, KEY.id, [KEY.sealing])


def test_a_body_shorter_than_its_head_says_does_not_open():
    whole = make_delivery()
    sealing = Sealer().begin(whole.id, KEY.id, KEY.seal, NOW)
    sealing.size = 5
    with pytest.raises(SealError, match="another length"):
        open_sealed(sealing.end(whole), whole.id, KEY.id, [KEY.sealing])


def test_of_endless_ephemeral_keys_few_are_remembered(monkeypatch):
    monkeypatch.setattr(seal_module, "REMEMBERED", 2)
    opener = Opener([KEY.sealing])
    for _ in range(5):
        delivery = make_delivery()
        assert opener.open(seal(delivery), delivery.id, KEY.id) == delivery
    assert len(opener._agreed) <= 2
