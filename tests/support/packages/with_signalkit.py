"""signalkit: subclasses of blinker's signal, whose receivers are closures around those connected."""

from functools import partial

from signalkit import CoolSignal, CoolSignalAsync


class Document:
    """A document on a screen."""

    saved = CoolSignal(doc="Somebody saved it.")

    def __init__(self):
        self.closed = CoolSignalAsync()


def log(level, sender, **payload): ...


async def tidy(sender, **payload): ...


document = Document()
documents = {"first": Document()}
Document.saved.connect(partial(log, "info"))
Document.saved.connect(log, sender="printer")
document.closed.connect(tidy, sender=document)
