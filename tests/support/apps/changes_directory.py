import os

os.chdir("kiosk")
