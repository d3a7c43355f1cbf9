"""Layers in front of the application: proxies, firewalls, CDNs, hosting platforms, tunnels, and what is behind them."""

from __future__ import annotations

from hookscope.diagnosis.rule import Rule, explained

RULES: tuple[Rule, ...] = tuple(explained("edge"))
