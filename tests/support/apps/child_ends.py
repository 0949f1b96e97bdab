import os

child = os.fork()
if child == 0:
    os._exit(8)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
