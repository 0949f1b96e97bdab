"""sentry-sdk: it connects itself to the signals of Flask."""

import sentry_sdk
from flask import Flask
from sentry_sdk.integrations.flask import FlaskIntegration

sentry_sdk.init(dsn=None, default_integrations=False, integrations=[FlaskIntegration()])
app = Flask(__name__)


@app.get("/")
def index():
    return "hello"
