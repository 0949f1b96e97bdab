"""Rules about receivers that were not called, because of what was not done."""
