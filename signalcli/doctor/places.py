"""Whose file a place is in: nobody mends Python's own."""

from __future__ import annotations

import os
import sys
import sysconfig


def is_of_python(where: str) -> bool:
    """Whether a file and line are of Python's standard library.

    A relative one is of the library where that has such a module, and the current directory has not.
    """
    file = where.rpartition(":")[0]
    if file.startswith("<frozen "):
        return True
    if os.path.isabs(file):
        library = os.path.join(sysconfig.get_path("stdlib"), "")
        return file.startswith(library) and "site-packages" not in file[len(library) :]
    first = file.replace(os.sep, "/").partition("/")[0].removesuffix(".py")
    return first in sys.stdlib_module_names and not os.path.exists(file)
