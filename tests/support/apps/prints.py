import ctypes, os, sys

print("by print")
os.write(1, b"by os\n")
sys.__stdout__.write("by the lowest\n")
os.system("echo by a child")
ctypes.CDLL(None).puts(b"by a library")
ctypes.CDLL(None).fflush(None)
