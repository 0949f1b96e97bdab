"""The lessons of the tour, as data."""
