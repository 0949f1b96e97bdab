def create_app(settings):
    raise AssertionError("nobody gave it any")
