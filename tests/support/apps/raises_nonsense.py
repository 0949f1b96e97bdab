class Nonsense(Exception):
    def __str__(self):
        raise ValueError


raise Nonsense
