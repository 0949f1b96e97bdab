"""Find and name every live signal of an application."""
