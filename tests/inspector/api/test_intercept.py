"""The intercepting proxy: what is said without it, and where mitmproxy is there, a real one before a real gateway."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from api_stand_in import notion, standing_in
from hookscope.api.directory import Api
from hookscope.api.gateway import Gateway
from hookscope.api.intercept import AUTHORITY, check_environment, find_program, intercept
from hookscope.model.call import Call
from hookscope_relay.errors import InputError

WITHIN_S = 60.0


def test_without_mitmproxy_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(InputError, match="needs mitmproxy") as said:
        find_program()
    assert "hookscope[intercept]" in str(said.value)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "all_proxy"])
def test_two_proxies_in_a_row_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=name):
        check_environment({name: "http://proxy.example"})
    check_environment({})


@pytest.mark.skipif(shutil.which("mitmdump") is None, reason="mitmproxy is not installed")
async def test_unchanged_code_is_traced_and_the_key_is_private(tmp_path: Path) -> None:
    calls: list[Call] = []
    program = "import urllib.request as u\ntry: u.urlopen('https://api.notion.com/v1/users/me?x=%2F')\nexcept u.HTTPError as error: print(error.code, error.read().decode())"
    environ = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    with standing_in(notion) as api:
        gateway = Gateway({"notion": Api(name="notion", base=api.url)}, calls.append)
        await gateway.start(0)

        def work() -> subprocess.CompletedProcess[str]:
            with intercept({"api.notion.com": "notion"}, gateway.port, tmp_path / "intercept", environ) as added:
                bundle = ssl.create_default_context(cafile=added["SSL_CERT_FILE"]).cert_store_stats()["x509_ca"]
                assert bundle > 1
                return subprocess.run(
                    [sys.executable, "-c", program],
                    env={**environ, **added},
                    capture_output=True,
                    encoding="utf-8",
                    timeout=WITHIN_S,
                )

        done = await asyncio.to_thread(work)
        await gateway.stop()
    assert done.stdout.startswith("401 "), done.stderr
    assert api.asked == [("GET", "/v1/users/me?x=%2F")]
    assert (calls[0].target, calls[0].status) == ("/v1/users/me?x=%2F", 401)
    assert (tmp_path / "intercept" / AUTHORITY).is_file()
    for path in (tmp_path / "intercept").iterdir():
        assert not path.stat().st_mode & 0o077 or path.name == "bundle.pem", path
    assert not (tmp_path / "intercept").stat().st_mode & 0o077
