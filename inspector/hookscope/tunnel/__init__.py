"""The session with a relay: the claim, the frames, the way back after a lost connection."""
