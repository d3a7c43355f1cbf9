"""The plugin as pytest sees it: in runs of their own, with real files."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

# Loaded here, they are not loaded anew by every run within this process.
import hookscope.pytest_plugin.clients.choose
import hookscope.pytest_plugin.report
import hookscope.pytest_plugin.tell  # noqa: F401
from hookscope.pytest_plugin.cases import OPTIONS
from hookscope.pytest_plugin.delivery import FixtureDelivery
from plugin_projects.making import SECRET, write_capture

pytest_plugins = ["pytester"]

PLUGIN = ("-p", "hookscope.pytest_plugin.plugin")
# Nobody else's plugins: some of those installed for our own tests take a second of each process.
ALONE = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
WITHOUT_OTHERS = tuple(
    f"-pno:{point.name}" for point in metadata.entry_points(group="pytest11") if point.name != "hookscope"
)
STRICT = ("--strict-markers", "--strict-config", "-Werror", "-p", "no:cacheprovider")

APPLICATION = """
import hashlib, hmac, json
import pytest

def application(environ, start_response):
    body = environ["wsgi.input"].read()
    wanted = "sha256=" + hmac.new(b"SECRET", body, hashlib.sha256).hexdigest()
    ok = environ.get("HTTP_X_NOTION_SIGNATURE") == wanted
    start_response("204 No Content" if ok else "403 Forbidden", [])
    return [] if ok else [b"bad signature"]
""".replace("SECRET", SECRET)
ACCEPTED = (
    APPLICATION
    + f"""
@pytest.mark.hookscope("fixtures/notion/*.json", secret={SECRET!r})
def test_accepted(delivery):
    assert delivery.send(application).status_code == 204
"""
)


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv(ALONE, "1")
    write_capture(pytester.path / "fixtures", name="page.created-3f9a.json")
    write_capture(pytester.path / "fixtures", name="page.deleted-77aa.json")
    pytester.makeini("[pytest]")
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest(*PLUGIN, *STRICT, *arguments)


def run_apart(project: pytest.Pytester, *arguments: str, plugin: tuple[str, ...] = PLUGIN) -> pytest.RunResult:
    return project.runpytest_subprocess(*plugin, *STRICT, *arguments)


def test_a_marked_test_runs_once_for_each_file(project: pytest.Pytester) -> None:
    project.makepyfile(ACCEPTED)
    result = run(project, "-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["*::test_accepted?notion/page.created-3f9a? PASSED*", "*::test_accepted?notion/page.deleted-77aa? PASSED*"]
    )


def test_one_of_them_is_run_by_its_name(project: pytest.Pytester) -> None:
    file = project.makepyfile(ACCEPTED)
    run(project, f"{file.name}::test_accepted[notion/page.deleted-77aa]").assert_outcomes(passed=1)


def test_files_are_found_beside_the_test_too(project: pytest.Pytester) -> None:
    write_capture(project.path / "tests/data")
    project.makepyfile(**{"tests/test_a": ACCEPTED.replace("fixtures/notion", "data/notion")})
    run(project).assert_outcomes(passed=1)


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_every_import_mode_will_do(project: pytest.Pytester, mode: str) -> None:
    project.makepyfile(**{"tests/a/test_a": ACCEPTED, "tests/b/test_b": ACCEPTED})
    run(project, f"--import-mode={mode}").assert_outcomes(passed=4)


def test_markers_of_class_and_module_count(project: pytest.Pytester) -> None:
    project.makepyfile(
        APPLICATION
        + f"""
pytestmark = pytest.mark.hookscope("fixtures/notion/page.created-3f9a.json", secret={SECRET!r})

def test_by_module(delivery):
    assert delivery.send(application).status_code == 204

class TestGroup:
    def test_by_module(self, delivery):
        assert delivery.send(application).status_code == 204

def test_without_a_delivery():
    pass
"""
    )
    run(project).assert_outcomes(passed=3)


def test_it_goes_with_other_parameters(project: pytest.Pytester) -> None:
    project.makepyfile(
        APPLICATION
        + f"""
@pytest.mark.parametrize("how", ["tampered", "unsigned"])
@pytest.mark.hookscope("fixtures/notion", secret={SECRET!r})
def test_refused(delivery, how):
    assert getattr(delivery, how)().send(application).status_code == 403
"""
    )
    run(project).assert_outcomes(passed=4)


def test_a_fixture_of_the_project_may_stand_on_ours(project: pytest.Pytester) -> None:
    project.makepyfile(
        APPLICATION
        + f"""
@pytest.fixture
def delivery(delivery):
    return delivery.edited(set={{"/attempt_number": 7}})

