"""Flask-Mail: a message that is recorded, and not sent."""

from flask import Flask
from flask_mail import Mail, Message, email_dispatched

app = Flask(__name__)
app.config["MAIL_SUPPRESS_SEND"] = True
app.config["MAIL_DEFAULT_SENDER"] = "cave@example.org"
mail = Mail(app)


def log_message(app, message):
    return message.subject


email_dispatched.connect(log_message)


@app.post("/mail")
def send():
    mail.send(Message("knock", recipients=["monkey@example.org"], body="Is anybody in?"))
    return "sent"
