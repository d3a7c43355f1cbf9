from __future__ import annotations

import socket

from hookscope.tui.engine.reachability import is_reachable


def test_a_listening_handler_is_reachable_and_a_closed_port_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_reachable(f"http://127.0.0.1:{port}/hooks") is True
    assert is_reachable(f"http://127.0.0.1:{port}") is False


def test_what_is_no_url_is_unknown() -> None:
    assert is_reachable("no url at all") is None
