from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from held import begun
from hookscope.model.capture import Failure, SentRequest
from hookscope.model.finding import Finding
from hookscope.model.verdict import Recognition, Verdict
from hookscope.store.captures import CaptureStore
from hookscope.text.timestamp import render_time
from hookscope.tools.filters.keys import KEYS
from hookscope.tools.filters.language import MAX_FILTER, FilterError, parse, split
from hookscope_relay.delivery import Answer, Delivery
from hookscope_relay.errors import InputError

NOW = time.time()
FINDING = Finding(
    code="redirect.slash", severity="error", cause="trailing-slash-redirect", layer="framework", title="t", hint="h"
)


async def fill(store: CaptureStore) -> None:
    """Six captures: 1 and 3 carry one event, 2 was redirected, 4 timed out, 5 was never tried, 6 is running."""
    said = {
        1: Recognition(provider="notion", event_id="e1", event_type="page.created", object_id="o1"),
        2: Recognition(provider="github", event_id="e2", event_type="push"),
        3: Recognition(provider="notion", event_id="e1", event_type="page.created", object_id="o1"),
        4: Recognition(provider="stripe", event_id="e1", event_type="charge", handshake=""),
        5: Recognition(provider="notion", handshake="verification-token"),
        6: Recognition(),
    }
    targets = ["/hooks/notion?x=1", "/hooks/github/", "/hooks/notion", "/stripe", "/100%_x", "/a b"]
    methods = ["POST", "PUT", "POST", "POST", "GET", "QUERY"]
    ages = [432_000, 180_000, 30_000, 6_000, 600, 0]
    for number in range(1, 7):
        delivery = Delivery(
            id=f"id{number}",
            received_at=NOW - ages[number - 1],
            method=methods[number - 1],
            target=targets[number - 1],
            headers=(("X-Foo", f"bar{number}"), ("User-Agent", 'a "quoted" one')) if number < 3 else (),
            body=f'{{"n": {number}, "text": "Hello, World"}}'.encode() if number != 5 else b"",
        )
        await store.keep(
            delivery,
            origin="backlog" if number == 5 else "live",
            owed=number == 5,
            missed=number == 4,
            recognition=said[number],
        )
    for number, answer, failure in (
        (1, Answer(status=200), None),
        (2, Answer(status=301), None),
        (3, Answer(status=404), None),
        (4, None, Failure(kind="timeout")),
    ):
        await store.begin_attempt(f"id{number}", begun("live", "http://h/", NOW))
        await store.end_attempt(f"id{number}", 1, elapsed_ms=number * 100, answer=answer, failure=failure)
        await store.keep_findings(
            f"id{number}", 1, Verdict(state="verified" if number == 1 else "unsigned"), [FINDING] if number == 2 else []
        )
    await store.begin_attempt(
        "id6", begun("replay", "http://h/", NOW, SentRequest(method="POST", target="/", headers=(), body=b""))
    )
    await store.settle("id4", "expired", 504, "relay", 1.0)
    await store.mark("id2", True)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaptureStore]:
    opened = CaptureStore.open(tmp_path_factory.mktemp("filters") / "captures.db")
    asyncio.run(fill(opened))
    yield opened
    opened.close()


FILTERS = [
    ("", [1, 2, 3, 4, 5, 6]),
    ("   ", [1, 2, 3, 4, 5, 6]),
    ("status:404", [3]),
    ("status:4xx", [3]),
    ("status:4XX", [3]),
    ("status:300-404", [2, 3]),
    ("status:>=300", [2, 3]),
    ("status:<301", [1]),
    ("status:2xx,4xx", [1, 3]),
    ("-status:2xx", [2, 3, 4, 5, 6]),
    ("not status:2xx", [2, 3, 4, 5, 6]),
    ("not -status:2xx", [1]),
    ("NOT NOT status:2xx", [1]),
    ("provider:notion", [1, 3, 5]),
    ("PROVIDER:Notion", [1, 3, 5]),
    ("-provider:notion", [2, 4, 6]),
    ("provider:*", [1, 2, 3, 4, 5, 6]),
    ("type:page.*", [1, 3]),
    ("type:page", []),
    ("path:/hooks", [1, 2, 3]),
    ("path:/hooks/notion", [1, 3]),
    ("path:/hooks/*/", [2]),
    ("path:*notion", [1, 3]),
    ("path:*?x=1", [1]),
    ("path:/100%_x", [5]),
    ("path:/100__x", []),
    ('path:"/a b"', [6]),
    ("method:post", [1, 3, 4]),
    ("method:POST,PUT", [1, 2, 3, 4]),
    ("finding:redirect", [2]),
    ("finding:trailing", [2]),
    ("-finding:*", [1, 3, 4, 5, 6]),
    ('body:"Hello, World"', [1, 2, 3, 4, 6]),
    ('body:"\\"n\\": 3"', [3]),
    ("body:absent", []),
    ("-body:hello", [5]),
    ("header:x-foo", [1, 2]),
    ("header:X-FOO=bar1", [1]),
    ("header:x-foo=bar*", [1, 2]),
    ("header:x-foo=ba", []),
    ('header:user-agent="a \\"quoted\\" one"', [1, 2]),
    ("-header:x-foo", [3, 4, 5, 6]),
    ("header:x_foo", []),
    ("since:10h", [3, 4, 5, 6]),
    ("until:10h", [1, 2]),
    (f"since:{render_time(NOW - 210_000)}", [2, 3, 4, 5, 6]),
    ("is:failed", [2, 3, 4]),
    ("is:ok", [1]),
    ("-is:failed", [1, 5, 6]),
    ("is:duplicate", [3]),
    ("is:marked", [2]),
    ("is:owed", [5]),
    ("is:missed", [4]),
    ("is:untried", [5]),
    ("is:unknown", [6]),
    ("is:replayed", [6]),
    ("is:handshake", [5]),
    ("is:expired", [4]),
    ("elapsed:>250ms", [3, 4]),
    ("elapsed:<=0.1s", [1]),
    ("origin:backlog", [5]),
    ("failure:timeout", [4]),
    ("verdict:verified", [1]),
    ("event:e1", [1, 3, 4]),
    ("object:o1", [1, 3]),
    ("notion", [1, 3, 5]),
    ("id4", [4]),
    ("push,charge", [2, 4]),
    ("-notion -push", [4, 6]),
    ('"a b"', [6]),
    ("provider:notion status:4xx method:POST", [3]),
    ("'; DROP TABLE captures; --", []),
]


