from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from factories import NOW, Run, make_delivery
from held import begun
from hookscope.config.settings import places
from hookscope.model.capture_file import loads
from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore
from hookscope.tools.save.load import load_fixtures
from hookscope_relay.delivery import Answer, Delivery

SECRET = "kangaroo-42"
HEADERS = (
    ("Content-Type", "application/json"),
    ("Authorization", f"Bearer {SECRET}"),
    ("X-Notion-Signature", "sha256=00"),
)


def delivery(number: int, **changes: object) -> Delivery:
    body = json.dumps({"n": number, "email": "ann@corp.example"}).encode()
    values = {"url": "https://relay.example/e/", "headers": HEADERS, "body": body}
    return make_delivery(**{**values, **changes})


async def fill(path: Path, deliveries: list[Delivery], event: str) -> None:
    store = CaptureStore.open(path)
    for one in deliveries:
        await store.keep(one, origin="live", recognition=Recognition(provider="notion", event_type=event))
        number = await store.begin_attempt(one.id, begun("live", "http://127.0.0.1:3000/", NOW))
        await store.end_attempt(one.id, number, elapsed_ms=7.0, answer=Answer(status=200 if number == 1 else 500))
    store.close()


@pytest.fixture
def keep(home: Path) -> Callable[..., None]:
    def call(*deliveries: Delivery, event: str = "page.created") -> None:
        asyncio.run(fill(places({"HOOKSCOPE_HOME": str(home)}).captures, list(deliveries), event))

    return call


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_second_save_gives_no_difference_even_after_a_replay(run: Run, keep: Callable[..., None], home: Path) -> None:
    keep(delivery(1), delivery(2))
    code, out, err = run("1", "last", "out")
    first = contents(Path("out"))
    assert (code, len(first), out.count("\n")) == (0, 2, 2)
    assert sorted(out.splitlines()) == sorted(f"out/{name}" for name in first)
    assert "2 written" in err

    async def replay() -> None:
        store = CaptureStore.open(places({"HOOKSCOPE_HOME": str(home)}).captures)
        one = store.find("1").delivery.id
        number = await store.begin_attempt(one, begun("replay", "http://127.0.0.1:3000/", NOW + 9))
        await store.end_attempt(one, number, elapsed_ms=1.0, answer=Answer(status=204))
        store.close()

    asyncio.run(replay())
    code, _, err = run("--where", "provider:notion", "out")
    assert (code, contents(Path("out"))) == (0, first)
    assert "2 unchanged" in err


def test_secrets_are_in_no_file_and_have_one_placeholder_in_all(run: Run, keep: Callable[..., None]) -> None:
    keep(delivery(1), delivery(2))
    assert run("1", "2", "out")[0] == 0
    files = list(contents(Path("out")).values())
    assert not any(SECRET.encode() in file or b"ann@corp" in file for file in files)
    one, two = (loads(file) for file in files)
    assert one.delivery.headers[1] == two.delivery.headers[1]
    assert json.loads(one.delivery.body)["email"] == json.loads(two.delivery.body)["email"]
    assert one.redacted == ("header:Authorization", "body:/email")


def test_keep_bytes_keeps_every_byte(run: Run, keep: Callable[..., None]) -> None:
    binary = delivery(1, body=bytes(range(256)), target="/x?token=abc&y=%zz", url="")
    keep(binary)
    code, _, err = run("1", "out", "--keep-bytes")
    (loaded,) = load_fixtures(["out"])
    assert loaded.capture is not None
    assert (code, loaded.capture.delivery, loaded.capture.redacted) == (0, binary, ())
    assert "private" in err


def test_keep_bytes_is_not_taken_from_a_project(run: Run, keep: Callable[..., None]) -> None:
    keep(delivery(1))
    Path("hookscope.toml").write_text("[save]\nkeep-bytes = true\n", "utf-8")
    assert run("1", "out")[0] == 11
    assert not Path("out").exists()


def test_patterns_of_a_project_are_redacted(run: Run, keep: Callable[..., None]) -> None:
    keep(delivery(1, body=b'{"customer":"CUST-77","iban":"DE00"}'))
    Path("hookscope.toml").write_text("[redaction]\npatterns = ['CUST-\\d+']\nfields = ['iban']\n", "utf-8")
    assert run("1", "out")[0] == 0
    (file,) = contents(Path("out")).values()
    assert b"CUST-77" not in file
    assert b"DE00" not in file


def test_what_is_there_with_another_content_stays_and_the_others_are_saved(run: Run, keep: Callable[..., None]) -> None:
    keep(delivery(1), delivery(2))
    path = Path(run("1", "out")[1].strip())
    edited = path.read_bytes().replace(b'"scheme": "https"', b'"scheme": "http"')
    path.write_bytes(edited)
    code, out, err = run("1", "2", "out")
    assert (code, out.count("\n"), path.read_bytes()) == (8, 1, edited)
    assert "--force" in err
    assert run("1", "out", "--force")[0] == 0
    assert path.read_bytes() != edited


def test_json_tells_path_state_and_places(run: Run, keep: Callable[..., None]) -> None:
    keep(delivery(1))
    row = json.loads(run("last", "out", "--json")[1])
    assert list(row) == ["path", "id", "state", "redacted"]
    assert (row["state"], row["redacted"]) == ("written", ["header:Authorization", "body:/email"])


def test_it_says_that_signatures_do_not_verify_any_more(run: Run, keep: Callable[..., None]) -> None:
    keep(delivery(1), delivery(2, body=b"{}"))
    assert "of 1 the body was redacted: a signature over it no longer verifies" in run("1", "2", "out")[2]


def test_an_event_of_hostile_letters_leads_nowhere_and_tells_no_secret(run: Run, keep: Callable[..., None]) -> None:
    keep(delivery(1), event="../../../ghp_" + "a1" * 18 + "\x1b[2J")
    code, out, _ = run("1", "out")
    assert code == 0
    assert "a1a1" not in out
    assert Path(out.strip()).resolve().parent == Path("out/notion").resolve()


def test_a_body_that_cannot_be_searched_is_not_saved_but_the_others_are(run: Run, keep: Callable[..., None]) -> None:
    keep(delivery(1, headers=(("Content-Encoding", "zip"),)), delivery(2))
    code, out, err = run("1", "2", "out")
    assert (code, out.count("\n")) == (11, 1)
    assert "--keep-bytes" in err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["out"], 2),
        (["1", "2"], 2),
        (["1", "last"], 2),
        (["9", "out"], 10),
        (["1", "file"], 2),
        (["1", ""], 2),
        (["1", "x" * 5000], 8),
        (["--where", "stauts:1", "out"], 2),
        (["1", "out", "--redaction-key", "file"], 9),
    ],
)
def test_bad_input_is_told_before_anything_is_written(
    run: Run, keep: Callable[..., None], arguments: list[str], code: int
) -> None:
    keep(delivery(1))
    Path("file").write_text("x")
    Path("file").chmod(0o600)
    got, out, err = run(*arguments)
    assert (got, out, err.count("\n")) == (code, "", 1)
    assert sorted(path.name for path in Path().iterdir()) == ["file", "home"]


def test_nothing_that_meets_the_filter_is_no_error(run: Run, keep: Callable[..., None]) -> None:
    keep(delivery(1))
    code, out, err = run("--where", "provider:stripe", "out")
    assert (code, out) == (0, "")
    assert "none" in err
