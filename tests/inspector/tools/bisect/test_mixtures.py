from __future__ import annotations

import gzip
import itertools
import json
import random

import pytest

from factories import make_delivery
from hookscope.tools.bisect.mixtures import Requests
from hookscope.tools.bisect.words import difference_in_words
from hookscope_relay.delivery import header

JSON = b'{"id": "e1", "n": 1.0, "tags": ["a", "b"], "deep": {"x": {"y": null}}}'


def request(method="POST", target="/hook?a=1&b=2", headers=(), body=JSON):
    return make_delivery(
        method=method,
        target=target,
        headers=(("Host", "x"), ("Content-Type", "application/json"), *headers, ("Content-Length", str(len(body)))),
        body=body,
    )


GOOD = request(headers=(("Cookie", "c=1"), ("X-A", "1"), ("X-A", "2")))

# The failing request, and what it differs in.
CASES = (
    ("the method", request("PUT", headers=(("Cookie", "c=1"), ("X-A", "1"), ("X-A", "2"))), [("changed", "method")]),
    ("the path", request(target="/hook/?a=1&b=2", headers=GOOD.headers[2:5]), [("changed", "path")]),
    ("a parameter", request(target="/hook?a=1&b=3", headers=GOOD.headers[2:5]), [("changed", "query.b")]),
    (
        "the parameters' order",
        request(target="/hook?b=2&a=1", headers=GOOD.headers[2:5]),
        [("spelling", "query")],
    ),
    ("a header less", request(headers=GOOD.headers[3:5]), [("removed", "headers.cookie")]),
    ("a repeated header", request(headers=GOOD.headers[2:4]), [("removed", "headers.x-a#2")]),
    ("a header's spelling", request(headers=(("cookie", "c=1"), *GOOD.headers[3:5])), [("case", "headers.cookie")]),
    ("a value", request(headers=GOOD.headers[2:5], body=JSON.replace(b"e1", b"e2")), [("changed", "body/id")]),
    (
        "a number's spelling",
        request(headers=GOOD.headers[2:5], body=JSON.replace(b"1.0", b"1")),
        [("changed", "body/n")],
    ),
    (
        "a list's item",
        request(headers=GOOD.headers[2:5], body=JSON.replace(b'"b"', b"2")),
        [("changed", "body/tags/1")],
    ),
    (
        "a field more",
        request(headers=GOOD.headers[2:5], body=JSON.replace(b"null", b'null, "z": 1')),
        [("added", "body/deep/x/z")],
    ),
    (
        "the spacing",
        request(headers=GOOD.headers[2:5], body=JSON.replace(b" ", b"")),
        [("spacing", "body")],
    ),
    (
        "an escape",
        request(headers=GOOD.headers[2:5], body=JSON.replace(b"e1", b"\\u00651")),
        [("escapes", "body")],
    ),
    (
        "a newline behind",
        request(headers=GOOD.headers[2:5], body=JSON + b"\n"),
        [("edges", "body")],
    ),
    (
        "a byte-order mark",
        request(headers=GOOD.headers[2:5], body=b"\xef\xbb\xbf" + JSON),
        [("edges", "body")],
    ),
    (
        "the keys' order",
        request(
            headers=GOOD.headers[2:5], body=b'{"n": 1.0, "id": "e1", "tags": ["a", "b"], "deep": {"x": {"y": null}}}'
        ),
        [("order", "body")],
    ),
    (
        "a repeated key",
        request(headers=GOOD.headers[2:5], body=JSON.replace(b'{"id"', b'{"id": "e0", "id"')),
        [("changed", "body/id"), ("added", "body/id#2"), ("order", "body")],
    ),
    ("no JSON", request(headers=GOOD.headers[2:5], body=JSON[:-1]), [("changed", "body@69")]),
)


@pytest.mark.parametrize(("bad", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_single_difference_is_found_as_such(bad, wanted):
    requests = Requests(GOOD, bad)
    assert [(difference.kind, difference.place) for difference in requests.differences] == wanted


@pytest.mark.parametrize(("good", "bad"), list(itertools.permutations([GOOD, *(case[1] for case in CASES)], 2)))
def test_all_differences_together_make_the_bad_request_and_none_the_good_one(good, bad):
    requests = Requests(good, bad)
    none, everything = requests.compose(()), requests.compose(requests.differences)
    assert (none.method, none.target, none.headers, none.body) == (good.method, good.target, good.headers, good.body)
    assert (everything.method, everything.target, everything.body) == (bad.method, bad.target, bad.body)
    assert sorted(everything.headers) == sorted(bad.headers)


def test_every_mixture_is_json_of_the_right_length():
    bad = request(body=b'{"tags":["a","c"],"id":"e\\u0032","more":{"k":[1,{}]},"deep":{"x":{"y":2}}}\n')
    requests = Requests(GOOD, bad)
    chance = random.Random(3)
    for _ in range(200):
        chosen = {difference for difference in requests.differences if chance.random() < 0.5}
        mixed = requests.compose(chosen)
        assert mixed.body.strip()[:1] == b"{"
        assert header(mixed.headers, "content-length") == str(len(mixed.body))
        json.loads(mixed.body)


def test_what_is_made_anew_is_no_difference():
    bad = request(headers=(*GOOD.headers[2:5], ("X-Sig", "s"), ("X-Forwarded-For", "1"), ("Hookscope-Delivery", "d")))
    assert Requests(GOOD, bad, ignored=("x-sig",)).differences == ()


def test_fields_of_a_form_are_differences():
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    good = make_delivery(headers=form, body=b"a=1&b=%20")
    requests = Requests(good, make_delivery(headers=form, body=b"a=1&b=+&c=3", target=good.target))
    assert [difference.place for difference in requests.differences] == ["form.b", "form.c"]
    assert requests.compose(requests.differences[1:]).body == b"a=1&b=%20&c=3"


def test_a_compressed_body_goes_with_its_encoding():
    bad = request(headers=(*GOOD.headers[2:5], ("Content-Encoding", "gzip")), body=gzip.compress(JSON))
    (difference,) = Requests(GOOD, bad).differences
    assert difference.place.startswith("body@")
    assert header(Requests(GOOD, bad).compose({difference}).headers, "content-encoding") == "gzip"


def test_the_words_about_a_difference_are_inert():
    bad = request(headers=(*GOOD.headers[2:5], ("X-Evil", "\x1b]0;x\x07")))
    (difference,) = Requests(GOOD, bad).differences
    assert "\x1b" not in difference_in_words(difference)
    assert difference_in_words(difference).startswith("x-evil: ")
