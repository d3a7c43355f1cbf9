"""Answers of handlers in one call, and the test that a family of rules makes of a table of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import pytest

from hookscope.model.finding import Finding
from hookscope_relay.delivery import Headers

HTML: Headers = (("Content-Type", "text/html; charset=utf-8"),)
JSON: Headers = (("Content-Type", "application/json"),)
TEXT: Headers = (("Content-Type", "text/plain; charset=utf-8"),)
NGINX: Headers = (("Server", "nginx/1.27.0"), ("Content-Type", "text/html"))

# Code, cause and layer of the first finding, and the answer.
Row: TypeAlias = tuple[str, str, str, dict[str, Any]]


def answer(status: int, body: bytes = b"", headers: Headers = (), **others: Any) -> dict[str, Any]:
    """What `findings_of` takes."""
    return {"status": status, "body": body, "headers": headers, **others}


def nginx_page(title: str) -> bytes:
    """A page that nginx makes itself."""
    head = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
    return f"{head}<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n".encode()


def first_findings(rows: Sequence[Row]) -> Callable[..., None]:
    """A test that the first finding of each answer names its cause and layer, and says what to do on which evidence."""

    @pytest.mark.parametrize(("code", "cause", "layer", "answered"), rows)
    def test(
        findings_of: Callable[..., tuple[Finding, ...]], code: str, cause: str, layer: str, answered: dict[str, Any]
    ) -> None:
        first = findings_of(**answered)[0]
        assert (first.code, first.cause, first.layer) == (code, cause, layer)
        assert first.title and first.hint and first.evidence

    return test
