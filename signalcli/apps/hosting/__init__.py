"""Run an application in a process of its own: the connection, its errors, and what it answers."""
