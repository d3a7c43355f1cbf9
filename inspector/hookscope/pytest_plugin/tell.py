"""Adds to a failed test what became of its delivery.

Registered by the first marked test, so that others pay nothing for it.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from hookscope.pytest_plugin.delivery import FixtureDelivery

NAME = "hookscope-telling"
DELIVERY: pytest.StashKey[FixtureDelivery] = pytest.StashKey()


def start_telling(config: pytest.Config) -> None:
    """Tell from now on; calling it again changes nothing."""
    if not config.pluginmanager.has_plugin(NAME):
        config.pluginmanager.register(Teller(), NAME)


class Teller:
    """The part of the plugin that looks at reports."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add what was sent, what came back, and what the diagnosis makes of it."""
        report = yield
        delivery = item.stash.get(DELIVERY, None)
        if delivery is not None and report.failed and report.when == "call":
            from hookscope.pytest_plugin.report import render_report  # only a failure needs the rules of the diagnosis

            if text := render_report(delivery):
                report.sections.append((f"hookscope: {delivery.name}", text))
        return report
