"""Where the parts of the main screen stand, wide and narrow, as style rules of the terminal library."""

from __future__ import annotations

ARRANGEMENT = """
DeliveriesScreen { background: $background; }
DeliveriesScreen #header { background: $panel; }
DeliveriesScreen #body { height: 1fr; }
DeliveriesScreen #list { width: 11fr; }
DeliveriesScreen #detail { width: 10fr; border-left: vkey $panel; }
DeliveriesScreen #detail:focus-within { border-left: vkey $primary; }
DeliveriesScreen #detail-tabs { background: $surface; }
DeliveriesScreen #empty { display: none; height: 1fr; padding: 1 2 1 3; }
DeliveriesScreen.-empty #empty { display: block; }
DeliveriesScreen.-empty #body { display: none; }
DeliveriesScreen.-narrow #detail { display: none; border: none; }
DeliveriesScreen.-narrow.-detail #detail { display: block; }
DeliveriesScreen.-narrow.-detail #list { display: none; }
DeliveriesScreen.-wide #list { display: none; }
DeliveriesScreen.-wide #detail { border: none; }
DeliveriesScreen #status { background: $surface; }
DeliveriesScreen #keys { background: $panel; }
"""
