first = 1
def broken(:
    pass
