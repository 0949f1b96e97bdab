"""A session or a graph as text for other programs."""
