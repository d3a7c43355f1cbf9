"""What each action of the table does. Whether it can run was asked before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hookscope.tui.actions import bisect as bisecting
from hookscope.tui.actions import check as checking
from hookscope.tui.actions import copy as copying
from hookscope.tui.actions import diff as comparing
from hookscope.tui.actions import import_files, keep, look, resend, session
from hookscope.tui.actions import probe as probing
from hookscope.tui.actions import report as reporting
from hookscope.tui.actions.screen import ActionScreen

DEEDS: Mapping[str, Callable[[ActionScreen], None]] = {
    "down": lambda screen: screen.active.move(1),
    "up": lambda screen: screen.active.move(-1),
    "page_down": lambda screen: screen.active.page(1),
    "page_up": lambda screen: screen.active.page(-1),
    "top": lambda screen: screen.active.to_start(),
    "bottom": lambda screen: screen.active.to_end(),
    "open": look.open_delivery,
    "back": look.back,
    "other_pane": look.other_pane,
    "next_tab": lambda screen: screen.detail.turn(1),
    "previous_tab": lambda screen: screen.detail.turn(-1),
    "findings": look.tab("findings"),
    "request": look.tab("request"),
    "answer": look.tab("answer"),
    "timeline": look.tab("timeline"),
    "raw": look.tab("raw"),
    "earlier_attempt": look.attempt(-1),
    "later_attempt": look.attempt(1),
    "filter": look.type_filter,
    "follow": look.follow,
    "diff": comparing.diff,
    "replay": resend.replay,
    "edit": resend.edit,
    "prove": resend.prove,
    "probe": probing.probe,
    "bisect": bisecting.bisect,
    "check": checking.check,
    "replay_to": resend.replay_to,
    "resign": resend.resign,
    "edit_outside": resend.edit_outside,
    "replay_all": resend.replay_all,
    "replay_marked": resend.replay_marked,
    "mark": keep.mark,
    "save": keep.save,
    "save_all": keep.save_all,
    "copy": copying.copy,
    "copy_body": copying.copy_body,
    "copy_register": copying.copy_register,
    "export": copying.export,
    "export_all": copying.export_all,
    "report": reporting.report,
    "import": import_files.import_file,
    "clear": keep.clear,
    "copy_url": copying.copy_url,
    "sample": session.send_sample,
    "pause": session.pause,
    "held": session.forward_held,
    "backlog": session.forward_backlog,
    "switch": session.switch_handler,
    "secret": session.set_secret,
    "keep_secret": session.keep_secret,
    "theme": look.turn_theme,
    "help": look.show_help,
    "quit": lambda screen: screen.app.exit(),
}
