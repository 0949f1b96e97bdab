def create_app():
    return "shop"
