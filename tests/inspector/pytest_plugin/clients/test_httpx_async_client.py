"""`test_httpx_client.py` sends through the asynchronous client, too;
here is that the two differ in nothing but waiting."""

from __future__ import annotations

from hookscope.pytest_plugin.clients import httpx_async_client, httpx_client


def test_both_make_the_same_request_and_read_the_same_answer() -> None:
    assert httpx_async_client.build is httpx_client.build
    assert (httpx_async_client.answer, httpx_async_client.base) == (httpx_client.answer, httpx_client.base)
