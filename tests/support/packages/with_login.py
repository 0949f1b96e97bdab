"""Flask-Login: a login manager, and a view that logs a user in."""

from flask import Flask
from flask_login import LoginManager, UserMixin, login_user, user_logged_in

app = Flask(__name__)
app.secret_key = "secret of the test"
login_manager = LoginManager(app)


class User(UserMixin):
    def __init__(self, id):
        self.id = id


@login_manager.user_loader
def load_user(user_id):
    return User(user_id)


@user_logged_in.connect_via(app)
def greet(sender, user):
    return f"welcome, {user.id}"


@app.post("/login")
def login():
    login_user(User("monkey"))
    return "in"
