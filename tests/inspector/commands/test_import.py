from __future__ import annotations

import json
from pathlib import Path

import pytest

from factories import Run, make_delivery
from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps, loads

RAW = b"POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n\xff\x00"
CAPTURE = dumps(Capture(delivery=make_delivery()))
HAR = json.dumps(
    {
        "log": {
            "version": "1.2",
            "entries": [
                {"request": {"method": "PUT", "url": "http://h/1", "headers": []}, "response": {"status": 404}},
                {"request": {"method": "PUT", "url": "about:blank", "headers": []}},
            ],
        }
    }
)


@pytest.fixture
def run(call: Run, tmp_path: Path) -> Run:
    """Runs a command in a directory with files to import."""
    (tmp_path / "a.txt").write_bytes(RAW)
    (tmp_path / "a.har").write_text(HAR)
    (tmp_path / "a.json").write_text(CAPTURE, "utf-8")

    def run(*line: str, stdin: bytes = b"") -> tuple[int, str, str]:
        return call(*line) if line[0] in ("show", "list", "diagnose") else call("import", *line, stdin=stdin)

    return run


def test_what_is_imported_is_a_capture(run: Run) -> None:
    code, out, err = run("a.txt")
    assert (code, err) == (0, "1 imported, 0 held before, 0 not readable\n")
    assert out.startswith("#1 ")
    held = loads(run("show", "1", "--json")[1]).delivery
    assert (held.method, held.target, held.body) == ("POST", "/hook", b"\xff\x00")


def test_importing_again_holds_it_once(run: Run) -> None:
    first = run("a.txt", "a.json", "--json")
    again = run("a.txt", "a.json", "--json")
    assert [json.loads(line)["new"] for line in first[1].splitlines()] == [True, True]
    rows = [json.loads(line) for line in again[1].splitlines()]
    assert [(row["number"], row["new"]) for row in rows] == [(1, False), (2, False)]
    assert again[2] == "0 imported, 2 held before, 0 not readable\n"


def test_a_capture_keeps_its_id(run: Run) -> None:
    assert json.loads(run("a.json", "--json")[1])["id"] == json.loads(CAPTURE)["delivery"]["id"]


def test_the_good_ones_of_a_batch_are_kept_and_the_bad_ones_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(CAPTURE[:-30], "utf-8")
    (tmp_path / "newer.json").write_text(CAPTURE.replace("hookscope/1", "hookscope/9"), "utf-8")
    code, out, err = run("bad.json", "a.har", "newer.json", "none.txt", "a.txt")
    assert (code, len(out.splitlines())) == (2, 2)
    lines = err.splitlines()
    assert [line.split(":")[1].strip().split()[0] for line in lines[:4]] == [
        "bad.json",
        "a.har",
        "newer.json",
        "none.txt",
    ]
    assert "log.entries[1]" in lines[1]
    assert lines[4] == "2 imported, 0 held before, 4 not readable"


def test_the_answer_of_a_har_is_an_attempt(run: Run) -> None:
    run("a.har")
    (attempt,) = loads(run("show", "1", "--json")[1]).attempts
    assert attempt.answer is not None
    assert (attempt.origin, attempt.answer.status) == ("fixture", 404)


ANSWERS = {
    "nginx": (413, "server: nginx", "<html><head><title>413 Request Entity Too Large</title></head>", "body-too-large"),
    "express": (404, "x-powered-by: Express", "<pre>Cannot POST /hook</pre>", "not-found"),
    "django": (403, "server: WSGIServer", "CSRF verification failed. Request aborted.", "csrf"),
    "accepted": (200, "x-a: b", "ok", "ok"),
}


@pytest.mark.parametrize(("status", "header", "body", "cause"), ANSWERS.values(), ids=ANSWERS)
def test_an_imported_answer_is_explained_as_diagnose_does(
    run: Run, tmp_path: Path, status: int, header: str, body: str, cause: str
) -> None:
    name, _, value = header.partition(": ")
    answer = {"status": status, "headers": [{"name": name, "value": value}], "content": {"text": body}}
    entry = {"request": {"method": "POST", "url": "http://h/hook", "headers": []}, "response": answer}
    (tmp_path / "s.har").write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}))
    told = json.loads(run("s.har", "--json")[1])
    (diagnosed,) = (json.loads(line)["findings"] for line in run("diagnose", "1", "--json")[1].splitlines())
    shown = json.loads(run("show", "1", "--json")[1])["findings"]
    row = json.loads(run("list", "--json")[1])
    assert shown == diagnosed
    assert {told["cause"], row["cause"], diagnosed[0]["cause"]} == {cause}
    assert diagnosed[0]["title"] in run("list")[1]
    assert diagnosed[0]["title"] in run("s.har")[1]


