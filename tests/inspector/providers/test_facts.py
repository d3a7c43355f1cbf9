from __future__ import annotations

import pytest

from factories import make_delivery
from hookscope.providers.facts import MAX_PARSED_BYTES, Facts, descend

MULTIPART = (("Content-Type", "multipart/form-data; boundary=XX"),)
PARTS = (
    b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n2\r\n'
    b'--XX\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nbytes\r\n--XX--\r\n'
)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


@pytest.mark.parametrize(
    ("changes", "place", "value"),
    [
        ({"headers": (("X-A", " 1 "), ("x-a", "2"))}, "header.X-a", "1"),
        ({"headers": ()}, "header.X", None),
        ({"body": b'{"a":{"b":[1,{"c":true}]}}'}, "body.a.b.1.c", True),
        ({"body": b"[{}]"}, "body.0.x", None),
        ({"body": b"no json"}, "body.a", None),
        ({"body": b'{"a":123456789012345678901234567890}'}, "body.a", 123456789012345678901234567890),
        ({"body": b"a=1&a=2", "headers": FORM}, "form.a", "1"),
        ({"body": b"a=1"}, "form.a", None),
        ({"body": b"payload=%7B%22a%22%3A1%7D", "headers": FORM}, "body.a", 1),
        ({"body": PARTS, "headers": MULTIPART}, "form.a", "1\r\n2"),
        ({"body": PARTS, "headers": MULTIPART}, "form.file", None),
        ({"body": PARTS.replace(b"XX", b"YY"), "headers": MULTIPART}, "form.a", None),
        ({"body": b"--XX\r\n\r\n" * 5000, "headers": MULTIPART}, "form.a", None),
        ({"target": "/x?hub.mode=s&b"}, "query.hub.mode", "s"),
        ({"target": "/x?hub.mode=s&b"}, "query.b", ""),
        ({"body": b'{"a":"' + b"x" * MAX_PARSED_BYTES + b'"}'}, "body.a", None),
        ({"body": b"[" * 100_000}, "body.0", None),
    ],
)
def test_a_place_holds_a_value_or_nothing(changes, place, value):
    assert Facts(make_delivery(**{"headers": ()} | changes)).look(place) == value


@pytest.mark.parametrize(
    ("body", "text"), [(b'{"a":"x"}', "x"), (b'{"a":1.5}', "1.5"), (b'{"a":true}', "true"), (b'{"a":null}', ""), (b'{"a":[]}', "")]
)  # fmt: skip
def test_a_scalar_is_text_and_nothing_else_is(body, text):
    assert Facts(make_delivery(body=body)).text("body.a") == text


@pytest.mark.parametrize("path", ["", "a..b", "9" * 50, "a.b.c.d.e.f.g.h.i.j.k.l.m.n", "-1", "\u0663"])
def test_no_path_raises(path):
    descend({"a": [1, 2]}, path)
    descend([1, 2], path)
