"""An application that is imported: who listens in it, and what fires. It imports no framework."""
