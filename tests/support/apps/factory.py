from flask import Flask

app = "shop"  # no application, whatever its name
made = []


def create_app():
    made.append(1)
    return "no application"


def make_app():
    print("made")
    return Flask("made")
