"""The pytest plugin: record the sends of a test, and assert on them."""
