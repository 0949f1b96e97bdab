import importlib

try:
    importlib.import_module("raises")
except ValueError as error:
    raise RuntimeError("can't start") from error
