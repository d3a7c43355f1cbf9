"""From settings to something that runs: `listen`, `relay`, `doctor`, `demo`."""
