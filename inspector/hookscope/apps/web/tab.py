"""The process of one tab: the screen, on an engine that it attaches to."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hookscope.apps.web.attach import AttachedEngine
from hookscope.store.captures import CaptureStore
from hookscope.tui.app import open_app

VARIABLE = "HOOKSCOPE_WEB_ATTACH"


def main() -> int:
    """Show the screen until the tab is closed or its user leaves it."""
    engine = AttachedEngine(os.environ[VARIABLE])
    welcome = engine.welcome
    store = CaptureStore.open(Path(welcome.captures))
    try:
        app = open_app(engine, store, settings=welcome.settings, kept_in=welcome.kept_in)
        app.run()
        return app.return_code or 0
    finally:
        engine.stop()
        store.close()


if __name__ == "__main__":
    sys.exit(main())
