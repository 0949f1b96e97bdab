import atexit, os


def end():
    print("at the end")
    os.write(1, b"at the very end\n")


atexit.register(end)
