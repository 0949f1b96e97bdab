"""Why a receiver was called, or was not: a chain of steps up to the first that is broken."""
