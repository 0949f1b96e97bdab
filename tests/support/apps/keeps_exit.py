from os import _exit as leave
