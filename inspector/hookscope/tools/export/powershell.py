"""A PowerShell script that sends a delivery again with curl, in any PowerShell from 5.1 on, on Windows and elsewhere.

Windows PowerShell and PowerShell 7 pass quotes, empty words and bytes beyond ASCII to programs in different ways, so
nothing that matters passes that way: the options go to curl in a configuration file of ASCII text (curl's
documentation, `--config`), which stands in a here-string whose only special line begins with `'@`
(about_Quoting_Rules). What is not ASCII goes as base64.
"""

from __future__ import annotations

import base64

from hookscope.tools.export.curl import header_fields
from hookscope.tools.export.request import Request, build_request
from hookscope_relay.delivery import Delivery

# Longer bodies go through a file: curl bounds the lines of a configuration file.
MAX_INLINE = 16_384
BASE64_LINE = 120

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}

_SCRIPT = """\
$config = New-TemporaryFile
$body = New-TemporaryFile
try {{
{steps}
  & (Get-Command curl -CommandType Application | Select-Object -First 1) -q --config $config.FullName{body}
}} finally {{
  Remove-Item $config, $body
}}
"""


def render(delivery: Delivery, url: str) -> str:
    """The script, in ASCII, ending in a newline; `InputError` as for curl."""
    request = build_request(delivery, url)
    lines = config_lines(request)
    inline = _fits_inline(request.body)
    if inline and request.has_length:
        lines.append(_line("data-raw", request.body.decode("ascii")))
    steps = [_write_config("\n".join(lines) + "\n")]
    if not inline:
        steps.append(_write_base64("$body", request.body))
    return _SCRIPT.format(steps="\n".join(steps), body="" if inline else ' --data-binary "@$($body.FullName)"')


def config_lines(request: Request) -> list[str]:
    """The lines of curl's configuration file for everything but the body; header text is latin-1."""
    lines = [
        "silent",
        "show-error",
        "http1.1",
        "globoff",
        "path-as-is",
        *([_line("noproxy", "*")] if request.is_local else []),
        _line("url", request.origin + "/"),
        _line("request-target", request.target),
    ]
    if request.method == "HEAD" and not request.has_length:
        lines.append("head")
    else:
        lines += ["include", _line("request", request.method)]
    if request.method == "HEAD" and request.has_length:
        lines += ["ignore-content-length", _line("header", "Connection: close")]
    return lines + [_line("header", field) for field in header_fields(request)]


def _line(option: str, value: str) -> str:
    return f'{option} = "{"".join(_ESCAPES.get(character, character) for character in value)}"'


def _fits_inline(body: bytes) -> bool:
    return len(body) <= MAX_INLINE and all(0x20 <= byte < 0x7F or byte in b"\r\n\t" for byte in body)


def _write_config(config: str) -> str:
    """A statement that writes the configuration; its text readable where it is ASCII that every terminal shows."""
    if config.isascii() and all(character.isprintable() or character == "\n" for character in config):
        # In a here-string a line that begins with '@ would end it; ours begin with an option's name.
        return f"  [IO.File]::WriteAllText($config.FullName, @'\n{config}'@)"
    return _write_base64("$config", config.encode("latin-1"))


def _write_base64(file: str, data: bytes) -> str:
    encoded = base64.b64encode(data).decode()
    lines = "\n".join(encoded[start : start + BASE64_LINE] for start in range(0, len(encoded), BASE64_LINE))
    return f"  [IO.File]::WriteAllBytes({file}.FullName, [Convert]::FromBase64String('{lines}'))"
