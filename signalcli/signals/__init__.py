"""Live blinker signals: their private state, dry runs, patches, sends and snapshots."""
