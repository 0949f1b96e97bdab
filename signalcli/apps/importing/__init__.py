"""Locate an application as Flask does, and import it."""
