"""Go through lessons on a terminal, step by step."""
