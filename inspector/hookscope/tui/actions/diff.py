"""Comparing two deliveries."""

from __future__ import annotations

from hookscope.model.errors import NoSuchCapture
from hookscope.model.summary import Summary
from hookscope.tui.actions.partner import Partner, find_partner
from hookscope.tui.actions.screen import ActionScreen
from hookscope.tui.dialogs.dialog import CLOSE, Dialog
from hookscope.tui.engine.job import Job
from hookscope.tui.engine.ports import Reader
from hookscope.tui.presentation.diff import Compared, diff_document


def diff(screen: ActionScreen) -> None:
    """Compare the selected delivery with the one that suits."""
    selected = screen.list.selected
    if selected is None:
        return
    partner = find_partner(screen.store, selected)
    if partner is None:
        screen.say("there is no other delivery to compare it with", "warning")
        return
    screen.work_on(Job("comparing", 1), lambda: _compare(screen, selected, partner), quiet=True)


def compare(store: Reader, selected: Summary, partner: Partner) -> Compared:
    """The differences from the partner to the selected; raises `NoSuchCapture` where one was deleted."""
    from hookscope.tools.diff.deliveries import compare as compare_deliveries

    other = store.summary(partner.number)
    if other is None:
        raise NoSuchCapture(f"there is no capture {partner.number} any more", "choose another one")
    left, right = store.find(str(partner.number)), store.find(str(selected.number))
    differences = compare_deliveries(left.delivery, right.delivery)
    return Compared(left=other, right=selected, why=partner.why, differences=differences)


def _compare(screen: ActionScreen, selected: Summary, partner: Partner) -> None:
    compared = compare(screen.store, selected, partner)
    screen.background.later(
        screen.app.push_screen, Dialog(lambda width: diff_document(compared, width), dict(CLOSE) | {"d": ""}, wide=True)
    )
