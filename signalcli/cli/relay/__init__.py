"""The commands' side of the relay: its server, listening, and sends that leave the process."""
