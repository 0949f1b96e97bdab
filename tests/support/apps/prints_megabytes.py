import os, subprocess, sys

print("p" * 3_000_000)
sys.stdout.buffer.write(b"b" * 1_000_000)
sys.__stdout__.write("l" * 1_000_000)
with open(1, "wb", closefd=False) as descriptor:
    descriptor.write(b"w" * 1_000_000)
subprocess.run([sys.executable, "-c", "print('c' * 1_000_000)"])
