import pytest

from hookscope_relay.keys.base64url import decode, encode

VALUES = [b"", b"\0", b"\xfb\xff", bytes(range(32))]


@pytest.mark.parametrize("value", VALUES)
def test_what_was_encoded_is_decoded(value):
    text = encode(value)
    assert not set(text) & set("+/=")
    assert decode(text, len(value)) == value


@pytest.mark.parametrize("text", ["AA==", "AB", "A", "A A", "\xe9A", "AAA", "-_-", "+/", ""])
def test_another_spelling_or_size_is_refused(text):
    with pytest.raises(ValueError):
        decode(text, 1)
