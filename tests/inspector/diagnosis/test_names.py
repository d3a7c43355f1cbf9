from __future__ import annotations

import pytest

from hookscope.diagnosis.marks import all_marks
from hookscope.diagnosis.names import LANGUAGES, languages_of, self_named, told, vetoed


@pytest.mark.parametrize(
    ("words", "languages"),
    [
        ("uvicorn", {"python"}),
        ("python/3.11 aiohttp/3.9.1", {"python"}),
        ("kestrel", {"dotnet"}),
        ("jetty(9.4.53.v20231009)", {"jvm"}),
        ("apache-coyote/1.1", {"jvm"}),
        ("nginx/1.27 · express", {"javascript"}),
        ("php/8.2.1", {"php"}),
        ("nginx", set()),
        ("cloudflare", set()),
        ("phusion passenger(r) 6.0", {"ruby"}),
        ("", set()),
    ],
)
def test_a_header_tells_the_language_of_who_made_the_answer(words: str, languages: set[str]) -> None:
    assert languages_of(words) == languages


def test_only_another_language_vetoes() -> None:
    assert vetoed("kestrel", "python")
    assert not vetoed("uvicorn", "python")
    assert not vetoed("nginx", "python")
    assert not vetoed("kestrel", "")


def test_a_header_may_name_the_product_itself() -> None:
    words = told({"server": "nginx", "x-powered-by": "Express"})
    assert self_named(words, ("express",))
    assert not self_named(words, ("koa",))


def test_every_language_of_the_marks_is_one_that_headers_can_tell() -> None:
    assert {mark.language for mark in all_marks() if mark.language} <= set(LANGUAGES)
