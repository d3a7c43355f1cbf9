from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from export_runs import DELIVERIES, HEADERS, ODD_BYTES, assert_exact, delivery_of, run_export
from factories import make_delivery
from hookscope.text.safe import safe_text
from hookscope.tools.export import curl
from hookscope_relay.errors import InputError

SHELLS = [name for name in ("dash", "bash", "zsh", "mksh") if shutil.which(name)]

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def script(tmp_path: Path, text: str) -> str:
    path = tmp_path / "replay.sh"
    path.write_bytes(text.encode())
    return str(path)


@needs_curl
@pytest.mark.parametrize("name", DELIVERIES)
async def test_every_byte_arrives(tmp_path: Path, name: str) -> None:
    delivery = delivery_of(name)
    assert_exact(await run_export(delivery, lambda url: ["sh", script(tmp_path, curl.render(delivery, url))]), delivery)


@needs_curl
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", ["odd bytes", "body every-byte", "body long-binary", "target /x\\y|z^`"])
async def test_every_shell_reads_it_alike(tmp_path: Path, shell: str, name: str) -> None:
    delivery = delivery_of(name)
    assert_exact(
        await run_export(delivery, lambda url: [shell, script(tmp_path, curl.render(delivery, url))]), delivery
    )


@needs_curl
async def test_the_users_own_settings_do_not_mix_in(tmp_path: Path) -> None:
    (tmp_path / ".curlrc").write_text('header = "X-Mine: 1"\n')
    delivery = make_delivery(headers=HEADERS, target="/a")
    environ = {"HOME": str(tmp_path), "http_proxy": "http://127.0.0.1:9", "all_proxy": "http://127.0.0.1:9"}
    command = lambda url: ["sh", script(tmp_path, curl.render(delivery, url))]  # noqa: E731
    assert_exact(await run_export(delivery, command, **environ), delivery)


def test_it_reads_as_a_person_would_write_it() -> None:
    delivery = make_delivery(headers=(("Content-Type", "application/json"), ("X-Note", "it's")), body=b'{"a": 1}')
    assert curl.render(delivery, "http://localhost:3000/hook?a=1") == (
        "curl -q -sS --http1.1 --globoff --path-as-is --noproxy '*' \\\n"
        "  'http://localhost:3000/hook?a=1' \\\n"
        "  -i -X POST \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        "  -H 'X-Note: it'\\''s' \\\n"
        "  -H User-Agent: \\\n"
        "  -H Accept: \\\n"
        "  --data-raw '{\"a\": 1}'\n"
    )


def test_another_machine_may_need_a_proxy() -> None:
    assert "--noproxy" not in curl.render(make_delivery(), "https://example.com/")


@given(body=st.binary(max_size=200), value=st.binary(max_size=60))
def test_the_command_is_inert_on_a_terminal(body: bytes, value: bytes) -> None:
    plain = value.translate(None, b"\0\r\n").decode("latin-1")
    text = curl.render(make_delivery(body=body, headers=(*ODD_BYTES, ("X", plain))), "http://h/")
    assert safe_text(text, multiline=True) == text


def test_a_header_that_would_read_a_file_is_refused() -> None:
    with pytest.raises(InputError):
        curl.render(make_delivery(headers=(("@/etc/passwd", ""),)), "http://h/")
