"""Runs the workflow file's own steps on this machine: `python bench/workflow.py [JOB…]`, all jobs if none is named.

Each job gets a fresh clone of HEAD and a fresh environment of this Python; what an action of the forge does (checkout, set-up, upload) is done here
instead, and publishing is left out. PYTEST_ADDOPTS may narrow what its tests run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
WORKFLOW = yaml.safe_load((ROOT / ".ci/github-workflow.yml").read_text("utf-8"))
ARTIFACTS = Path(tempfile.gettempdir()) / "hookscope-workflow"


def main(wanted: list[str]) -> None:
    jobs = WORKFLOW["jobs"]
    for name in wanted or jobs:
        if name not in jobs:
            sys.exit(f"no job {name!r}; there are {', '.join(jobs)}")
        with tempfile.TemporaryDirectory(prefix="hookscope-job-") as directory:
            run_job(name, jobs[name]["steps"], Path(directory))


def run_job(name: str, steps: list[dict[str, object]], place: Path) -> None:
    """Run the steps of a job in order; the first that fails ends everything with its exit code."""
    clone = place / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    venv.create(place / "venv", with_pip=True)
    path = os.pathsep.join((str(place / "venv" / ("Scripts" if os.name == "nt" else "bin")), os.environ["PATH"]))
    environ = {**os.environ, "PATH": path, "VIRTUAL_ENV": str(place / "venv"), "CI": "true"}
    for step in steps:
        if command := step.get("run"):
            run_step(name, str(command), clone, environ)
        else:
            act(str(step["uses"]), dict(step.get("with") or {}), clone)  # type: ignore[call-overload]


def run_step(job: str, command: str, clone: Path, environ: dict[str, str]) -> None:
    print(f"{job}: {command}", flush=True)
    began = time.monotonic()
    without = command if shutil.which("sudo") else command.replace("sudo ", "")
    done = subprocess.run(["bash", "-e", "-c", without], cwd=clone, env=environ, check=False)
    print(f"{job}: exit code {done.returncode} after {time.monotonic() - began:.0f} s", flush=True)
    if done.returncode:
        sys.exit(done.returncode)


def act(action: str, settings: dict[str, str], clone: Path) -> None:
    """What passes from one job to the next is kept; all else that actions do is done before a job's first step."""
    if action.startswith("actions/upload-artifact"):
        shutil.rmtree(ARTIFACTS, ignore_errors=True)
        shutil.copytree(clone / settings["path"], ARTIFACTS)
    elif action.startswith("actions/download-artifact"):
        shutil.copytree(ARTIFACTS, clone / settings["path"])


if __name__ == "__main__":
    main(sys.argv[1:])
