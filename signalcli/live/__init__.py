"""The full-screen view of ``signalcli live``: what it shows, where that comes from, and the screen."""
