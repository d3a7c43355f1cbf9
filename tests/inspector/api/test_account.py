from __future__ import annotations

import json

import pytest

from hookscope.api.account import find_token, headers_for, lacks, owner_of, path_of_object, pause_of
from hookscope.api.directory import known_apis
from hookscope.api.rule import call_rules
from hookscope.model.call import Call
from hookscope_relay.delivery import Answer

NOTION = known_apis()["notion"]


def test_a_token_is_looked_for_where_it_usually_is() -> None:
    assert find_token(NOTION, {"NOTION_API_KEY": "b", "NOTION_TOKEN": "a"}) == ("NOTION_TOKEN", "a")
    assert find_token(NOTION, {"HOOKSCOPE_API_NOTION_TOKEN": "c"}) == ("HOOKSCOPE_API_NOTION_TOKEN", "c")
    assert find_token(NOTION, {"NOTION_TOKEN": ""}) is None


@pytest.mark.parametrize(
    ("name", "authorization"), [("notion", "Bearer t"), ("linear", "t"), ("github", "Bearer t"), ("make", "token t")]
)
def test_each_api_gets_the_token_as_it_takes_it(name: str, authorization: str) -> None:
    assert dict(headers_for(known_apis()[name], "t"))["Authorization"] == authorization


def test_notion_is_asked_with_a_version() -> None:
    assert dict(headers_for(NOTION, "t"))["Notion-Version"] == "2025-09-03"
    assert dict(headers_for(NOTION, "t", "2022-06-28"))["Notion-Version"] == "2022-06-28"


def test_a_check_is_slower_than_the_limit() -> None:
    for api in known_apis().values():
        assert 1 / pause_of(api) <= (api.limit / 2 if api.limit else 2.0)


@pytest.mark.parametrize(
    ("body", "whose"),
    [
        (
            json.dumps({"id": "b", "name": "Bot", "bot": {"workspace_name": "Acme"}}),
            {"name": "Bot", "workspace_name": "Acme", "id": "b"},
        ),
        ("[]", {}),
        ("no", {}),
    ],
)
def test_whose_a_token_is(body: str, whose: dict[str, str]) -> None:
    call = Call(
        api="notion",
        base="https://x",
        method="GET",
        target="/",
        started_at=0.0,
        answer=Answer(status=200, body=body.encode()),
    )
    assert owner_of(NOTION, call) == whose


@pytest.mark.parametrize(
    ("body", "name", "path"),
    [
        (b'{"entity":{"type":"page"}}', "a-1", "/v1/pages/a-1"),
        (b'{"entity":{"type":"data_source"}}', "a-1", "/v1/data_sources/a-1"),
        (b"{}", "a-1", "/v1/pages/a-1"),
        (b"no", "a-1", "/v1/pages/a-1"),
        (b'{"entity":{"type":"../x"}}', "a-1", ""),
        (b"{}", "../../x", ""),
        (b"{}", "", ""),
    ],
)
def test_only_what_is_an_object_gets_into_a_path(body: bytes, name: str, path: str) -> None:
    assert path_of_object(NOTION, body, name) == path
    assert path_of_object(known_apis()["github"], body, name) == ""


def test_what_the_handler_lacked_is_told_once() -> None:
    finding = call_rules()["capability-missing"].find({"api": "Notion"}, evidence=(), fix="Tick Insert comments")
    call = Call(
        api="notion", base="https://x", method="POST", target="/v1/comments?x", started_at=0.0, findings=(finding,)
    )
    assert lacks([call, call]) == ("Tick Insert comments (POST /v1/comments)",)
