"""Record every send in this process, and keep the record in a trace file."""
