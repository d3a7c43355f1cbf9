from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from factories import NOW, make_delivery
from held import begun
from hookscope import cli
from hookscope.config.settings import places
from hookscope.model.finding import Evidence, Finding
from hookscope.model.verdict import Recognition, Verdict
from hookscope.store.captures import CaptureStore
from hookscope_relay.delivery import Answer

Run = Callable[..., tuple[int, str, str]]

TOKEN = "abcdefghijklmnopqrstuvwx"
PASSWORD = "kangaroo-42"
FOUND = Finding(
    code="csrf.refused",
    severity="error",
    cause="csrf",
    layer="framework",
    title=f"refused {PASSWORD} for ann@corp.example \x1b[31m",
    hint="Exempt the view.",
    evidence=(Evidence(f"the header says {TOKEN}", "request.headers.Authorization"),),
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs `hookscope report`; gives the exit code, standard output and standard error."""
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["report", *arguments])
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return call


async def fill(path: Path) -> None:
    store = CaptureStore.open(path)
    headers = (("Content-Type", "application/json"), ("Authorization", f"Bearer {TOKEN}"))
    body = f'{{"password":"{PASSWORD}","t":"```\\n# head"}}'.encode()
    one = make_delivery(headers=headers, body=body, target=f"/hook?token={TOKEN}")
    await store.keep(one, origin="live", recognition=Recognition(provider="notion", event_type="page.created"))
    number = await store.begin_attempt(one.id, begun("live", f"http://127.0.0.1:3000/hook?token={TOKEN}", NOW))
    answer = Answer(status=403, reason="\x1b[31mno", headers=(("Set-Cookie", f"a={TOKEN}"),), body=PASSWORD.encode())
    await store.end_attempt(one.id, number, elapsed_ms=7.0, answer=answer)
    await store.keep_findings(one.id, number, Verdict(state="rejected", provider="notion", reason="mismatch"), [FOUND])
    await store.keep(make_delivery(method="BAD METHOD", target="", headers=(), body=b""), origin="live")
    store.close()


@pytest.fixture
def filled(tmp_path: Path) -> None:
    asyncio.run(fill(places({"HOOKSCOPE_HOME": str(tmp_path / "home")}).captures))


@pytest.mark.usefixtures("filled")
def test_a_report_shows_no_secret_but_four_characters_at_each_end(run: Run) -> None:
    code, out, err = run("1")
    assert (code, err) == (0, "")
    assert TOKEN not in out
    assert PASSWORD not in out
    assert "ann@corp" not in out
    assert "Authorization: Bearer abcd...uvwx" in out
    assert "token=abcd...uvwx" in out
    assert "the header says abcd...uvwx" in out


@pytest.mark.usefixtures("filled")
def test_a_report_has_every_part(run: Run) -> None:
    _, out, _ = run("1")
    for words in (
        "page.created got 403",
        "rejected: the signature is of other bytes or another secret",
        "`csrf.refused`",
        "Exempt the view.",
        "## Timeline",
        "curl -q",
    ):
        assert words in out
    assert "\x1b" not in out


@pytest.mark.usefixtures("filled")
def test_a_delivery_that_no_client_can_send_has_a_report_without_a_command_line(run: Run) -> None:
    code, out, _ = run("2")
    assert code == 0
    assert "Left out:" in out
    assert "No attempt was made." in out


@pytest.mark.parametrize("name", ["1", "last", "0ZZZZ"])
def test_an_unknown_capture_is_told(run: Run, name: str) -> None:
    code, out, err = run(name)
    assert (code, out, err.count("\n")) == (10, "", 1)
