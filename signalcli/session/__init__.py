"""Sessions on disk: the file, its format, its journal, and the list of sessions."""
