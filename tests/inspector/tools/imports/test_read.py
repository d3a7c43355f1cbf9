from __future__ import annotations

import importlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import NOW, make_delivery
from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps
from hookscope.tools.imports.read import FORMATS, READERS, read, recognise
from hookscope_relay.errors import InputError

CAPTURE = dumps(Capture(delivery=make_delivery(), provider="notion")).encode()
NEWER = CAPTURE.replace(b"hookscope/1", b"hookscope/2")


@pytest.mark.parametrize(
    ("data", "name", "form"),
    [
        (CAPTURE, "a", "capture"),
        (NEWER, "a", "capture"),
        (b'\xef\xbb\xbf {"log": {}}', "a", "har"),
        (b'{"requests": []}', "a", "ngrok"),
        (b'{"request": {}}', "a", "ngrok"),
        (b"curl http://h", "a", "curl"),
        (b"\n  $ curl \\\n x", "a", "curl"),
        (b"A=1 /usr/bin/curl x", "a", "curl"),
        (b"POST / HTTP/1.1\r\nHost: h\r\n\r\n", "a", "raw"),
        (b"POST http://h/ HTTP/1.1\r\n\r\n", "a", "http"),
        (b"POST / HTTP/1.1\nHost: h\n", "a.http", "http"),
        (b"POST / HTTP/1.1\nHost: h\n", "a.REST", "http"),
        (b"### x\nGET http://h", "a", "http"),
        (b"@a=b\n\nGET {{a}}", "a", "http"),
        (b"https://h/x", "a", "http"),
    ],
)
def test_a_format_is_recognised(data: bytes, name: str, form: str) -> None:
    assert recognise(data, name) == form


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "a is empty"),
        (b" \n", "a is empty"),
        (b"[1]", "holds no request"),
        (b'{"a":1}', "--format gosmee"),
        (b'{"log":', "line 1, column 8"),
        (b"\x1f\x8b\x08", "compressed by gzip; unpack it first"),
        (b"PK\x03\x04", "zip archive"),
        (b"\x80\x04\x95\x00", "pickle, which is never loaded"),
        (b"--- !!python/object/apply:os.system\nargs: [id]\n", "YAML, which is never loaded"),
        (b"interactions:\n- request:\n", "no format that is known; name it with --format"),
        (b"\xd4\xc3\xb2\xa1", "packet capture"),
        (b"hello", "no format that is known"),
        (NEWER, "newer than this program"),
        (CAPTURE[:-40], "the JSON is broken or cut off"),
        (b"### x\nGET http://h\n" + b"#" * (8 << 20), "more than 8 MiB"),
    ],
)
def test_what_cannot_be_read_is_told(data: bytes, words: str) -> None:
    with pytest.raises(InputError) as told:
        read(data, "a", NOW)
    assert words in str(told.value)
    assert str(told.value).startswith("a")


def test_a_capture_file_keeps_its_id_and_gets_one_where_it_has_none() -> None:
    assert read(CAPTURE, "a", NOW).captures[0].delivery.id == json.loads(CAPTURE)["delivery"]["id"]
    data = json.loads(CAPTURE)
    data["delivery"]["id"] = "…"
    one, other = (read(json.dumps(data).encode(), "a", now).captures[0].delivery.id for now in (NOW, 0.0))
    assert one == other
    assert len(one) == 26


def test_a_format_that_is_named_is_not_guessed() -> None:
    assert len(read(b"POST / HTTP/1.1\nHost: h\n", "a", NOW, "http").captures) == 1
    with pytest.raises(InputError, match="is no request line"):
        read(CAPTURE, "a", NOW, "raw")


def test_the_command_offers_every_format() -> None:
    command = importlib.import_module("hookscope.commands.import")
    assert FORMATS == command.AS
    assert set(READERS) | {"auto", "gosmee"} == set(FORMATS)


@pytest.mark.parametrize("form", [None, *READERS])
@given(data=st.binary(max_size=60) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")))
def test_nothing_but_an_input_error_is_raised(form: str | None, data: bytes) -> None:
    try:
        read(data, "a", NOW, form or "auto")
    except InputError:
        pass
