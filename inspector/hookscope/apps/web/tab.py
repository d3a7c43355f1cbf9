"""The process of one tab: the screen, on an engine that it attaches to."""

from __future__ import annotations

import os
import sys

from hookscope.apps.welcome import at_home
from hookscope.session.attachment import Attachment
from hookscope.store.captures import CaptureStore
from hookscope.tui.app import open_app

VARIABLE = "HOOKSCOPE_WEB_ATTACH"


def main() -> int:
    """Show the screen until the tab is closed or its user leaves it."""
    engine = Attachment(os.environ[VARIABLE])
    captures = engine.settings.places.captures
    store = CaptureStore.open(captures)
    try:
        app = open_app(engine, store, settings=engine.settings, kept_in=at_home(captures))
        app.run()
        return app.return_code or 0
    finally:
        engine.stop()
        store.close()


if __name__ == "__main__":
    sys.exit(main())
