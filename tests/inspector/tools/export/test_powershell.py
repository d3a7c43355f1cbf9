"""PowerShell itself is rarely at hand: what it would do with the script is done here by its documented rules
(about_Quoting_Rules)."""

from __future__ import annotations

import base64
import re
import shutil
from pathlib import Path

import pytest

from export_runs import DELIVERIES, assert_exact, delivery_of, run_export
from factories import make_delivery
from hookscope.tools.export import powershell

TEXT = re.compile(r"WriteAllText\(\$(\w+)\.FullName, @'\n(.*?)\n'@\)", re.DOTALL)
DATA = re.compile(r"WriteAllBytes\(\$(\w+)\.FullName, \[Convert\]::FromBase64String\('([A-Za-z0-9+/=\n]*)'\)\)")
BODY = ' --data-binary "@$($body.FullName)"'

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def play(script: str, directory: Path) -> list[str]:
    """Write the files that the script writes, and give the command that it runs."""
    for file, text in TEXT.findall(script):
        (directory / file).write_text(text, "ascii")
    for file, data in DATA.findall(script):
        (directory / file).write_bytes(base64.b64decode(data))
    body = ["--data-binary", f"@{directory / 'body'}"] if BODY in script else []
    return ["curl", "-q", "--config", str(directory / "config"), *body]


@needs_curl
@pytest.mark.parametrize("name", DELIVERIES)
async def test_every_byte_arrives(tmp_path: Path, name: str) -> None:
    delivery = delivery_of(name)
    assert_exact(await run_export(delivery, lambda url: play(powershell.render(delivery, url), tmp_path)), delivery)


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="PowerShell is not installed")
@pytest.mark.parametrize("name", ["odd bytes", "body powershell", "body every-byte", "method HEAD"])
async def test_powershell_runs_it(tmp_path: Path, name: str) -> None:
    delivery = delivery_of(name)
    path = tmp_path / "replay.ps1"

    def command(url: str) -> list[str]:
        path.write_text(powershell.render(delivery, url), "ascii")
        return ["pwsh", "-NoProfile", "-File", str(path)]

    assert_exact(await run_export(delivery, command), delivery)


@pytest.mark.parametrize("name", DELIVERIES)
def test_the_script_is_ascii_and_the_here_string_ends_once(name: str) -> None:
    script = powershell.render(delivery_of(name), "http://localhost:3000/")
    assert script.isascii()
    assert len(re.findall(r"(?m)^'@", script)) == script.count("@'\n")


def test_readable_deliveries_stay_readable() -> None:
    delivery = make_delivery(headers=(("X-Note", 'say "hi" \\o/'),), body=b'{"a":\n1}')
    script = powershell.render(delivery, "http://localhost:3000/hook")
    assert 'request-target = "/hook"' in script
    assert 'header = "X-Note: say \\"hi\\" \\\\o/"' in script
    assert 'data-raw = "{\\"a\\":\\n1}"' in script
