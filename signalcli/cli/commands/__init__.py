"""One module per command. Each parses, makes one call and returns its value."""
