"""Parse the command line: argument types, shared options and shell completion."""
