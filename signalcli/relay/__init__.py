"""The same signals in several processes: envelopes, subjects, connections to NATS, and its server."""
