"""Publish and receive the signals of an application: the outbox, the threads, and Flask."""
