"""The page of metrics."""

from __future__ import annotations

import re

from hookscope_relay.metrics import BOUNDS_S, GAUGES, Histogram, Metrics, render

SAMPLE = re.compile(r'hookscope_relay_[a-z_]+(\{[a-z]+="[^"\\]*"\})? [0-9.e+-]+')
HEAD = re.compile(r"# (HELP|TYPE) hookscope_relay_[a-z_]+ .+")


def page(metrics: Metrics) -> list[str]:
    text = render(metrics, dict.fromkeys(GAUGES, 0), {"spilled": 3})
    assert text.endswith("\n")
    return text.splitlines()


def make_metrics() -> Metrics:
    metrics = Metrics()
    metrics.refuse("rate-limited", "address-rate")
    metrics.refuse("rate-limited", "endpoint-rate")
    metrics.refuse("malformed")
    metrics.deliveries["answered"] += 3
    metrics.waited.observe(0.004)
    return metrics


def test_every_line_has_the_form_of_the_text_format():
    assert [line for line in page(make_metrics()) if not (SAMPLE.fullmatch(line) or HEAD.fullmatch(line))] == []


def test_a_refusal_is_counted_by_problem_and_by_setting():
    lines = page(make_metrics())
    assert 'hookscope_relay_refused_total{problem="rate-limited"} 2' in lines
    assert 'hookscope_relay_refused_total{problem="malformed"} 1' in lines
    assert [line for line in lines if "limited_total{" in line] == [
        'hookscope_relay_limited_total{limit="address-rate"} 1',
        'hookscope_relay_limited_total{limit="endpoint-rate"} 1',
    ]


def test_every_metric_says_what_it_is_once():
    lines = page(make_metrics())
    kinds = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(kinds) == len(set(kinds))
    samples = {re.split(r"[{ ]", line)[0] for line in lines if not line.startswith("#")}
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in samples} <= set(kinds)


def test_a_histogram_counts_up_to_each_bound():
    histogram = Histogram()
    for seconds in (0.0005, 0.001, 0.3, 99.0):
        histogram.observe(seconds)
    metrics = Metrics(append=histogram)
    buckets = [line for line in page(metrics) if "append_seconds_bucket" in line]
    counts = [int(line.rpartition(" ")[2]) for line in buckets]
    assert len(buckets) == len(BOUNDS_S) + 1
    assert (counts[0], counts[BOUNDS_S.index(0.5)], counts[-2], counts[-1]) == (2, 3, 3, 4)
    assert "hookscope_relay_append_seconds_count 4" in page(metrics)
