"""Receivers by name: demos, templates, imports and the trust they need, entry points."""
