"""A playground for Python signals, over the real blinker library."""
