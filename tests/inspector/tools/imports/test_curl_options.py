from __future__ import annotations

from hookscope.tools.imports.curl_options import FLAGS, REFUSED, SHAPING, SHORT, WITH_VALUE


def test_every_option_stands_in_one_table() -> None:
    tables = [SHAPING, FLAGS, frozenset(REFUSED), WITH_VALUE]
    assert sum(len(table) for table in tables) == len(frozenset().union(*tables))


def test_every_short_option_stands_for_a_known_one() -> None:
    known = SHAPING | FLAGS | REFUSED.keys() | WITH_VALUE
    assert {long for long in SHORT.values() if long not in known} == set()
