from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from export_runs import DELIVERIES, assert_exact, delivery_of, encoded, end_to_end, run_export
from factories import make_delivery
from hookscope.text.safe import safe_text
from hookscope.tools.export import httpie
from hookscope.tools.export.request import build_request
from hookscope_relay.errors import InputError

URL = "http://localhost:3000/hook"
UNSENDABLE = ("odd bytes", "method M-SEARCH", "bare M-SEARCH")


@pytest.mark.skipif(shutil.which("http") is None, reason="HTTPie is not installed")
@pytest.mark.parametrize("name", [name for name in DELIVERIES if name not in UNSENDABLE])
async def test_what_arrives_is_exact_but_for_what_the_notes_say(tmp_path: Path, name: str) -> None:
    delivery = delivery_of(name)
    path = tmp_path / "replay.sh"

    def command(url: str) -> list[str]:
        path.write_bytes(httpie.render(delivery, url).encode())
        return ["sh", str(path)]

    message = await run_export(delivery, command, HTTPIE_CONFIG_DIR=str(tmp_path))
    request = build_request(delivery, URL + delivery.target)
    if httpie.limits(request):
        assert sorted(end_to_end(message)) == sorted(encoded(request.headers))
        assert message.body == delivery.body
    else:
        assert_exact(message, delivery)


@pytest.mark.parametrize(
    ("header", "item"),
    [
        (("X", "1"), "X:1"),
        (("X", ""), "'X;'"),
        (("X", "=1"), "'X:\\=1'"),
        (("X", "@/etc/passwd"), "'X:\\@/etc/passwd'"),
        (("X", ":1"), "'X:\\:1'"),
        (("X", "a=b@c:d;e"), "'X:a=b@c:d;e'"),
        (("X", "\\d"), "'X:\\d'"),
        (("X", "Å".encode().decode("latin-1")), "'X:Å'"),
        (("X", "\x1b"), "\"$(printf 'X:\\033')\""),
    ],
)
def test_a_header_is_an_item(header: tuple[str, str], item: str) -> None:
    lines = httpie.render(make_delivery(headers=(header,)), URL).splitlines()
    assert f"  {item} \\" in lines


def test_defaults_are_taken_away() -> None:
    text = httpie.render(make_delivery(headers=(("accept", "x"),)), URL)
    assert [name for name in httpie.DEFAULTS if f" {name}: \\" in text or text.endswith(f" {name}:\n")] == [
        "User-Agent",
        "Accept-Encoding",
        "Content-Type",
    ]


@pytest.mark.parametrize(
    "changes",
    [{"headers": (("X", "caf\xe9"),)}, {"headers": (("X", "a\\:b"),)}, {"method": "M-SEARCH"}],
)
def test_what_httpie_cannot_send_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InputError, match="use --as curl"):
        httpie.render(make_delivery(**changes), URL)


@pytest.mark.parametrize(
    ("changes", "target", "notes"),
    [
        ({"headers": (("Accept", "a"), ("X", "1"))}, "/", 0),
        ({"headers": (("X", "1"), ("Accept", "a"))}, "/", 1),
        ({"headers": (("X", "1"), ("x", "2"))}, "/", 1),
        ({"headers": ()}, "/a%2Fb?q=%20&c=(1)", 0),
        ({"headers": ()}, "/a%2fb", 1),
        ({"headers": ()}, "/%41", 1),
        ({"headers": ()}, "/a?", 1),
        ({"headers": ()}, "/a[]", 1),
        ({"headers": (), "method": "post"}, "/", 1),
    ],
)
def test_what_httpie_changes_is_told(changes: dict[str, object], target: str, notes: int) -> None:
    assert len(httpie.limits(build_request(make_delivery(**changes), "http://h" + target))) == notes


@pytest.mark.parametrize("name", [name for name in DELIVERIES if name not in UNSENDABLE])
def test_the_command_is_inert_on_a_terminal(name: str) -> None:
    text = httpie.render(delivery_of(name), URL)
    assert safe_text(text, multiline=True) == text
