import sys


class Odd:
    def write(self, text):
        return len(text)

    def flush(self):
        raise ValueError("never")


sys.stdout = Odd()
