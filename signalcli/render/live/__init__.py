"""Draw the lines of ``signalcli live``."""
