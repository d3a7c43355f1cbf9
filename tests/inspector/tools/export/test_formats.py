from __future__ import annotations

import pytest

from export_runs import HEADERS
from factories import make_delivery
from hookscope.commands.export import AS
from hookscope.model.capture import Capture
from hookscope.text.safe import safe_bytes
from hookscope.tools.export.formats import FORMATS
from hookscope.tools.export.source import Source, tell_endings
from hookscope_relay.errors import InputError

SOURCE = Source(Capture(delivery=make_delivery(headers=HEADERS[:4], body=b"{}")), "http://localhost:3000/hook")


def test_the_command_offers_every_format() -> None:
    assert tuple(FORMATS) == AS


@pytest.mark.parametrize("name", FORMATS)
def test_each_renders_one(name: str) -> None:
    assert FORMATS[name].render([SOURCE]).content


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "raw"])
def test_each_renders_several_and_is_inert_on_a_terminal(name: str) -> None:
    exported = FORMATS[name].render([SOURCE, SOURCE])
    assert safe_bytes(exported.content, multiline=True).encode() == exported.content


def test_a_raw_request_is_one() -> None:
    with pytest.raises(InputError, match="one at a time"):
        FORMATS["raw"].render([SOURCE, SOURCE])


@pytest.mark.parametrize(("name", "notes"), [("curl", False), ("httpie", True), ("http", True), ("python", False)])
def test_what_a_client_changes_is_noted(name: str, notes: bool) -> None:
    assert bool(FORMATS[name].render([SOURCE]).notes) is notes


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_what_it_cannot_carry_of_an_ending(name: str) -> None:
    cut = Source(
        Capture(delivery=make_delivery(headers=(), body=b"{}", broken="sender-gone")), "http://localhost:3000/hook"
    )
    whole = Source(Capture(delivery=make_delivery(headers=(), body=b"{}")), "http://localhost:3000/hook")
    plain, told = FORMATS[name].export([whole]), FORMATS[name].export([cut])
    assert plain.content
    assert set(tell_endings([cut])) <= set(told.notes)
    assert not set(tell_endings([cut])) & set(plain.notes)
