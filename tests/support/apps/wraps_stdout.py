import io, sys

sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8")
sys.stdout = kept = io.TextIOWrapper(sys.stdout.detach(), encoding="utf-8")
print("wrapped")