def test_a_command_pasted_on_standard_input_is_read(run: Run) -> None:
    command = b"curl -d '{\"a\":1}' -H 'X-B: 1' https://h/x\n"
    assert run("-", stdin=command)[0] == 0
    assert loads(run("show", "1", "--json")[1]).delivery.body == b'{"a":1}'


def test_a_directory_is_its_files(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_bytes(RAW.replace(b"/hook", b"/%d" % number))
    (folder / ".hidden").write_text("x")
    assert [line.split()[3] for line in run("many")[1].splitlines()] == ["/0", "/1", "/2"]


def test_a_directory_that_gosmee_saved_is_recognised(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "push.json").write_text('{"ref":"x"}')
    (folder / "push.sh").write_text("curl -H 'X-Github-Event: push' -X POST -d @./push.json ${targetURL}\n")
    for name in ("saved", "saved/push.json"):
        code, _, err = run(name, "--format", "gosmee") if "." in name else run(name)
        assert (code, "gosmee keeps some headers only" in err) == (0, True)
    assert loads(run("show", "1", "--json")[1]).delivery.body == b'{"ref":"x"}'
    assert run("show", "2")[0] == 10


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("curl -d @/etc/passwd http://h", "not read unasked; give --follow-files"),
        ("curl -d @../secret http://h", "not read unasked"),
        ('curl -d "$(cat x)" http://h', "whose value only a shell knows"),
    ],
)
def test_a_pasted_command_reads_and_runs_nothing(run: Run, tmp_path: Path, command: str, words: str) -> None:
    (tmp_path / "c.txt").write_text(command)
    code, out, err = run("c.txt")
    assert (code, out) == (2, "")
    assert words in err


def test_files_are_followed_when_asked_but_never_out_of_the_directory(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "body.bin").write_bytes(b"\xff\n")
    (folder / "link").symlink_to("/etc/hostname")
    (folder / "c.txt").write_text("curl --data-binary @body.bin http://h")
    assert run("in/c.txt", "--follow-files")[0] == 0
    assert loads(run("show", "1", "--json")[1]).delivery.body == b"\xff\n"
    for name in ("/etc/hostname", "../a.txt", "link", "none", "a\\\0"):
        (folder / "c.txt").write_text(f"curl --data-binary '@{name}' http://h")
        code, out, _ = run("in/c.txt", "--follow-files")
        assert (code, out) == (2, "")


def test_a_project_file_cannot_have_files_followed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "hookscope.toml").write_text("[import]\nfollow-files = true\n")
    assert run("a.txt")[0] == 11


@pytest.mark.parametrize("name", ["none.txt", "\0", ""])
def test_what_is_not_there_is_told(run: Run, name: str) -> None:
    code, out, err = run(name)
    assert (code, out, err.count("\n")) == (2, "", 2)


def test_what_a_file_says_does_not_act_on_the_terminal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"POST /\xc2\x9b\xe9 HTTP/1.1\r\n\r\n")
    (tmp_path / "y.txt").write_bytes(b"POST / HTTP/1.1\r\n\x1b]0;x\x07\r\n\r\n")
    _, out, err = run("x.txt", "y.txt")
    assert [mark for mark in out + err if mark != "\n" and (ord(mark) < 32 or 127 <= ord(mark) < 160)] == []


def test_a_folder_is_read_with_the_folders_in_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "fx/notion").mkdir(parents=True)
    (tmp_path / "fx/notion/a.json").write_text(CAPTURE, "utf-8")
    (tmp_path / "fx/raw.txt").write_bytes(RAW)
    assert run("fx")[0::2] == (0, "2 imported, 0 held before, 0 not readable\n")


def test_a_name_that_is_no_file_is_told(run: Run) -> None:
    code, _, err = run("x" * 5000)
    assert (code, "cannot be read: File name too long" in err) == (2, True)


def test_of_many_notes_the_first_are_told_and_the_others_counted(run: Run, tmp_path: Path) -> None:
    entry = {"request": {"method": "PUT", "url": "http://h/1", "headers": [], "bodySize": 9, "postData": {"text": "x"}}}
    (tmp_path / "many.har").write_text(json.dumps({"log": {"version": "1.2", "entries": [entry] * 25}}))
    code, _, err = run("many.har")
    notes = [line for line in err.splitlines() if line.startswith("hookscope: note: ")]
    assert code == 0
    assert len(notes) == 21
    assert "entries[19]" in notes[19]
    assert notes[20] == "hookscope: note: so of 5 more"
