"""What a relay's server holds: its state, its listeners, and the dead letters."""
