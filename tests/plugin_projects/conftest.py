"""The folders here are projects of their own: `test_projects.py` runs each apart, as its owner would."""

from __future__ import annotations

from pathlib import Path

collect_ignore = [path.name for path in Path(__file__).parent.iterdir() if path.is_dir()]