@pytest.mark.hookscope("fixtures/notion", secret={SECRET!r})
def test_edited(delivery):
    assert delivery.json()["attempt_number"] == 7
    assert delivery.send(application).status_code == 204
"""
    )
    run(project).assert_outcomes(passed=2)


def test_a_fixture_of_the_same_name_is_left_alone(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
import pytest

@pytest.fixture
def delivery():
    return "a parcel"

def test_ours(delivery):
    assert delivery == "a parcel"
"""
    )
    run(project).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marker", "sentence"),
    [
        (
            '"nothing/*.json"',
            "finds no file for 'nothing/*.json', neither below *correct the pattern, or save a capture*",
        ),
        ('"fixtures", secrets="x"', "has no option 'secrets'; did you mean secret?"),
        ("", "names no file; write it as @pytest.mark.hookscope(*"),
    ],
)
def test_a_marker_that_makes_no_sense_is_one_sentence_at_collection(
    project: pytest.Pytester, marker: str, sentence: str
) -> None:
    project.makepyfile(f"import pytest\n@pytest.mark.hookscope({marker})\ndef test_a(delivery):\n    pass")
    result = run(project)
    result.assert_outcomes(errors=1)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([f"*the marker hookscope {sentence}"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_test_without_a_marker_is_told_what_to_do(project: pytest.Pytester) -> None:
    project.makepyfile("def test_a(delivery):\n    pass")
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["the fixture `delivery` has no files to read; mark the test with *"])


def test_a_bad_file_fails_alone_with_one_sentence(project: pytest.Pytester) -> None:
    bad = {
        "bad-json": "{",
        "newer": '{"format": "hookscope/2"}',
        "no-body": '{"format":"hookscope/1","delivery":{"received_at":"2026-01-01T00:00:00Z","method":"POST",'
        '"target":"/","headers":[]}}',
        "hostile": '{"format": "hookscope/\\u001b[31m"}',
    }
    for name, content in bad.items():
        (project.path / f"fixtures/notion/{name}.json").write_text(content)
    (project.path / "fixtures/notion/binary.json").write_bytes(b"\x80\x04\x95.")
    project.makepyfile(ACCEPTED)
    result = run(project)
    result.assert_outcomes(passed=2, errors=5)
    folder = project.path / "fixtures/notion"
    result.stdout.fnmatch_lines_random(
        [
            f"{folder}/bad-json.json is not JSON (*",
            f"{folder}/binary.json is not JSON (*",
            f"{folder}/newer.json has the format 'hookscope/2', newer than this program's hookscope/1; upgrade hookscope",
            f"{folder}/no-body.json: delivery.body must be a JSON object; correct it or export the capture again",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*During handling of*")
    assert "\x1b" not in result.stdout.str()


def test_a_failure_tells_what_was_sent_what_came_back_and_the_findings(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOKSCOPE_SECRET_NOTION", SECRET)
    source = ACCEPTED.replace(f", secret={SECRET!r}", "").replace(f'b"{SECRET}"', 'b"another"')
    project.makepyfile(source.replace("notion/*.json", "notion/page.created*"))
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- hookscope: notion/page.created-3f9a -*",
            "sent, signed with the secret ????????, through function:",
            "  POST http://testserver/webhooks/notion",
            "  X-Notion-Signature: sha256=*",
            "came back after * ms:",
            "  403 Forbidden",
            "  bad signature",
            "signature: verified, by the scheme notion",
            "findings:",
            "  error *",
        ]
    )
    result.stdout.no_fnmatch_line(f"*{SECRET}*")


def test_a_passed_test_tells_nothing(project: pytest.Pytester) -> None:
    project.makepyfile(ACCEPTED)
    run(project, "-rA").stdout.no_fnmatch_line("*- hookscope:*")


def test_it_runs_and_tells_of_failures_under_xdist(project: pytest.Pytester) -> None:
    project.makepyfile(
        ACCEPTED.replace('b"bad', 'b"\\xff')
        + f"""
@pytest.mark.hookscope("fixtures/notion/page.deleted*", secret={SECRET!r})
def test_failed(delivery):
    assert delivery.send(application).status_code == 200
"""
    )
    (project.path / "fixtures/notion/hostile.json").write_text('{"format": "\\ud800\\u001b"}')
    result = run_apart(project, "-p", "xdist", "-n2")
    result.assert_outcomes(passed=2, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*- hookscope: notion/*", "  204 No Content"])


def test_the_marker_and_the_options_are_explained(project: pytest.Pytester) -> None:
    project.runpytest(*PLUGIN, "--markers").stdout.fnmatch_lines(["@pytest.mark.hookscope(*files, secret=None, *"])
    project.runpytest(*PLUGIN, "--help").stdout.fnmatch_lines(["*--hookscope-record=*", "*--hookscope-record-wait=*"])
    project.runpytest(*PLUGIN, "--fixtures").stdout.fnmatch_lines(["delivery*", "*A delivery out of a capture file*"])


# How it is loaded

INSTALLED = """[pytest11]
hookscope = hookscope.pytest_plugin.plugin
"""


@pytest.fixture
def installed(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project that finds the plugin by its entry point, wherever else it is installed."""
    info = project.path / "site/hookscope_entry-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hookscope-entry\nVersion: 1\n")
    (info / "entry_points.txt").write_text(INSTALLED)
    monkeypatch.setenv("PYTHONPATH", str(project.path / "site"))
    monkeypatch.delenv(ALONE)
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(WITHOUT_OTHERS))
    return project


@pytest.mark.parametrize("plugin", [(), PLUGIN, ("-p", "hookscope")])
def test_entry_point_and_option_load_it_once(installed: pytest.Pytester, plugin: tuple[str, ...]) -> None:
    installed.makepyfile(ACCEPTED)
    run_apart(installed, plugin=plugin).assert_outcomes(passed=2)


def test_a_conftest_may_name_it_as_well(installed: pytest.Pytester) -> None:
    installed.makeconftest('pytest_plugins = ["hookscope.pytest_plugin.plugin"]')
    installed.makepyfile(ACCEPTED)
    run_apart(installed, plugin=()).assert_outcomes(passed=2)


def test_it_can_be_left_out(installed: pytest.Pytester) -> None:
    installed.makepyfile("def test_a(delivery):\n    pass")
    result = run_apart(installed, plugin=("-p", "no:hookscope"))
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'delivery' not found"])


def test_unused_it_loads_nothing_of_ours(installed: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    installed.makepyfile(
        """
import sys

def test_a(request):
    assert request.config.pluginmanager.has_plugin("hookscope")
    assert sorted(name for name in sys.modules if name.startswith("hookscope")) == ["hookscope", "hookscope.pytest_plugin", "hookscope.pytest_plugin.plugin"]
    assert not {"asyncio", "aiohttp", "textual", "sqlite3", "websockets", "msgspec"} & set(sys.modules)
"""
    )
    monkeypatch.setenv(ALONE, "1")
    run_apart(installed, plugin=("-p", "hookscope")).assert_outcomes(passed=1)


def test_the_module_itself_imports_only_pytest() -> None:
    code = (
        "import pytest, sys\nbefore = set(sys.modules)\nimport hookscope.pytest_plugin.plugin\n"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path("/"))
    assert done.stdout.strip() == "['hookscope', 'hookscope.pytest_plugin', 'hookscope.pytest_plugin.plugin']"


def test_the_page_names_every_option_and_every_part_of_a_delivery() -> None:
    page = (Path(__file__).parents[3] / "docs/pytest.md").read_text("utf-8")
    parts = [name for name in vars(FixtureDelivery) if not name.startswith("_") and name not in ("exchanges", "signer")]
    assert [name for name in parts if f".{name}" not in page] == []
    assert [name for name in OPTIONS if f"| `{name}` |" not in page] == []
    assert all(f"--hookscope-{option}" in page for option in ("record", "record-wait"))


def test_the_api_that_the_handler_calls_is_played(pytester: pytest.Pytester) -> None:
    file = write_capture(pytester.path / "fixtures")
    held = json.loads(file.read_text("utf-8"))
    answer = {"status": 403, "headers": [["Content-Type", "application/json"]], "body": {"text": "{}"}}
    held["calls"] = [{"api": "notion", "method": "GET", "target": "/v1/users/me", "answer": answer}]
    file.write_text(json.dumps(held), "utf-8")
    pytester.makepyfile(
        f"""
        import os, urllib.error, urllib.request
        import pytest

        def application(environ, start_response):
            try:
                urllib.request.urlopen(os.environ["NOTION_BASE_URL"] + "/v1/users/me", timeout=10)
            except urllib.error.HTTPError as error:
                with error:
                    start_response(f"{{error.code}} Seen", [])
            return []

        @pytest.mark.hookscope("fixtures/notion/*.json", secret={SECRET!r})
        def test_it(delivery, hookscope_api):
            assert delivery.send(application).status_code == 403
            assert [(one.method, one.target) for one in hookscope_api.asked] == [("GET", "/v1/users/me")]
        """
    )
    # Whoever runs this test may have loaded the plug-in without pytest.
    loaded = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
    pytester.runpytest(*PLUGIN, *WITHOUT_OTHERS, *STRICT, *loaded).assert_outcomes(passed=1)
