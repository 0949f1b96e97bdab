import os

child = os.fork()
if child == 0:
    print("child")
    raise ValueError("of the child")
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print("status", status)
