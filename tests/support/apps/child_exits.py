import os, sys

child = os.fork()
if child == 0:
    sys.exit(6)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
