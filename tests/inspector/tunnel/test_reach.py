import ssl

import pytest

from hookscope.tunnel.reach import describe, is_loopback


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
    ],
)
def test_a_connection_error_is_told_in_plain_words(error, words):
    assert describe(error) == words


def test_a_relay_that_hangs_up_says_so():
    error = ValueError()
    error.__cause__ = EOFError()
    assert describe(error) == "it hung up"
