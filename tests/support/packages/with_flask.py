"""Flask: its own signals, and one of the application's in a namespace of its own."""

from blinker import Namespace
from flask import Flask, got_request_exception, render_template_string, template_rendered

signals = Namespace()
model_saved = signals.signal("model-saved")

app = Flask(__name__)
other = Flask("other")


@template_rendered.connect_via(app)
def when_template_rendered(sender, template, context, **extra): ...


def log_exception(sender, exception, **extra): ...


def lost(sender, **extra): ...


class Audit:
    def saved(self, sender, **extra): ...


audit = Audit()
got_request_exception.connect(log_exception, app)
got_request_exception.connect(log_exception, other)
model_saved.connect(audit.saved)
model_saved.connect(lambda sender: None)  # weak: it is gone at once
model_saved.connect(lost)
del lost


@app.get("/")
def index():
    return render_template_string("Hello")
