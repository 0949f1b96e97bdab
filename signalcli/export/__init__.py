"""A session, taken elsewhere: as Python on plain blinker, as tests, as a diagram, as JSON."""
