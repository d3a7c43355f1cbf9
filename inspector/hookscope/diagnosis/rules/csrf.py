"""CSRF protection: made for forms in browsers, in the way of webhooks. Refusals wear 400, 401, 403, 419 and 422."""

from __future__ import annotations

from hookscope.diagnosis.rule import Rule, explained

RULES: tuple[Rule, ...] = tuple(explained("csrf"))
