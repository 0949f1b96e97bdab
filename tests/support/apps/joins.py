import threading, time

thread = threading.Thread(target=time.sleep, args=(60,), daemon=True)
thread.start()
thread.join()
