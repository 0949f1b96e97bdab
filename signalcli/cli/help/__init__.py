"""Show the guide, and help that is not in English."""
