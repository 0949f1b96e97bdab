"""Draw what is shown of traces beside their sends: summaries, differences, and sends while a program runs."""
