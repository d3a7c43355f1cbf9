from __future__ import annotations

import re
import time

import pytest

from hookscope.tools.redaction.patterns import TimedPattern
from hookscope.tools.redaction.placeholders import Placeholders
from hookscope.tools.redaction.spans import replace_emails, replace_secrets

STAND = Placeholders(b"k")
KEY = "sk_" + "live_abcdefgh12"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"see {KEY}.", KEY),
        (f"Bearer {KEY}", KEY),
        (f"https://x/?token={KEY}&b=1", KEY),
        (f'"api_key": "{KEY}"', KEY),
    ],
)
def test_a_secret_has_one_placeholder_whatever_stands_around_it(text: str, secret: str) -> None:
    new, values = replace_secrets(text, STAND)
    assert (new, values) == (text.replace(secret, STAND.text(secret)), [secret])
    assert replace_secrets(new, STAND) == (new, [])


def test_overlapping_secrets_go_as_one() -> None:
    new, values = replace_secrets(f"password={KEY}!9", STAND)
    assert (new, values) == (f"password={STAND.text(KEY + '!9')}", [KEY + "!9"])


@pytest.mark.parametrize(
    ("pattern", "left"), [(r"CUST-\d+", "id  end"), (r"id (?P<secret>\S+)", "id  end"), (r"x*", None)]
)
def test_a_users_pattern_replaces_its_group_or_the_whole(pattern: str, left: str | None) -> None:
    text = "id CUST-12 end"
    new, values = replace_secrets(text, STAND, [TimedPattern(pattern)])
    assert (new == text) if left is None else (re.sub(r"redacted-\w+", "", new), values) == (left, ["CUST-12"])


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("is hunter2 here", True),
        ("is hunter22 here", False),
        ("hunter2", True),
        ("xhunter2", False),
        ("a:hunter2/", True),
    ],
)
def test_a_short_known_value_is_a_word_of_its_own(text: str, gone: bool) -> None:
    assert ("hunter2" not in replace_secrets(text, STAND, (), ["hunter2"])[0]) == gone


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("Ann <ann@corp.example>, bob+x@mail.corp.co.uk.", ["ann@corp.example", "bob+x@mail.corp.co.uk"]),
        ("mailto:a@b.co", ["a@b.co"]),
        ("jürgen@bücher.example", ["jürgen@bücher.example"]),
        ("@ann a@ a@b @b.co git@host:repo", []),
    ],
)
def test_addresses_are_found_among_words(text: str, addresses: list[str]) -> None:
    new, values = replace_emails(text, STAND)
    assert values == addresses
    assert replace_emails(new, STAND) == (new, [])


@pytest.mark.parametrize("unit", ["a", "a@", "a.", "a@b.", "@", "a@b.c-", "%"])
def test_no_text_makes_the_search_for_addresses_slow(unit: str) -> None:
    started = time.perf_counter()
    replace_emails(unit * 200_000, STAND)
    assert time.perf_counter() - started < 3
