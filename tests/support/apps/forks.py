import os

child = os.fork()
os.write(1, b"parent\n" if child else b"child\n")
