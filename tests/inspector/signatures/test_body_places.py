from __future__ import annotations

import pytest

from hookscope.signatures.body_places import put_in_body
from hookscope_relay.errors import InputError


@pytest.mark.parametrize(
    ("body", "place", "written"),
    [
        (b'{"a": 1}', "body.b", b'{"a":1,"b":"x"}'),
        (b"{}", "body.a.b", b'{"a":{"b":"x"}}'),
        (b'{"a":[{}]}', "body.a.0.b", b'{"a":[{"b":"x"}]}'),
        (b"a=1&b=2", "form.a", b"b=2&a=x"),
        (
            b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B--\r\n',
            "form.a",
            b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--B--\r\n',
        ),
    ],
)
def test_a_text_is_put_at_its_place(body, place, written):
    assert put_in_body(body, place, "x") == written


@pytest.mark.parametrize("body", [b"", b"[]", b'{"a":"text"}', b'{"a":[]}', b'{"a":[1]}', b'{"a":null}'])
def test_a_body_without_room_is_refused(body):
    with pytest.raises(InputError):
        put_in_body(body, "body.a.0.b", "x")


def test_a_multipart_body_without_the_field_is_refused():
    with pytest.raises(InputError, match="has no field a"):
        put_in_body(b'--B\r\nContent-Disposition: form-data; name="b"\r\n\r\n1\r\n--B--\r\n', "form.a", "x")
