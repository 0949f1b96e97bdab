raise RuntimeError("x" * 5000)
