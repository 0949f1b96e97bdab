"""A command-line playground and debugger for blinker signals."""
