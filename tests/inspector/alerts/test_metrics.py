"""What an alert counts of a relay's metrics."""

from __future__ import annotations

from collections.abc import Mapping

from hookscope.alerts.alert import Alert
from hookscope.alerts.metrics import MetricMeter, metric_names, read_page

PAGE = """# HELP p_deliveries_total Deliveries.
# TYPE p_deliveries_total counter
p_deliveries_total{outcome="answered"} 7
p_deliveries_total{outcome="expired"} 3
# TYPE p_refused_total counter
# TYPE p_sessions gauge
p_sessions 2
# TYPE p_wait_seconds histogram
p_wait_seconds_bucket{le="1"} 4
p_wait_seconds_bucket{le="+Inf"} 5
p_wait_seconds_sum 1.5
p_wait_seconds_count 5
other 9
"""


def test_a_page_is_read_by_name_and_by_name_with_labels():
    values = read_page(PAGE, "p_")
    assert values["deliveries_total"] == 10
    assert values['deliveries_total{outcome="expired"}'] == 3
    assert (values["sessions"], values["wait_seconds_count"]) == (2, 5)
    assert "wait_seconds_bucket" not in values
    assert "other" not in values


def test_what_has_no_value_yet_has_a_name():
    assert {"refused_total", "deliveries_total", "sessions", "wait_seconds_count"} <= metric_names(PAGE, "p_")


async def test_a_counter_is_what_it_grew_by_in_the_window():
    pages: list[Mapping[str, float]] = [{"all": 100, "bad": 5}, {"all": 104, "bad": 5}, {"all": 104, "bad": 6}]

    async def read() -> Mapping[str, float]:
        return pages.pop(0)

    metrics = MetricMeter(read, since=0.0)
    alert = Alert(name="a", kind="share-above", subject="all", failing="bad", window_s=10.0)
    seen = [await metrics.measure(alert, now) for now in (1.0, 2.0, 11.5)]
    assert [(one.count, one.failing, one.value, one.last_at) for one in seen] == [
        (0, 0, 100, None),
        (4, 0, 104, 2.0),
        (4, 1, 104, 2.0),
    ]
    pages.append({"all": 104, "bad": 6})
    assert (await metrics.measure(alert, 12.5)).count == 0
