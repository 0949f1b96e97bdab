"""Draw traces in other ways than as a table of sends: summaries, differences, and lines while a program runs."""
