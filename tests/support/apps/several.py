from flask import Flask

front, back = Flask("front"), Flask("back")
