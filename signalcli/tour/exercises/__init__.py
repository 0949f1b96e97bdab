"""The exercises of the lessons, and how a session is compared with their goals."""
