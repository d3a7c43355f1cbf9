from __future__ import annotations

import pytest

from factories import NOW
from hookscope.tools.imports.gosmee import read_gosmee
from hookscope_relay.delivery import header
from hookscope_relay.errors import InputError

NAME = "push-2026-10-05T23.55.10.285"
BODY = b'{"ref": "refs/heads/main",\n "n": 1.0}'
SCRIPT = f"""#!/usr/bin/env bash
# You can switch the targetURL with the first command line argument
set -euxfo pipefail
cd $(dirname $(readlink -f $0))

targetURL="http://localhost:8080/hook"
if [[ ${{1:-""}} == -l ]]; then
  targetURL="http://localhost:8080"
elif [[ -n ${{1:-""}} ]]; then
  targetURL=${{1}}
fi

curl -sSi -H "Content-Type: application/json" -H 'X-Github-Event: push' -H 'X-Hub-Signature-256: sha256=ab'  -X POST -d @./{NAME}.json ${{targetURL}}
""".encode()


def test_a_delivery_is_a_body_and_a_script() -> None:
    found = read_gosmee({f"{NAME}.json": BODY, f"{NAME}.sh": SCRIPT}, "saved", NOW)
    assert found.problems == ()
    delivery = found.captures[0].delivery
    assert (delivery.method, delivery.url, delivery.body) == ("POST", "http://localhost:8080/hook", BODY)
    assert delivery.headers == (
        ("Host", "localhost:8080"),
        ("Content-Type", "application/json"),
        ("X-Github-Event", "push"),
        ("X-Hub-Signature-256", "sha256=ab"),
    )
    assert delivery.received_at == 1791244500.285
    assert "gosmee keeps some headers only" in found.notes[0]


def test_a_body_without_a_script_has_no_headers_and_says_so() -> None:
    found = read_gosmee({"x.json": BODY}, "saved", NOW)
    delivery = found.captures[0].delivery
    assert (delivery.body, header(delivery.headers, "content-type"), delivery.received_at) == (
        BODY,
        "application/json",
        NOW,
    )
    assert "saved/x.json has no .sh beside it" in found.notes[0]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"b.json": BODY[:-1]}, "saved/b.json: line 2"),
        ({"b.json": BODY, "b.sh": b"echo"}, "saved/b.sh has no line that begins with curl"),
        ({"b.json": BODY, "b.sh": b"curl -d @./c.json x"}, "saved/b.sh does not send b.json"),
        ({"b.json": BODY, "b.sh": b"curl -d @./b.json $(id)"}, "whose value only a shell knows"),
        ({"b.json": BODY, "b.sh": b"curl -d @./b.json -d @/etc/passwd http://h"}, "not read unasked"),
    ],
)
def test_a_bad_file_is_told_and_the_others_are_read(files: dict[str, bytes], words: str) -> None:
    found = read_gosmee({"a.json": b"{}", "c.json": b"[]"} | files, "saved", NOW)
    assert len(found.captures) == 2
    assert words in str(found.problems[0])


def test_a_directory_without_json_is_refused() -> None:
    with pytest.raises(InputError, match=r"saved has no \.json file"):
        read_gosmee({"a.sh": SCRIPT}, "saved", NOW)


@pytest.mark.parametrize("name", ["push-9999-99-99T99.99.99.999", "x"])
def test_a_name_without_a_time_is_no_trouble(name: str) -> None:
    assert read_gosmee({f"{name}.json": BODY}, "saved", NOW).captures[0].delivery.received_at == NOW
