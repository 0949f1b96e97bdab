from . import NAME
