"""Frozen values that commands take and return and that sessions hold, with their JSON."""
