"""Flask-SQLAlchemy: a model in memory, whose changes are tracked."""

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.track_modifications import before_models_committed, models_committed
from sqlalchemy.orm import Mapped, mapped_column

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
app.config["SQLALCHEMY_TRACK_MODIFICATIONS"] = True
db = SQLAlchemy(app)


class User(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Index:
    """Keeps a search index up to date, for every application."""

    def update(self, sender, changes):
        return ", ".join(f"{operation} {type(model).__name__}" for model, operation in changes)


@before_models_committed.connect_via(app)
def check(sender, changes):
    return len(changes)


index = Index()
models_committed.connect(index.update)

with app.app_context():
    db.create_all()


@app.post("/users")
def add():
    db.session.add(User(name="monkey"))
    db.session.commit()
    return "added"
