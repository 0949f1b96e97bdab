import threading

threading.Thread(target=threading.Event().wait, name="poller").start()
