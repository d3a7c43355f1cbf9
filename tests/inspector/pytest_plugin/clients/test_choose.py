from __future__ import annotations

import functools
import subprocess
import sys
from typing import Any
from wsgiref.validate import validator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient as AiohttpTestClient
from aiohttp.test_utils import TestServer as AiohttpTestServer
from django.test import AsyncClient, AsyncRequestFactory, RequestFactory
from django.test import Client as DjangoClient
from fastapi import FastAPI
from flask import Flask
from werkzeug.test import Client as WerkzeugClient

from hookscope.pytest_plugin.clients.choose import choose, stays_inside
from hookscope_relay.errors import InputError


def wsgi(environ: Any, start_response: Any) -> list[bytes]:
    return []


async def asgi(scope: Any, receive: Any, send: Any) -> None: ...


def wrapped_asgi(scope: Any, receive: Any, send: Any) -> Any:
    return asgi(scope, receive, send)


class Ours(DjangoClient):
    pass


@pytest.mark.parametrize(
    ("client", "module"),
    [
        (Flask("a").test_client(), "werkzeug_client"),
        (WerkzeugClient(wsgi), "werkzeug_client"),
        (Ours, "django_client"),
        (DjangoClient, "django_client"),
        (RequestFactory, "django_client"),
        (AsyncClient, "django_async_client"),
        (AsyncRequestFactory, "django_async_client"),
        (wsgi, "wsgi"),
        (Flask("a"), "wsgi"),
        (validator(wsgi), "wsgi"),
        (asgi, "asgi"),
        (wrapped_asgi, "asgi"),
        (functools.partial(asgi), "asgi"),
        (FastAPI(), "asgi"),
    ],
)
def test_a_client_is_known_by_its_class(client: Any, module: str) -> None:
    made = object.__new__(client) if isinstance(client, type) else client
    assert choose(made).__name__.endswith("." + module)  # type: ignore[attr-defined]


async def test_aiohttps_client_is_known() -> None:
    client: Any = AiohttpTestClient(AiohttpTestServer(web.Application()))
    assert choose(client).__name__.endswith(".aiohttp_client")  # type: ignore[attr-defined]
    await client.close()


@pytest.mark.parametrize("client", [3, None, "http://localhost", object(), DjangoClient, web.Application(), len, dict])
def test_anything_else_is_refused_with_what_is_known(client: Any) -> None:
    with pytest.raises(
        InputError, match="is no client that deliveries are sent through; give the test client of Flask"
    ):
        choose(client)


def test_choosing_imports_no_framework() -> None:
    code = (
        "import sys\n"
        "import hookscope.pytest_plugin.delivery, hookscope.pytest_plugin.open\n"
        "from hookscope.pytest_plugin.clients.choose import choose\n"
        "choose(lambda environ, start_response: [])\n"
        "names = ('flask', 'werkzeug', 'django', 'starlette', 'httpx', 'aiohttp', 'asyncio', 'textual', 'sqlite3', 'pytest')\n"
        "print([name for name in names if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_only_a_client_of_httpx_may_be_sent_through_a_proxy() -> None:
    assert stays_inside(wsgi)
    assert stays_inside(Flask("a").test_client())
    for library in ("httpx", "httpx2"):
        client = type("Client", (), {"__module__": f"{library}._client"})()
        assert not stays_inside(client)
        assert stays_inside(type("TestClient", (type(client),), {"__module__": "starlette.testclient"})())
