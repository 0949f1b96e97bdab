"""Rules about calls of ``connect`` and ``disconnect``, as recorded at the import and in traces."""
