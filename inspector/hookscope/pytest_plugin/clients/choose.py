"""Which adapter serves a client: told by the names of its classes, so that no framework is imported to find out."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, cast

from hookscope.model.capture import SentRequest
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import InputError


class Client(Protocol):
    """What an adapter module has. Any: each framework has its own clients and responses."""

    def base(self, client: Any) -> str:
        """The URL before the target, as the application sees it, without a final slash."""

    def send(self, client: Any, request: SentRequest) -> Any:
        """The framework's own response, or an awaitable of it."""

    def answer(self, response: Any) -> Answer | None:
        """What came back; None where the response is none."""


class Known(NamedTuple):
    """A class of clients: the package it comes from, its name, and the adapter's module beside this one."""

    package: str
    name: str
    module: str


KNOWN = (
    Known("werkzeug", "Client", "werkzeug_client"),
    Known("django", "AsyncRequestFactory", "django_async_client"),
    Known("django", "RequestFactory", "django_client"),
    Known("httpx", "Client", "httpx_client"),
    Known("httpx", "AsyncClient", "httpx_client"),
    Known("httpx2", "Client", "httpx_client"),
    Known("httpx2", "AsyncClient", "httpx_client"),
    Known("aiohttp", "TestClient", "aiohttp_client"),
)
# By how many arguments a callable that is no coroutine function is told; one that takes any number is decorated WSGI.
CALLED_WITH = {"wsgi": 2, "asgi": 3}


def choose(client: object) -> Client:
    """The adapter of a client. `InputError` that lists what is known, for anything else."""
    names = [(base.__module__.partition(".")[0], base.__name__) for base in type(client).__mro__]
    for known in KNOWN:
        if (known.package, known.name) in names:
            return _adapter(known.module)
    if callable(client) and not inspect.isclass(client):
        if _is_asynchronous(client):
            return _adapter("asgi")
        for module, count in CALLED_WITH.items():
            if _takes(client, count):
                return _adapter(module)
    raise InputError(
        f"a {type(client).__name__} is no client that deliveries are sent through",
        "give the test client of Flask, Werkzeug, Django, Starlette, FastAPI or aiohttp, an httpx client, "
        "or a WSGI or ASGI application",
    )


def stays_inside(client: object) -> bool:
    """Whether requests surely reach the application without a proxy between: an httpx client may be sent anywhere."""
    packages = {base.__module__.partition(".")[0] for base in type(client).__mro__}
    return "starlette" in packages or not packages & {"httpx", "httpx2"}


def _adapter(name: str) -> Client:
    return cast(Client, importlib.import_module(f"hookscope.pytest_plugin.clients.{name}"))


def _is_asynchronous(application: Callable[..., Any]) -> bool:
    while isinstance(application, functools.partial):
        application = application.func
    call = getattr(application, "__call__", application)  # noqa: B004  # the method is looked into, not whether it is there
    return inspect.iscoroutinefunction(application) or inspect.iscoroutinefunction(call)


def _takes(application: Callable[..., Any], count: int) -> bool:
    """Whether it can be called with so many arguments by position, and needs no fewer."""
    try:
        inspect.signature(application).bind(*range(count))
    except (TypeError, ValueError):
        return False
    return True
