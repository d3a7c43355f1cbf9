"""How the sentence begins that says why a delivery went to no handler, for what tells the reasons apart."""

from __future__ import annotations

NO_ROUTE = "No route takes it"
TRANSFORM = "The transform"
