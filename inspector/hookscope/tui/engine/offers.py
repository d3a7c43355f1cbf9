"""What the newest deliveries hold that a filter could ask for: offered while one types a filter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from hookscope.config.settings import Settings
from hookscope.model.summary import Summary

NEWEST = 500
MOST = 40
LONGEST = 80

VALUES: Mapping[str, Callable[[Summary], str]] = {
    "provider": lambda summary: summary.provider,
    "type": lambda summary: summary.event_type,
    "finding": lambda summary: summary.cause,
    "path": lambda summary: summary.target.partition("?")[0],
    "method": lambda summary: summary.method,
}


def provider_names(settings: Settings) -> tuple[str, ...]:
    """The names of all providers that are known here."""
    from hookscope.providers.registry import all_providers

    return all_providers(settings.user, settings.project).names


def seen_values(summaries: Iterable[Summary], providers: Sequence[str] = ()) -> Mapping[str, Sequence[str]]:
    """Values by key of the filter language, the most frequent first; every provider that is known comes last.

    Values that cannot be typed as they are shown are left out.
    """
    found: dict[str, Counter[str]] = {key: Counter() for key in VALUES}
    for summary in summaries:
        for key, value_of in VALUES.items():
            value = value_of(summary)
            if 0 < len(value) <= LONGEST and value.isprintable():
                found[key][value] += 1
    seen = {key: [value for value, _ in counted.most_common(MOST)] for key, counted in found.items()}
    return {**seen, "provider": list(dict.fromkeys([*seen["provider"], *providers]))}
