"""Record the sends and the connections of tests, and override connections for a time."""
