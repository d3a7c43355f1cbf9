"""Packages of Node for handlers that tests start: installed once beside the virtual environment,
skipped where that cannot be."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

KEPT_IN = Path(sys.prefix) / "node-packages"
WITHIN_S = 90


def node_environment(*packages: str) -> dict[str, str]:
    """The environment in which `node` can require the packages;
    the test is skipped where node or the packages cannot be had."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    if not packages:
        return dict(os.environ)
    return os.environ | {"NODE_PATH": os.pathsep.join(str(_installed(package)) for package in packages)}


def node_directory(package: str) -> Path:
    """The directory from which modules of `node` can import the package;
    the test is skipped where that cannot be had."""
    node_environment(package)
    return _installed(package).parent


@functools.cache
def _installed(package: str) -> Path:
    """The `node_modules` that holds the package, such as `express@5`."""
    directory = KEPT_IN / package.replace("/", "_")
    if (directory / "node_modules").is_dir():
        return directory / "node_modules"
    if shutil.which("npm") is None:
        pytest.skip(f"npm is not installed, and {package} is not there")
    KEPT_IN.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT_IN) as made:
        command = ["npm", "install", "--prefix", made, "--no-audit", "--no-fund", "--ignore-scripts", package]
        try:
            done = subprocess.run(command, capture_output=True, check=False, timeout=WITHIN_S)
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm did not install {package} within {WITHIN_S} s")
        if done.returncode:
            pytest.skip(f"npm cannot install {package}: {done.stderr[-200:].decode(errors='replace')}")
        try:
            # Another worker may have been quicker; then its copy serves as well.
            shutil.copytree(made, Path(made).with_suffix(".done"))
            Path(made).with_suffix(".done").rename(directory)
        except OSError:
            shutil.rmtree(Path(made).with_suffix(".done"), ignore_errors=True)
    return directory / "node_modules"
