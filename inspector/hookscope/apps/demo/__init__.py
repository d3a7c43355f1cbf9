"""The main job with a sample handler that has real faults."""
