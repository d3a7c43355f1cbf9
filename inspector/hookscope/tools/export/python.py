"""A Python script that sends deliveries again with httpx,
through its transport's exact request target and without its default headers."""

from __future__ import annotations

from collections.abc import Sequence

from hookscope.tools.export.request import Request, build_request
from hookscope.tools.export.source import Source
from hookscope_relay.errors import InputError

LINE = 88

_HEAD = '''\
"""Sends captured webhook deliveries again, byte for byte."""

import httpx

REQUESTS = [
'''

_TAIL = """\
]

# No proxy, no .netrc and no redirects: what is written above is what is sent, and the answer is the handler's.
with httpx.Client(trust_env=False, timeout=30) as client:
    for request in REQUESTS:
        response = client.send(request)
        print(response.status_code, response.reason_phrase)
        print(response.text)
"""


def render(sources: Sequence[Source]) -> str:
    """The script, in ASCII; `InputError` for what no client can send."""
    blocks = [_block(build_request(source.capture.delivery, source.url)) for source in sources]
    return _HEAD + "".join(blocks) + _TAIL


def limits(request: Request) -> tuple[str, ...]:
    """What httpx will send otherwise than it was captured."""
    return ("httpx writes the method in capitals",) if request.method != request.method.upper() else ()


def _block(request: Request) -> str:
    if not request.target.isascii():
        raise InputError("httpx refuses a target with bytes beyond ASCII", "use --as curl")
    headers = "".join(f"            ({_bytes(name)}, {_bytes(value)}),\n" for name, value in request.headers)
    content = _content(request.body) if request.has_length else ""
    # httpx tidies URLs; the extension `target` goes to the request line as it is (httpcore's documentation,
    # Extensions).
    return (
        "    httpx.Request(\n"
        f"        {request.method!r},\n"
        f"        {request.origin + '/'!r},\n"
        f"        headers=[{chr(10) + headers + '        ' if headers else ''}],\n"
        f"{content}"
        f'        extensions={{"target": {_bytes(request.target)}}},\n'
        "    ),\n"
    )


def _content(body: bytes) -> str:
    if len(body) <= LINE:
        return f"        content={body!r},\n"
    lines = "".join(f"            {body[start : start + LINE]!r}\n" for start in range(0, len(body), LINE))
    return f"        content=(\n{lines}        ),\n"


def _bytes(text: str) -> str:
    return repr(text.encode("latin-1"))
