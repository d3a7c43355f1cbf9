"""Who answered a delivery, and why: rules over one case. Pure."""
