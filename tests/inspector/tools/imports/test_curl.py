from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest

from export_runs import BODIES, DELIVERIES, delivery_of, run_export
from factories import NOW, make_delivery
from hookscope.tools.export import curl as exporting
from hookscope.tools.imports.curl import read_curl
from hookscope.tools.imports.found import Found, refuse_file
from hookscope_relay.delivery import Delivery, header, without
from hookscope_relay.errors import InputError

FILES = {"body.json": b'{"a":\n1}\r\n', "headers": b"A: 1\nB: 2\n"}


def read(text: str) -> Found:
    return read_curl(text.encode("utf-8", "surrogateescape"), "a.txt", NOW, refuse_file("the command"))


def one(text: str) -> Delivery:
    found = read_curl(text.encode(), "a.txt", NOW, FILES.__getitem__)
    assert found.problems == ()
    (capture,) = found.captures
    return capture.delivery


# What curl really sends for each of these is compared below.
COMMANDS = [
    "curl URL",
    "curl -X PUT URL/a?b=1#c",
    "curl -d a=1 -d b=2 URL",
    "curl -da=1 URL",
    "curl --data-raw '@x' URL",
    "curl --data-binary $'\\xff\\x01' URL",
    "curl --json '{\"a\":1}' URL",
    "curl --json '{' --json '}' -H 'accept: x' URL",
    "curl -d x -H 'Content-Type:' URL",
    "curl -d x -H 'content-type: text/x' -H 'X-B: 1' -H 'x-b: 2' URL",
    "curl -H 'X-Empty;' -H 'X-Gone:' URL",
    "curl -H 'Host: other' -H 'A: 1' URL",
    "curl -u user:pass URL",
    "curl -u user:pass -H 'Authorization: Bearer x' URL",
    "curl --oauth2-bearer tok URL",
    "curl -I URL",
    "curl -G -d a=1 -d b=2 URL/x?y=2",
    "curl -A me -e http://r/ -b 'a=1; b=2' -r 0-9 URL",
    "curl -sSLkiv --max-time 9 -o /dev/null URL",
    "curl --data-urlencode 'a b' --data-urlencode '=c d' --data-urlencode 'n=e&f' URL",
    "curl URL/a/../b/./c/..",
    "curl --path-as-is URL/a/../b",
    "curl -g 'URL/{a}[1-2]'",
    "curl --request-target '/x//y' URL",
    "curl --url URL/x",
    "curl -XPOST URL",
    "curl -d '' URL",
    "curl -H 'X-Utf: é' URL",
]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("command", COMMANDS)
async def test_it_is_what_curl_really_sends(command: str) -> None:
    def run(url: str) -> list[str]:
        # -q keeps the tester's own settings out; --user-agent is known to differ by version and is taken off below.
        return ["bash", "-c", command.replace("curl ", "curl -q ", 1).replace("URL", url.removesuffix("/"))]

    message = await run_export(make_delivery(target="/"), run, no_proxy="*")
    host = message.values(b"host")[0].decode()
    delivery = one(command.replace("URL", f"http://{host}" if host != "other" else "http://other"))
    assert message.first_line.decode("latin-1") == f"{delivery.method} {delivery.target} HTTP/1.1"
    assert message.body == delivery.body
    sent = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message.headers]
    if "-A" not in command:
        sent = [pair for pair in sent if pair[0] != "User-Agent"]
    # Versions of curl differ in where they write these.
    moving = {"cookie", "referer", "content-length", "content-type"}
    assert without(tuple(sent), moving) == without(delivery.headers, moving)
    assert sorted(sent) == sorted(delivery.headers)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_what_was_exported_reads_back_where_it_needs_no_pipe(body: bytes) -> None:
    delivery = make_delivery(headers=(("X-b", "1"), ("x-B", "it's")), body=body)
    text = exporting.render(delivery, "http://localhost:3000//a")
    if " | curl" in text:
        with pytest.raises(InputError, match="here-document") if "<<" in text else contextlib.nullcontext():
            assert "not with curl" in str(read(text).problems[0])
        return
    found = read(text)
    back = found.captures[0].delivery
    assert (back.method, back.target, back.body) == ("POST", "//a", body)
    assert without(back.headers, {"host", "content-length"}) == delivery.headers


def test_chromes_copy_as_curl_is_read() -> None:
    delivery = one(
        "curl 'https://example.com/hook?a=1' \\\n  -X 'POST' \\\n  -H 'accept: */*' \\\n  -b 'sid=1' \\\n"
        '  --data-raw $\'{"a":"it\\\'s \\u0021"}\' \\\n  --insecure ;'
    )
    assert delivery.body == b'{"a":"it\'s !"}'
    assert (delivery.scheme, header(delivery.headers, "cookie")) == ("https", "sid=1")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("$ curl http://h/", 1),
        ("A=1 B=2 /usr/bin/curl http://h/ | jq .", 1),
        ("curl http://h/1\ncurl http://h/2", 2),
        ("# a comment\ncurl http://h/ > x 2>&1", 1),
        ("\ufeffcurl h", 1),
    ],
)
def test_what_stands_around_a_command_is_left_out(text: str, count: int) -> None:
    found = read(text)
    assert (len(found.captures), found.problems) == (count, ())


def test_files_are_read_only_by_the_reader_given() -> None:
    assert one("curl -d @body.json h").body == b'{"a":1}'
    assert one("curl --data-binary @body.json h").body == FILES["body.json"]
    assert one("curl --data-urlencode n@body.json h").body == b"n=%7B%22a%22%3A%0A1%7D%0D%0A"
    assert one("curl -H @headers h").headers[2:] == (("A", "1"), ("B", "2"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("curl -d @/etc/passwd h", "'/etc/passwd', which is not read unasked"),
        ("curl --data-binary @- h", "'-', which is not read unasked"),
        ("curl -H @x h", "which is not read unasked"),
        ("curl -b jar h", "takes cookies from the file 'jar'"),
        ("curl -F a=1 h", "--form builds a body whose boundary nobody knows yet"),
        ("curl -T x h", "--upload-file sends a file"),
        ("curl -K x h", "--config takes options from a file"),
        ("curl --digest -u a:b h", "--digest signs in with more than one request"),
        ("curl -d x", "has 0 URLs"),
        ("curl a b", "has 2 URLs"),
        ("curl 'http://h/{a,b}'", "pattern of curl's"),
        ("curl 'http://h/[1-9]'", "pattern of curl's"),
        ("curl -H nonsense h", "'nonsense' is not a header"),
        ("curl -X 'A B' h", "the method"),
        ("curl ftp://h", "no http(s) URL"),
        ("wget h", "begins with 'wget', not with curl"),
        ("cat x | curl -d @- h", "begins with 'cat', not with curl"),
    ],
)
def test_what_is_no_single_request_is_told(text: str, words: str) -> None:
    found = read(text)
    assert found.captures == ()
    assert words in str(found.problems[0])


@pytest.mark.parametrize(
    ("text", "words"),
    [("curl ^\n -d x", "Windows' cmd"), ('curl ^"http://h^"', "Windows' cmd"), ("# nothing", "holds no command")],
)
def test_what_is_no_command_of_a_posix_shell_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(text)


@pytest.mark.parametrize("name", [name for name in DELIVERIES if name.startswith("target")])
def test_exported_targets_read_back(tmp_path: Path, name: str) -> None:
    delivery = delivery_of(name)
    found = read(exporting.render(make_delivery(headers=(), target=delivery.target), f"http://h{delivery.target}"))
    assert found.captures[0].delivery.target == delivery.target.partition("#")[0]
