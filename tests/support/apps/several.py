from flask import Flask, current_app

front, back = Flask("front"), Flask("back")
