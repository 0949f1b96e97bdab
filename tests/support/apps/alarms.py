import signal


def own(number, frame):
    pass


signal.signal(signal.SIGALRM, own)
