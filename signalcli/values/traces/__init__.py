"""What is shown of traces: chosen sends, a summary, the difference of two, and lines while a program runs."""