@pytest.mark.parametrize(("text", "numbers"), FILTERS, ids=range(len(FILTERS)))
def test_a_filter_means_these_captures(store: CaptureStore, text: str, numbers: list[int]) -> None:
    condition = parse(text)
    assert [row.number for row in reversed(store.summaries(condition))] == numbers
    assert store.count(condition) == len(numbers)


@pytest.mark.parametrize(
    ("text", "where", "what", "remedy"),
    [
        ("stauts:4xx", (0, 10), "there is no filter key 'stauts', at character 1", "did you mean status?"),
        ("a zzz:1", (2, 7), "there is no filter key 'zzz'", "the keys are status, is"),
        ("status:abc", (7, 10), "status: does not take 'abc', at character 8", "404, 4xx, 400-499 or >=500"),
        ("status:4xx,abc", (7, 14), "status: does not take '4xx,abc'", "404"),
        ("status:", (7, 7), "status: has no value", "give 404, 4xx"),
        ("status:4xx,", (7, 11), "status: has no value", "404"),
        ("-is:good", (4, 8), "is: does not take 'good'", "failed, ok, untried"),
        ("since:yesterday", (6, 15), "since:", "how long ago"),
        ("since:-5m", (6, 9), "since:", "how long ago"),
        ("elapsed:fast", (8, 12), "elapsed:", "a duration"),
        ("header:a=b", None, "", ""),
        ("header:=b", (7, 9), "header:", "a header's name"),
        ('header:"x y"', (7, 12), "header:", "a header's name"),
        ("origin:nowhere", (7, 14), "origin:", "live, backlog"),
        ('body:"open', (5, 10), "a quote is not closed, at character 6", 'put a "'),
        ('""', (0, 2), "a term is empty", "take it out"),
        ("-", (0, 1), "a term is empty", "take it out"),
        ("is:ok not", (6, 9), "`not` stands before nothing", "put a term behind it"),
        ("body:" + "x" * 201, (5, 206), "body:", "at most 200 characters"),
        ("x" * (MAX_FILTER + 1), (MAX_FILTER, MAX_FILTER + 1), "too long", "keep it under"),
        ("http://example.com", (0, 18), "there is no filter key 'http'", "the keys are"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, where: tuple[int, int] | None, what: str, remedy: str) -> None:
    if where is None:
        parse(text)
        return
    with pytest.raises(FilterError) as caught:
        parse(text)
    error = caught.value
    assert isinstance(error, InputError)
    assert ((error.start, error.end), what in error.what, remedy in error.remedy) == (where, True, True)


def test_terms_know_where_they_stand() -> None:
    text = '  -path:"a b",c  word'
    first, second = split(text)
    assert (first.minus, first.key, first.value, text[first.start : first.end]) == (
        True,
        "path",
        '"a b",c',
        '-path:"a b",c',
    )
    assert (second.key, second.value, text[second.value_start : second.end]) == ("", "word", "word")


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_the_example_of_every_key_is_a_filter(key: object) -> None:
    assert parse(key.example)  # type: ignore[attr-defined]  # a Key


@pytest.mark.parametrize(
    "text",
    [
        '"' * 1999,
        "\\" * 2000,
        "-" * 2000,
        ":" * 2000,
        "a:" * 1000,
        "(((",
        "path:" + "*a" * 900,
        "\x00",
        "body:\x00ab\x00",
    ],
)
def test_hostile_filters_end_quickly(store: CaptureStore, text: str) -> None:
    started = time.perf_counter()
    try:
        store.summaries(parse(text))
    except FilterError:
        pass
    assert time.perf_counter() - started < 1.0
