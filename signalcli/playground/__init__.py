"""A session in memory: define, connect, drop and send its signals."""
