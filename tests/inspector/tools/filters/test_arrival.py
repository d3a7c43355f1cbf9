"""A filter at arrival: says of a delivery what the list's own filter says of its capture."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore
from hookscope.tools.filters.arrival import TESTS, like, parse_arrival
from hookscope.tools.filters.language import FilterError, parse
from hookscope_relay.delivery import Delivery


def made(number: int, target: str, method: str = "POST", body: bytes = b"", *headers: tuple[str, str]) -> Delivery:
    return Delivery(id=f"id{number}", received_at=1.0, method=method, target=target, headers=headers, body=body)


CAPTURES = (
    (
        made(1, "/hooks/notion?x=1", "POST", b'{"n": 1, "t": "Hello, World"}', ("X-Foo", "bar1"), ("X-Foo", "Other")),
        Recognition(provider="notion", event_id="e1", event_type="page.created", object_id="o1"),
    ),
    (
        made(2, "/hooks/github/", "PUT", b"caf\xc3\xa9 \xff\xfe", ("user-agent", 'a "quoted" one')),
        Recognition(provider="github", event_id="e2", event_type="push"),
    ),
    (made(3, "/100%_x", "GET"), Recognition(provider="stripe", event_type="charge.succeeded")),
    (made(4, "", "QUERY", b"x" * 20_000 + b"behind"), Recognition()),
    (made(5, "/HOOKS/a*b", "post", b"STRASSE"), Recognition(event_type="hooks")),
)
FILTERS = """|path:/hooks|path:/hooks/*/|path:*notion|path:*?x=1|path:/100%_x|path:/hooks/n*n|path:*o*o*o*|path:*
-path:/hooks|not path:/hooks|not -path:/hooks|method:post|method:POST,PUT|provider:notion|PROVIDER:Notion|-provider:notion
provider:*|type:page.*|type:page|event:e1|object:o1|object:*|header:x-foo|header:X-FOO=bar1|header:x-foo=bar*
header:x-foo=other|header:x-foo=ba|header:x_foo|-header:x-foo|header:user-agent="a \\"quoted\\" one"|body:"Hello, World"
body:hello|body:caf\u00e9|body:CAF\u00c9|body:behind|-body:x|body:strasse|hooks|notion|id|id3|d3|"page.created" method:POST|charge,push
provider:stripe,github type:push|path:/hooks/a\\*b|path:"/hooks/notion?x=1"|-method:GET -path:/hooks|not notion,github"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaptureStore]:
    opened = CaptureStore.open(tmp_path_factory.mktemp("arrival") / "captures.db")

    async def fill() -> None:
        for delivery, known in CAPTURES:
            await opened.keep(delivery, origin="live", recognition=known)

    asyncio.run(fill())
    yield opened
    opened.close()


def test_it_says_what_the_condition_says(store: CaptureStore) -> None:
    for text in FILTERS.replace("\n", "|").split("|"):
        found = parse_arrival(text)
        met = [number for number, one in enumerate(CAPTURES, 1) if found.meets(*one)]
        assert met == store.numbers(parse(text)), text
        assert all(bool(found.failing(*one)) == (number not in met) for number, one in enumerate(CAPTURES, 1))


@pytest.mark.parametrize(
    "key", ["status:500", "is:failed", "finding:x", "elapsed:>1s", "since:1h", "route:a", "api:403"]
)
def test_what_is_known_later_only_is_refused(key: str) -> None:
    with pytest.raises(
        FilterError, match=r"is known only once a delivery has been handled.*choose by what comes: path"
    ):
        parse_arrival(f"path:/x {key}")


@pytest.mark.parametrize("text", ["pth:/x", "path:", 'body:"x', "header:a b:", "not"])
def test_what_is_no_filter_is_refused_as_in_the_list(text: str) -> None:
    with pytest.raises(FilterError) as arrival:
        parse_arrival(text)
    with pytest.raises(FilterError) as listed:
        parse(text)
    assert str(arrival.value) == str(listed.value)


def test_who_sent_it_is_asked_only_where_that_matters() -> None:
    needs = {key for key in TESTS if parse_arrival(f"{key}:x" if key else "x").recognises}
    assert needs == {"provider", "type", "event", "object", ""}


def test_many_stars_take_no_longer_than_the_text() -> None:
    test = like("*a" * 900 + "*b")
    started = time.process_time()
    assert not test("a" * 60_000)
    assert time.process_time() - started < 1


NOTION = Recognition(provider="notion")


@pytest.mark.parametrize(
    ("text", "recognition", "tells"),
    [
        ("", Recognition(), True),
        ("path:/hooks method:POST", Recognition(), True),
        ("path:/else", Recognition(), False),
        ("path:/else body:x", Recognition(), False),
        ("path:/hooks body:x", Recognition(), None),
        ("provider:notion", Recognition(), None),
        ("provider:notion", NOTION, True),
        ("provider:stripe", NOTION, False),
        ("type:page.*", NOTION, None),
    ],
)
def test_the_head_alone_tells_what_it_can(text: str, recognition: Recognition, tells: bool | None) -> None:
    assert parse_arrival(text).meets_by_head(made(1, "/hooks/x"), recognition) is tells


@pytest.mark.parametrize(
    ("text", "beyond", "has_head_terms"),
    [
        ("path:/x header:a", [], True),
        ("provider:notion", [], True),
        ("path:/x body:y", ["body"], True),
        ("type:a event:b", ["type", "event"], False),
        ("", [], False),
    ],
)
def test_which_terms_the_head_never_decides(text: str, beyond: list[str], has_head_terms: bool) -> None:
    found = parse_arrival(text)
    assert ([term.key for term in found.beyond_head], found.has_head_terms) == (beyond, has_head_terms)
