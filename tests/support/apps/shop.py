"""A small application that works, with what can be named in it."""

from flask import Flask

print("importing shop")

app = Flask(__name__)
the_same = app
nothing = None


class Owner:
    app = app

    def make(self, *words):
        return made(*words)


owner = Owner()


def made(*words, **settings):
    print("making", words, settings)
    application = Flask("_".join(("made", *words)))
    application.config.update(settings)
    return application


def needs_a_name(name):
    return made(name)


def takes_none():
    return None


def raises():
    settings = {}
    return settings["SECRET"]


def raises_a_type_error():
    return len(5)


def leaves():
    raise SystemExit(5)


def hangs():
    while True:
        pass


async def later():
    return app


class Kind:
    pass
