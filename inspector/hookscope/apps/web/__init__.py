"""The same screen in a browser, on this machine: one engine, and a process for each tab that attaches to it."""
