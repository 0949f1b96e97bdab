def build_shop():
    """No application, and no factory with a name that is known."""
