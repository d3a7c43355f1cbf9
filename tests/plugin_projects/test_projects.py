"""The plugin in real projects of the frameworks that people use, each run as its owner would run it."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from plugin_projects.making import write_capture

HERE = Path(__file__).parent
SETTINGS = "[pytest]\naddopts = -p no:cacheprovider --strict-markers --strict-config\nfilterwarnings = error\n"
ASYNC = "asyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
WITHIN_S = 120
# The plugins that a project needs; nobody else's, of which some take a second of each process.
PLUGINS = {"aiohttp_app": ["pytest_asyncio.plugin", "pytest_aiohttp.plugin"]}
FASTAPI = pytest.param(
    "fastapi_app",
    marks=pytest.mark.skipif(importlib.util.find_spec("httpx2") is None, reason="starlette's TestClient needs httpx2"),
)

# What each project's failing tests are told: the test, and patterns of its section.
TOLD = {
    ("flask_shop", "test_wrong_secret"): ["403 FORBIDDEN|403 Forbidden", "signature: verified"],
    ("flask_shop", "test_wrong_path"): ["404", "error .*(route|path)"],
    ("flask_shop", "test_broken_handler"): ["500", "Internal Server Error", "error "],
    ("django_site", "test_without_csrf_exempt"): ["403", "CSRF", "csrf_exempt"],
    ("django_site", "test_wrong_host"): ["400", "Host: shop.example", "ALLOWED_HOSTS"],
    ("fastapi_app", "test_another_model"): ["422", "order", "error "],
    ("fastapi_app", "test_a_missing_slash"): ["307", "slash"],
    ("aiohttp_app", "test_broken_handler"): ["500", "Server got itself in trouble", "aiohttp"],
    ("aiohttp_app", "test_too_large"): ["413", "200000|200,000"],
    ("plain_app", "test_wrong_secret"): ["403", "Stripe-Signature: t=", "error "],
    ("plain_app", "test_broken_handler"): ["the application raised KeyError", "no secret of Stripe was given"],
}


def run(name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    project = folder / name
    shutil.copytree(HERE / name, project, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HERE / "shared/verifying.py", project)
    for provider in ("notion", "stripe", "gitlab", "discord", "twilio"):
        write_capture(project / "fixtures", provider, f"{provider}-3f9a.json")
    plugins = ["hookscope.pytest_plugin.plugin", *PLUGINS.get(name, ())]
    (project / "pytest.ini").write_text(SETTINGS + (ASYNC if "pytest_asyncio.plugin" in plugins else ""))
    chosen = [argument for plugin in plugins for argument in ("-p", plugin)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *chosen],
        cwd=project,
        env={
            **os.environ,
            "HOOKSCOPE_HOME": str(folder / "home"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )


# One that calls the application and one that awaits it; the clients of the others are pytest_plugin/clients' own tests'.
QUICK = ["django_site", "aiohttp_app"]
WHOLE = ["flask_shop", *QUICK, FASTAPI, "plain_app"]


@pytest.mark.parametrize("name", WHOLE if os.environ.get("HOOKSCOPE_MATRIX") == "whole" else QUICK)
def test_a_project_tests_its_webhooks_and_is_told_why_one_fails(tmp_path: Path, name: str) -> None:
    done = run(name, tmp_path)
    told = {test: patterns for (project, test), patterns in TOLD.items() if project == name}
    counts = re.search(r"(\d+) failed, (\d\d) passed", done.stdout)
    assert counts is not None, done.stdout + done.stderr
    assert int(counts[1]) == len(told), done.stdout
    sections = dict(
        re.findall(r"^_+ (test_\w+)\[.*?^-+ hookscope: \S+ -+\n(.*?)(?=^[_=]{5})", done.stdout, re.M | re.S)
    )
    missing = [
        (test, pattern)
        for test, patterns in told.items()
        for pattern in patterns
        if not re.search(pattern, sections.get(test, ""))
    ]
    assert missing == [], done.stdout + done.stderr
