from __future__ import annotations

import pytest

from factories import make_delivery
from hookscope.providers.facts import Facts
from hookscope.signatures.mistakes.of_urls import method_mistakes, url_mistakes
from hookscope.signatures.urls import is_host_of, official_forms

URL = "https://x.example/a/b?z=1&y=%2F"


@pytest.mark.parametrize(
    ("url", "forms", "all_forms"),
    [
        (URL, (), [URL]),
        ("https://x.example/a?b", ("ports",), ["https://x.example/a?b", "https://x.example:443/a?b"]),
        ("http://x.example:1234/a", ("ports",), ["http://x.example:1234/a", "http://x.example/a"]),
        ("https://x.example:443", ("ports",), ["https://x.example:443", "https://x.example"]),
        ("https://x.example/a%3Ab?c%3fd", ("hubspot",), ["https://x.example/a%3Ab?c%3fd", "https://x.example/a:b?c%3fd"]),
        ("https://x.example/a%3Ab?c=%C3%A9", ("decoded",), ["https://x.example/a%3Ab?c=%C3%A9", "https://x.example/a:b?c=é"]),
        ("https://x.example/a", ("decoded",), ["https://x.example/a"]),
        ("https://[::1/", ("ports",), ["https://[::1/"]),
        ("https://x:port/", ("ports",), ["https://x:port/"]),
    ],
)  # fmt: skip
def test_a_url_has_the_forms_that_the_provider_tries(url, forms, all_forms):
    assert list(official_forms(url, forms)) == all_forms


@pytest.mark.parametrize(
    ("mistake", "url"),
    [
        ("url-scheme", "http://x.example/a/b?z=1&y=%2F"),
        ("url-trailing-slash", "https://x.example/a/b/?z=1&y=%2F"),
        ("url-query-dropped", "https://x.example/a/b"),
        ("url-query-order", "https://x.example/a/b?y=%2F&z=1"),
        ("url-port", "https://x.example:443/a/b?z=1&y=%2F"),
        ("url-port", "https://x.example:3000/a/b?z=1&y=%2F"),
        ("url-path", "https://x.example/b?z=1&y=%2F"),
        ("url-host", "http://localhost:3000/a/b?z=1&y=%2F"),
        ("url-host", "https://behind.example/a/b?z=1&y=%2F"),
        ("url-host", "http://inner.example/target"),
        ("url-encoding", "https://x.example/a/b?z=1&y=/"),
    ],
)
def test_another_url_is_a_mistake_of_its_own(mistake, url):
    headers = (("Host", "inner.example"), ("X-Forwarded-Host", "behind.example"))
    facts = Facts(make_delivery(headers=headers, target="/target"))
    found = {other: name for name, _, other in url_mistakes(URL, facts)}
    assert found[url] == mistake
    assert URL not in found


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("https://x.example/a", "https://www.x.example/a"),
        ("https://x.example:81/a", "https://www.x.example:81/a"),
        ("https://www.x.example/a", "https://x.example/a"),
        ("http://127.0.0.1:3000/a", None),
        ("http://[::1]:3000/a", None),
        ("http://localhost:3000/a", None),
    ],
)
def test_only_a_domain_has_www_before_it(url, other):
    facts = Facts(make_delivery(headers=()))
    with_www = [made for _, detail, made in url_mistakes(url, facts) if "www" in detail]
    assert with_www == ([other] if other else [])


def test_a_method_has_others():
    assert {other for _, _, other in method_mistakes("POST")} >= {"GET", "PUT", "post", ""}


@pytest.mark.parametrize(
    ("url", "held"),
    [
        ("https://sns.eu-west-1.amazonaws.com/x.pem", True),
        ("https://SNS.eu-west-1.AMAZONAWS.com", True),
        ("http://sns.eu-west-1.amazonaws.com/x.pem", False),
        ("https://sns.a.b.amazonaws.com/x.pem", False),
        ("https://sns.eu.amazonaws.com.evil.example/", False),
        ("https://sns.eu.amazonaws.com:444/", False),
        ("https://a@sns.eu.amazonaws.com/", False),
        ("https://[::1/", False),
    ],
)
def test_only_the_hosts_themselves_are_trusted(url, held):
    assert is_host_of(url, ("api.example.com", "sns.*.amazonaws.com")) is held
