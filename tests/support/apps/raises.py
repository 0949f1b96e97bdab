def connect():
    raise ValueError("no database\nat all")


connect()
