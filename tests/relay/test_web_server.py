"""What stands at the other end of a new connection."""

from __future__ import annotations

import pytest

from hookscope_relay.http_server import Connection
from hookscope_relay.metrics import Metrics
from hookscope_relay.settings import Limits
from hookscope_relay.tls_door import TlsDoor
from hookscope_relay.web_server import Server
from self_signed import self_signed


@pytest.mark.parametrize(("has_tls", "made"), [(False, Connection), (True, TlsDoor)])
async def test_a_connection_begins_with_a_handshake_where_there_is_tls(has_tls, made):
    server = Server(None, Limits(), Metrics(), tls=self_signed()[0] if has_tls else None)
    assert isinstance(server(), made)
    assert len(server.held) == 0
