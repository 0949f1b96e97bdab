import threading, time


def work():
    for _ in range(40):
        print("working")
        time.sleep(0.01)


threading.Thread(target=work).start()
