"""The commands, a verb a file. Each parses, makes one call and returns its value."""
