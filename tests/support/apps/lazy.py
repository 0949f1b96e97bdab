from flask import Flask


def __getattr__(name):
    if name == "site":
        print("making site")
        return Flask("lazy")
    raise AttributeError(name)
