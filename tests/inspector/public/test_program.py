"""Which tunnel program is taken, what it is started with, and what its lines mean."""

from __future__ import annotations

import pytest

from hookscope.public.program import NAMES, PROGRAMS, find_program, over_ssh
from hookscope_relay.errors import InputError

BY_NAME = {program.name: program for program in PROGRAMS}

# What each program prints as it gets its address (its documentation), and the address in it.
SAID = [
    (
        "cloudflared",
        "2026-11-29T10:00:00Z INF |  https://quiet-river-1a2b.trycloudflare.com       |",
        "https://quiet-river-1a2b.trycloudflare.com",
    ),
    ("cloudflared", "INF Thank you for trying Cloudflare Tunnel. https://developers.cloudflare.com/x", ""),
    ("tailscale", "https://laptop.tail1234.ts.net/", "https://laptop.tail1234.ts.net"),
    ("tailscale", "|-- proxy http://127.0.0.1:7420", ""),
    (
        "ngrok",
        't=2026-11-29 lvl=info msg="started tunnel" obj=tunnels name=command_line addr=http://localhost:7420 url=https://a1b2.ngrok-free.app',
        "https://a1b2.ngrok-free.app",
    ),
    ("ngrok", 't=2026-11-29 lvl=info msg="starting web service" addr=127.0.0.1:4040', ""),
    ("zrok", " https://b46p9j82z81f.share.zrok.io", "https://b46p9j82z81f.share.zrok.io"),
    (
        "localhost.run",
        "8ae1f2.lhr.life tunneled with tls termination, https://8ae1f2.lhr.life",
        "https://8ae1f2.lhr.life",
    ),
]


@pytest.mark.parametrize(("name", "line", "url"), SAID)
def test_an_address_is_read_from_what_the_program_prints(name: str, line: str, url: str) -> None:
    assert BY_NAME[name].read_address(line) == url


@pytest.mark.parametrize(
    "told",
    [
        "https://\x1b]52;c;aGk=\x07evil.example",
        "https://user:secret@evil.example",
        "https://evil.example/../..",
        "https://evil.example?x#y",
        "https://[::1",
        "https://evil.example\u202egnp",
        "https://evil.example\\x",
        "https://evil.example:",
    ],
)
def test_an_address_that_is_not_just_a_host_is_none(told: str) -> None:
    assert BY_NAME["localhost.run"].read_address(f"x tunneled with tls termination, {told}") == ""
    assert BY_NAME["ngrok"].read_address(f'msg="started tunnel" url={told}') == ""


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_each_program_is_pointed_at_this_machines_port(program) -> None:
    assert "7420" in " ".join(program.command(7420))
    assert program.binary == program.command(0)[0]


def test_the_first_that_is_installed_is_taken() -> None:
    assert find_program("auto", lambda name: name if name in {"ngrok", "zrok", "ssh"} else None).name == "ngrok"


@pytest.mark.parametrize(
    ("wanted", "installed", "words"),
    [
        ("auto", {"ssh"}, "none of cloudflared, tailscale, ngrok, zrok is on the PATH"),
        ("ngrok", set(), "ngrok is not on the PATH; install ngrok and give it your authtoken"),
        ("cloudflare", {"cloudflared"}, "there is no tunnel program 'cloudflare'; give one of cloudflared"),
        ("ssh:-oProxyCommand=x", {"ssh"}, "'-oProxyCommand=x' is no place for ssh"),
        ("ssh:me@host:99999", {"ssh"}, "is no place for ssh"),
        ("ssh:", {"ssh"}, "is no place for ssh"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(wanted: str, installed: set[str], words: str) -> None:
    with pytest.raises(InputError) as told:
        find_program(wanted, lambda name: name if name in installed else None)
    assert words in str(told.value)


def test_ssh_never_reads_an_option_out_of_a_place() -> None:
    assert over_ssh("me@example.org:8080").command(7420)[-3:] == ("-R", "8080:127.0.0.1:7420", "me@example.org")


@pytest.mark.parametrize(
    ("place", "line", "url"),
    [
        ("me@example.org", "Allocated port 41231 for remote forward to 127.0.0.1:7420", "http://example.org:41231"),
        (
            "me@example.org:8080",
            "debug1: remote forward success for: listen 8080, connect 127.0.0.1:7420",
            "http://example.org:8080",
        ),
        ("example.org:8080", "debug1: Remote connections from LOCALHOST:8080 forwarded", ""),
    ],
)
def test_a_port_of_an_own_server_makes_the_address(place: str, line: str, url: str) -> None:
    assert over_ssh(place).read_address(line) == url


@pytest.mark.parametrize(
    ("name", "lines", "what"),
    [
        ("ngrok", ["lvl=eror err=ERR_NGROK_4018"], "ngrok does not know your account"),
        ("tailscale", ["Funnel is not enabled on your tailnet."], "Funnel is not allowed for this machine"),
        ("zrok", ["unable to load environment; did you 'zrok enable'?"], "zrok is not enabled on this machine"),
        ("cloudflared", ["ERR failed to request quick Tunnel: 429"], "Cloudflare gave no quick tunnel"),
        (
            "localhost.run",
            ["nokey@localhost.run: Permission denied (publickey)."],
            "the server takes none of your SSH keys",
        ),
        ("ngrok", ["", "something new"], "something new"),
        ("ngrok", [], "it said nothing"),
    ],
)
def test_its_last_words_are_told_as_what_they_mean(name: str, lines: list[str], what: str) -> None:
    told, remedy = BY_NAME[name].explain(lines)
    assert told == what
    assert remedy
    assert "{" not in remedy


def test_the_names_are_those_of_the_table() -> None:
    assert NAMES == ("cloudflared", "tailscale", "ngrok", "zrok", "localhost.run")
