from __future__ import annotations

import pytest

from hookscope.api.directory import api_of_host, known_apis, parse_apis
from hookscope_relay.errors import InputError

TEN = ("notion", "github", "stripe", "slack", "linear", "hubspot", "shopify", "airtable", "google", "make")


def test_ten_apis_are_known_by_name_with_a_line_for_their_clients() -> None:
    assert tuple(known_apis()) == TEN
    for api in known_apis().values():
        assert api.title
        assert api.base.startswith("https://")
        assert api.client
        assert api.source.startswith("https://")


@pytest.mark.parametrize(
    ("api", "target", "placed"),
    [
        ("notion", "/v1/pages/x?a=b", ("https://api.notion.com", "/v1/pages/x?a=b")),
        (
            "shopify",
            "/my-shop/admin/api/2025-01/shop.json",
            ("https://my-shop.myshopify.com", "/admin/api/2025-01/shop.json"),
        ),
        ("google", "/sheets/v4/x", ("https://sheets.googleapis.com", "/v4/x")),
        ("make", "/eu1", ("https://eu1.make.com", "/")),
        ("make", "/", None),
        ("shopify", "/evil.example%2f/x", None),
        ("shopify", "/a@evil.example/x", None),
    ],
)
def test_a_target_goes_to_its_host(api: str, target: str, placed: tuple[str, str] | None) -> None:
    assert known_apis()[api].place(target) == placed


def test_hosts_are_known_again() -> None:
    hosts = {
        "api.notion.com": "notion",
        "my-shop.myshopify.com": "shopify",
        "sheets.googleapis.com": "google",
        "SLACK.com": "slack",
    }
    assert {host: found.name for host in hosts if (found := api_of_host(host))} == hosts
    for other in ("notion.com", "api.notion.com.evil.example", "myshopify.com", "a.b.myshopify.com", ""):
        assert api_of_host(other) is None


def test_a_name_and_a_url_are_read() -> None:
    apis = parse_apis(["notion", "erp=https://erp.example/api/", "stripe=http://127.0.0.1:4010"])
    assert {name: api.base for name, api in apis.items()} == {
        "notion": "https://api.notion.com",
        "erp": "https://erp.example/api",
        "stripe": "http://127.0.0.1:4010",
    }
    assert apis["stripe"].tokens == known_apis()["stripe"].tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nothing", "no API is known as 'nothing'"),
        ("N=https://x.example", "'N' is no name"),
        ("x=ftp://x.example", "no URL of an API"),
        ("x=https://", "no URL of an API"),
        ("x=https://x.example:none", "no URL of an API"),
        ("x=https://u:p@x.example", "no user, query or fragment"),
        ("x=http://x.example", "plain http"),
    ],
)
def test_what_is_no_api_is_said(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_apis([text])
