"""Show what a person reads in their language."""
