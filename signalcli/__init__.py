"""A command-line playground and microscope for blinker signals."""
