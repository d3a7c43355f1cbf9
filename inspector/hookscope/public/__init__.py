"""A public address in front of the embedded relay, by a tunnel program that is on this machine."""
