from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from export_runs import BODIES, HEADERS, TARGETS, encoded, run_export
from factories import NOW, make_delivery
from hookscope.model.capture import Capture
from hookscope.tools.export import http_file
from hookscope.tools.export.request import build_request
from hookscope.tools.export.source import Exported, Source
from hookscope.tools.imports.http_file import read_http_file
from hookscope_relay.delivery import Delivery, without
from hookscope_relay.errors import InputError

URL = "http://localhost:3000/hook"
ASCII = tuple(pair for pair in HEADERS if pair[1].isascii())


def render(delivery: Delivery, url: str = URL) -> Exported:
    return http_file.render([Source(Capture(delivery=delivery), url)])


def read_back(exported: Exported) -> list[Delivery]:
    files = {f"./{name}": content for name, content in exported.files}
    found = read_http_file(exported.content, "a.http", NOW, files.__getitem__)
    assert found.problems == ()
    return [capture.delivery for capture in found.captures]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_it_reads_back_as_the_same_request(body: bytes) -> None:
    delivery = make_delivery(headers=ASCII, body=body)
    (back,) = read_back(render(delivery))
    assert (back.method, back.url, back.body) == ("POST", URL, body)
    assert without(back.headers, {"host"}) == build_request(delivery, URL).headers


@pytest.mark.parametrize("target", [target for target in TARGETS if "#" not in target])
def test_the_target_reads_back_as_it_was(target: str) -> None:
    (back,) = read_back(render(make_delivery(headers=()), "http://localhost:3000" + target))
    assert back.target == target


@pytest.mark.parametrize(
    ("body", "in_place"),
    [
        (b'{"a":1}', True),
        (b"a=1&b=2", True),
        (b"", True),
        (b"<xml/>", False),
        (b"# not a comment", False),
        (b"// x", False),
        (b"{{secret}}", False),
        (b'{"a":"{{b}}"}', False),
        (b"a\nb", False),
        (b"a ", False),
        (b" a", False),
        (b"a\n", False),
        (b"### x", False),
        (b"> x", False),
        (b"@a=1", False),
        (b"\xff", False),
        (b"a\rb", False),
    ],
)
def test_a_body_that_a_client_could_change_is_a_file(body: bytes, in_place: bool) -> None:
    exported = render(make_delivery(body=body, headers=()))
    assert (exported.files == ()) is in_place
    assert [content for _, content in exported.files] == ([] if in_place else [body])


def test_several_requests_are_one_file() -> None:
    sources = [Source(Capture(delivery=make_delivery(headers=(), method=method)), URL) for method in ("PUT", "DELETE")]
    assert [back.method for back in read_back(http_file.render(sources))] == ["PUT", "DELETE"]


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ((("X", "caf\xe9"),), URL),
        ((("X", "Å".encode().decode("latin-1")),), URL),
        ((("X", "{{a}}"),), URL),
        ((("X", "\x1b"),), URL),
        ((), URL + "?{{a}}"),
        ((), URL + "\xe9"),
    ],
)
def test_what_the_format_cannot_write_is_refused(headers: tuple[tuple[str, str], ...], url: str) -> None:
    with pytest.raises(InputError, match="use --as curl"):
        render(make_delivery(headers=headers), url)


@pytest.mark.parametrize(("headers", "notes"), [((("A", "1"),), 1), ((("A", "1"), ("a", "2")), 2)])
def test_what_the_clients_do_of_their_own_is_told(headers: tuple[tuple[str, str], ...], notes: int) -> None:
    assert len(render(make_delivery(headers=headers)).notes) == notes


@pytest.mark.parametrize(
    ("target", "tidied"),
    [
        ("/a/../b", True),
        ("/.", True),
        ("/..?a", True),
        ("/a#b", True),
        ("/a?", True),
        ("/a\\b", True),
        ("/a|b", True),
        ("//a/.b/..c?d=..&e=/x", False),
        ("/%2F%7e;a?b={c}[]", False),
    ],
)
def test_a_target_that_the_clients_tidy_is_told(target: str, tidied: bool) -> None:
    notes = render(make_delivery(headers=()), "http://localhost" + target).notes
    assert ("VS Code and JetBrains tidy the target" in notes) is tidied


@pytest.mark.skipif(shutil.which("httpyac") is None, reason="httpyac, a client for .http files, is not installed")
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_every_body_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    monkeypatch.chdir(tmp_path)  # httpyac takes files below its working directory only
    # httpyac merges headers that differ in case only, and orders them as Node does.
    delivery = make_delivery(headers=(("Content-Type", "application/json"), ("X-b", "1")), body=body)

    def command(url: str) -> list[str]:
        exported = render(delivery, url)
        for name, content in (("a.http", exported.content), *exported.files):
            (tmp_path / name).write_bytes(content)
        return ["httpyac", "send", "a.http", "--all"]

    message = await run_export(delivery, command)
    assert (message.method, message.target, message.body) == (b"POST", delivery.target.encode(), body)
    assert {name.lower() for name, _ in encoded(delivery.headers)} <= {name.lower() for name, _ in message.headers}
