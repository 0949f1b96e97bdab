"""Draw the guide."""
