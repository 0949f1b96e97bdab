"""What is shown of traces: the sends that were chosen, a summary, the differences of two traces."""
