"""Re-sends that tell the possible causes of a failure apart."""
