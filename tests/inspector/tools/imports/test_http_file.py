from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import NOW
from hookscope.tools.imports.found import Found, refuse_file
from hookscope.tools.imports.http_file import read_http_file
from hookscope_relay.errors import InputError

FILES = {"./body.bin": b"\xff\x00", "body.txt": b"hello {{name}}"}

REST_CLIENT = """\
@host = http://localhost:3000
@path={{host}}/api

### first
# @name first
// a comment
POST {{path}}/hook
    ?a=1
    &b=2 HTTP/1.1
Content-Type: application/json
# a commented header
X-Note: {{ path }}

{
  "a": 1
}

### second
{{host}}/plain

###
DELETE /x HTTP/1.1
Host: example.com
Authorization: Basic user pass
"""

JETBRAINS = """\
### Create
< {%
    request.variables.set("x", 1)
%}
POST https://example.com/hook HTTP/2
Content-Type: application/x-www-form-urlencoded

a=1
&b=2

> {%
    client.test("ok", function() {})
%}

<> 2026-10-05T235534.200.json

### Binary
PUT http://h/bin

< ./body.bin
"""


def read(text: str | bytes) -> Found:
    data = text.encode() if isinstance(text, str) else text
    return read_http_file(data, "a.http", NOW, FILES.__getitem__)


def test_vs_codes_files_are_read() -> None:
    found = read(REST_CLIENT)
    assert found.problems == ()
    first, second, third = (capture.delivery for capture in found.captures)
    assert (first.method, first.url) == ("POST", "http://localhost:3000/api/hook?a=1&b=2")
    assert first.headers[1:] == (("Content-Type", "application/json"), ("X-Note", "http://localhost:3000/api"))
    assert first.body == b'{\n  "a": 1\n}'
    assert (second.method, second.target, second.body) == ("GET", "/plain", b"")
    assert (third.method, third.headers) == (
        "DELETE",
        (("Host", "example.com"), ("Authorization", "Basic dXNlcjpwYXNz")),
    )


def test_jetbrains_files_are_read() -> None:
    found = read(JETBRAINS)
    assert found.problems == ()
    form, binary = (capture.delivery for capture in found.captures)
    assert (form.body, form.http_version) == (b"a=1&b=2", "2")
    assert (binary.method, binary.body) == ("PUT", b"\xff\x00")


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("POST http://h\n\n<@ body.txt", b"hello x"),
        ("POST http://h\n\na {{name}}", b"a x"),
        ("POST http://h\r\n\r\na\r\nb\r\n\r\n", b"a\nb"),
        ("POST http://h\n\n<xml>\n</xml>", b"<xml>\n</xml>"),
        ("http://h", b""),
    ],
)
def test_bodies_are_read(text: str, body: bytes) -> None:
    (capture,) = read("@name = x\n" + text).captures
    assert capture.delivery.body == body


@pytest.mark.parametrize(
    ("request_text", "words"),
    [
        ("GET http://h/{{token}}", "line 4: the file does not set {{token}}"),
        ("GET http://h\nA: {{$guid}}", "does not set {{$guid}}"),
        ("GET http://h\n\n{{x}}", "does not set {{x}}"),
        ("GET http://h\nnonsense", "line 4: 'nonsense' is not a header"),
        ("GET /a", "'/a' has no host"),
        ("two words here and more", "is no request"),
        ("curl http://h", "is no request"),
        ("POST http://h\n\n{\n< ./body.bin\n}", "put together from text and files"),
        ("POST http://h\n\n<@ ./body.bin", "is not UTF-8"),
        ("GET ftp://h", "no http(s) URL"),
    ],
)
def test_a_bad_request_is_told_with_its_line_and_the_others_are_read(request_text: str, words: str) -> None:
    found = read(f"GET http://h/1\n\n###\n{request_text}\n\n###\nGET http://h/2\n")
    assert [capture.delivery.target for capture in found.captures] == ["/1", "/2"]
    (problem,) = found.problems
    assert words in str(problem)
    assert str(problem).startswith("a.http: line 4")


def test_a_body_in_a_file_is_not_read_unasked() -> None:
    found = read_http_file(b"POST http://h\n\n< /etc/passwd", "a.http", NOW, refuse_file("a.http"))
    assert "'/etc/passwd', which is not read unasked" in str(found.problems[0])


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "holds no request"), (b"# only\n@a=b\n###\n", "holds no request"), (b"\xff", "byte 0")]
)
def test_a_file_without_a_request_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(data)


def test_variables_that_set_each_other_end() -> None:
    found = read("@a = {{b}}{{b}}\n@b = {{a}}{{a}}\nGET http://h/{{a}}")
    assert "without end" in str(found.problems[0])


@given(st.text("GET htp:/\n#<>{}%@= a", max_size=60))
def test_nothing_but_an_input_error_is_raised(text: str) -> None:
    try:
        read_http_file(text.encode(), "a.http", NOW, refuse_file("a"))
    except InputError:
        pass


@pytest.mark.parametrize(
    "line", ["{{" + " " * 200_000, "< {%\n" * 100_000, "{{a" * 100_000, "@" + " " * 200_000, "<" + "\t" * 200_000]
)
def test_hostile_lines_take_no_time(line: str) -> None:
    import time

    started = time.perf_counter()
    read(f"GET http://h\n\n{line}")
    assert time.perf_counter() - started < 2
