from flask import Flask

site = also = Flask("alone")
