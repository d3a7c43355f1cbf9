"""Mixtures of two JSON bodies; which differences there are is in test_requests.py."""

from __future__ import annotations

import itertools
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from hookscope.tools.bisect.json_bodies import read_json_bodies

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=2), VALUES, max_size=4)


@settings(max_examples=60, deadline=None)
@given(OBJECTS, OBJECTS, st.sampled_from([None, 2]), st.booleans(), st.integers(0, 2**16))
def test_the_ends_are_exact_and_every_mixture_is_json(good, bad, indent, ascii_only, choice):
    first, second = json.dumps(good).encode(), json.dumps(bad, indent=indent, ensure_ascii=ascii_only).encode()
    bodies = read_json_bodies(first, second)
    assert bodies is not None
    assert bodies.compose(()) == first
    assert bodies.compose(bodies.differences) == (second if bodies.differences else first)
    chosen = [difference for bit, difference in enumerate(bodies.differences) if choice >> bit & 1]
    json.loads(bodies.compose(chosen))


def test_each_value_can_be_taken_over_by_itself():
    bodies = read_json_bodies(b'{"a":1,"b":{"c":2},"d":[1,2]}', b'{"a":9,"b":{"c":8,"e":7},"d":[1]}')
    assert bodies is not None
    assert [difference.place for difference in bodies.differences] == ["body/a", "body/b/c", "body/b/e", "body/d/1"]
    mixed = [bodies.compose((difference,)) for difference in bodies.differences]
    assert mixed == [
        b'{"a":9,"b":{"c":2},"d":[1,2]}',
        b'{"a":1,"b":{"c":8},"d":[1,2]}',
        b'{"a":1,"b":{"c":2,"e":7},"d":[1,2]}',
        b'{"a":1,"b":{"c":2},"d":[1]}',
    ]
    assert len(set(itertools.chain(mixed))) == 4


def test_one_item_more_is_one_difference():
    bodies = read_json_bodies(b'[{"id":1},{"id":3,"n":1}]', b'[{"id":1},{"id":2},{"id":3,"n":2}]')
    assert bodies is not None
    more, other = bodies.differences
    assert (more.place, more.kind, other.place) == ("body/1", "added", "body/1/n")
    assert bodies.compose((more,)) == b'[{"id":1},{"id":2},{"id":3,"n":1}]'
    assert bodies.compose((other,)) == b'[{"id":1},{"id":3,"n":2}]'


def test_what_is_no_json_container_cannot_be_mixed():
    assert read_json_bodies(b"{}", b"a=1") is None
    assert read_json_bodies(b"1", b"2") is None
    assert read_json_bodies(b"\xff", b"{}") is None
