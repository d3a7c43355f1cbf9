from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from hookscope.tools.redaction.harmless import EVERY_PAIR, PLAIN, json_runs, pairs_beside
from hookscope.tools.redaction.placeholders import Placeholders
from hookscope.tools.redaction.rules import Rules
from hookscope.tools.redaction.sweep import Sweep

PAIRS = ["a1", "token", "api_key", "k", "id2", "sid", "user[pin]", "x.pw", "S", "é", *"=== &&& + {", "%61", "1", "12345", "123456",
         "ann@corp.example", '{"token":"abcdefgh"}', "sk_live_abcdefghijklmnop1234567890", "https://u:p4ss@h/"]  # fmt: skip
NAMES = st.sampled_from(
    ["a1", "k", "token", "api_keys", "auth", "name", "value", "id", "x" * 15, "x" * 16, "mail", "pi\u006e", 'q"k']
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from(
        ["", "1234", "12345", "123456", "pw", "API_TOKEN", "é", "ann@corp.example", "[{]", '{"pin":"1234567"}']
    ),
)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=25
)
FIELDS = st.sampled_from([(), ("idk",), ("a1",), tuple("abcdefghijklmnopqrstuvwxyz0123456789")])


class Thorough(Sweep):
    """Looks at every pair, member and item."""

    def _pairs(self) -> re.Pattern[bytes]:
        return EVERY_PAIR

    def runs(self) -> None:
        return None


def sweeps(fields: tuple[str, ...], body: str) -> list[Sweep]:
    made = [kind(Placeholders(b"k"), Rules(fields=frozenset(fields))) for kind in (Sweep, Thorough)]
    for sweep in made:
        sweep.narrow(body.encode())
    return made


@given(st.lists(st.sampled_from(PAIRS), max_size=30).map("".join), FIELDS)
def test_pairs_that_are_passed_over_would_have_stayed(form: str, fields: tuple[str, ...]) -> None:
    quick, thorough = (
        (sweep.fields(form.encode(), "f"), [*sweep.places], [*sweep.found]) for sweep in sweeps(fields, form)
    )
    assert quick == thorough


@given(TREES, FIELDS, st.sampled_from([None, 1]))
def test_members_and_items_that_are_passed_over_would_have_stayed(
    tree: object, fields: tuple[str, ...], indent: int | None
) -> None:
    text = json.dumps(tree, indent=indent)
    quick, thorough = ((sweep.json(text, "b"), [*sweep.places], [*sweep.found]) for sweep in sweeps(fields, text))
    assert quick == thorough


def test_a_run_of_pairs_is_one_match() -> None:
    matches = list(pairs_beside(3, "1", PLAIN).finditer(b"a1=x&b1=&c=2&d1=%&e1=f&toolong1=g"))
    assert [match["pair"] for match in matches] == [None, b"c=2", b"d1=%", None, b"toolong1=g"]


def test_a_run_of_json_ends_where_something_needs_a_look() -> None:
    runs = json_runs(3, "1", 2)
    found = [
        runs.in_array.match(text)
        for text in ('1, "ab",null,"abc",2', '{"a1": [], "b1":2}, 3', "[1, 2] ,3", '{"a1":2,"b1":0},{}')
    ]
    assert [match and match[0] for match in found] == ['1, "ab",null,', None, "[1, 2] ,", '{"a1":2,"b1":0},']
    members = runs.in_object.match('"a1":1,"b1" : true,"c":2,')
    assert members and members[0] == '"a1":1,"b1" : true,'
