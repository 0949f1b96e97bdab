"""The ``flask signals`` command group."""
