import os

NAMES = {name: value for name, value in os.environ.items() if name.startswith("SHOP_")}
