def forever():
    while True: pass


forever()
