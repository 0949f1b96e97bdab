import time

try:
    time.sleep(60)
except BaseException as error:
    raise RuntimeError("the database is gone") from error
