import ctypes

library, mutex = ctypes.CDLL(None), ctypes.create_string_buffer(256)
library.pthread_mutex_lock(mutex)
library.pthread_mutex_lock(mutex)
