"""The calls that a handler makes to a provider's API: the gateway that they pass, which delivery caused them, and what
they mean."""
