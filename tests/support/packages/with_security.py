"""Flask-Security: many signals, of its own and of the extensions below it."""

from flask import Flask
from flask_security import (
    RoleMixin,
    Security,
    UserMixin,
    user_authenticated,
    user_registered,
)
from flask_security.datastore import Datastore, UserDatastore


class Role(RoleMixin): ...


class User(UserMixin):
    fs_uniquifier = "monkey"


class Store(Datastore, UserDatastore):
    """Keeps no users."""

    def __init__(self):
        Datastore.__init__(self, None)
        UserDatastore.__init__(self, User, Role)

    def find_user(self, *arguments, **named): ...

    def find_role(self, *arguments, **named): ...


def mail(app, user, **extra): ...


user_registered.connect(mail)
user_authenticated.connect(mail, sender="nobody")


def create_app():
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "secret of the test"
    app.config["SECURITY_PASSWORD_SALT"] = "1234567890"
    Security(app, Store())
    return app


app = create_app()
