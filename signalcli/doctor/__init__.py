"""Rules that find faults in signals, receivers and sends."""
