"""Draw values with Rich. This is the only folder that imports it."""
