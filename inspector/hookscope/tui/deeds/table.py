"""What each action of the table does. Whether it can run was asked before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from hookscope.tui.deeds import (
    bisecting,
    checking,
    comparing,
    copying,
    holding,
    importing,
    keeping,
    looking,
    probing,
    reporting,
    sending,
)

if TYPE_CHECKING:
    from hookscope.tui.screens.deliveries import DeliveriesScreen

DEEDS: Mapping[str, Callable[[DeliveriesScreen], None]] = {
    "down": lambda screen: screen.active.move(1),
    "up": lambda screen: screen.active.move(-1),
    "page_down": lambda screen: screen.active.page(1),
    "page_up": lambda screen: screen.active.page(-1),
    "top": lambda screen: screen.active.to_start(),
    "bottom": lambda screen: screen.active.to_end(),
    "open": looking.open_delivery,
    "back": looking.back,
    "next_tab": lambda screen: screen.detail.turn(1),
    "previous_tab": lambda screen: screen.detail.turn(-1),
    "findings": looking.tab("findings"),
    "request": looking.tab("request"),
    "answer": looking.tab("answer"),
    "timeline": looking.tab("timeline"),
    "raw": looking.tab("raw"),
    "earlier_attempt": looking.attempt(-1),
    "later_attempt": looking.attempt(1),
    "filter": looking.type_filter,
    "follow": looking.follow,
    "diff": comparing.diff,
    "replay": sending.replay,
    "edit": sending.edit,
    "prove": sending.prove,
    "probe": probing.probe,
    "bisect": bisecting.bisect,
    "check": checking.check,
    "replay_to": sending.replay_to,
    "resign": sending.resign,
    "edit_outside": sending.edit_outside,
    "replay_all": sending.replay_all,
    "replay_marked": sending.replay_marked,
    "mark": keeping.mark,
    "save": keeping.save,
    "save_all": keeping.save_all,
    "copy": copying.copy,
    "copy_body": copying.copy_body,
    "export": copying.export,
    "export_all": copying.export_all,
    "report": reporting.report,
    "import": importing.import_file,
    "clear": keeping.clear,
    "copy_url": copying.copy_url,
    "sample": holding.send_sample,
    "pause": holding.pause,
    "held": holding.forward_held,
    "backlog": holding.forward_backlog,
    "switch": holding.switch_handler,
    "secret": holding.set_secret,
    "keep_secret": holding.keep_secret,
    "theme": looking.turn_theme,
    "help": looking.show_help,
    "quit": lambda screen: screen.app.exit(),
}
