import threading

lock = threading.Lock()
lock.acquire()
with lock:
    pass
