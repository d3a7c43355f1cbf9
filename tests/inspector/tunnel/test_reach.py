import ssl

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import InvalidProxyStatus
from websockets.http11 import Response

from hookscope.tunnel.reach import describe, is_loopback, proxy_of, remedy_for, through


def refused_by_a_proxy(status: int, *challenges: str) -> InvalidProxyStatus:
    headers = Headers()
    for challenge in challenges:
        headers["Proxy-Authenticate"] = challenge
    return InvalidProxyStatus(Response(status, "", headers))


@pytest.mark.parametrize(
    ("relay", "local"),
    [
        ("http://127.0.0.1:7420", True),
        ("http://localhost", True),
        ("http://[::1]:1", True),
        ("https://relay.example", False),
        ("http://127.0.0.1.evil.example", False),
    ],
)
def test_a_relay_on_this_machine_is_told_by_its_name(relay, local):
    assert is_loopback(relay) is local


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "no answer within 10 s"),
        (ConnectionRefusedError(111, "Connection refused"), "connection refused"),
        (OSError(113, "No route to host"), "no route to host"),
        (ssl.SSLError(1, "wrong version"), "no TLS connection can be made"),
        (ValueError(), "it does not speak WebSocket"),
        (refused_by_a_proxy(407), "the proxy wants credentials (407)"),
        (refused_by_a_proxy(403), "the proxy does not let this through (403)"),
        (refused_by_a_proxy(502), "the proxy cannot reach it (502)"),
        (refused_by_a_proxy(418), "the proxy answered 418"),
        (ImportError(), "a SOCKS proxy needs the package python-socks"),
    ],
)
def test_a_connection_error_is_told_in_plain_words(error, words):
    assert describe(error) == words


def test_a_relay_that_hangs_up_says_so():
    error = ValueError()
    error.__cause__ = EOFError()
    assert describe(error) == "it hung up"


@pytest.mark.parametrize(
    ("error", "proxy", "words"),
    [
        (OSError(), "", "set HTTPS_PROXY"),
        (OSError(), "http://p.test:1", "check HTTPS_PROXY and NO_PROXY"),
        (ssl.SSLCertVerificationError(), "", "--relay-ca FILE, or SSL_CERT_FILE=FILE"),
        (refused_by_a_proxy(407, "Basic realm=x"), "http://p.test:1", "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"),
        (refused_by_a_proxy(407), "http://p.test:1", "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"),
        (refused_by_a_proxy(407, "Negotiate", "NTLM"), "http://p.test:1", "it takes negotiate or ntlm only"),
        (ImportError(), "socks5://u:secret@p.test:1", "in the place of socks5://p.test:1"),
    ],
)
def test_what_to_do_depends_on_what_stood_in_the_way(error, proxy, words, monkeypatch):
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", proxy) if proxy else monkeypatch.delenv("HTTPS_PROXY", raising=False)
    remedy = remedy_for(error, "https://relay.example")
    assert words in remedy
    assert "secret" not in remedy


@pytest.mark.parametrize(
    ("relay", "besides", "by"),
    [
        ("https://relay.example/hooks", "", "http://u:p@p.test:1"),
        ("https://relay.example", "other.example", "http://u:p@p.test:1"),
        ("https://relay.example", "relay.example", ""),
        ("https://relay.example", ".example", ""),
        ("https://relay.example:8443", "relay.example:8443", ""),
        ("https://relay.example", "*", ""),
        ("http://127.0.0.1:7420", "", ""),
    ],
)
def test_a_proxy_is_used_but_for_the_hosts_of_no_proxy(relay, besides, by, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://u:p@p.test:1")
    monkeypatch.setenv("NO_PROXY", besides)
    assert proxy_of(relay) == by
    assert through(relay) == (" through the proxy http://p.test:1" if by else "")
