"""Run the lessons and show what they teach."""
