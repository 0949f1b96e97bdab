"""The program that Python runs in an application's process."""

from signalcli.language.phrases import phrase

START = """\
def start():
    import _signal, os, sys
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    _, directory, calls, answers, dumps, memory, is_blocked = sys.argv
    if not is_blocked:
        _signal.pthread_sigmask(_signal.SIG_UNBLOCK, [_signal.SIGINT])
    def fail(message):
        import json
        os.write(int(answers), json.dumps({"error": ["ApplicationError", message, ""]}).encode() + b"\\n")
        sys.exit(1)
    if sys.version_info < (3, 10):
        fail("%s is Python %d.%d. Applications need Python 3.10 or newer. Name another one: "
            "--python PATH" % ((sys.executable,) + sys.version_info[:2]))
    if sys.path[:1] == [""]:
        del sys.path[0]
    from importlib.util import module_from_spec, spec_from_file_location
    name = "signalcli"
    spec = spec_from_file_location(name, directory + "/__init__.py",
        submodule_search_locations=[directory])
    sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    try:
        if memory:
            from resource import RLIMIT_AS, RLIM_INFINITY, getrlimit, setrlimit
            limit, most = int(memory) << 20, getrlimit(RLIMIT_AS)[1]
            setrlimit(RLIMIT_AS, (limit if most == RLIM_INFINITY else min(limit, most),) * 2)
        import gc
        gc.disable()  # imports make no garbage
        from signalcli.apps.worker import main
        gc.enable()
        if memory:
            bytes(24 << 20)  # the stacks of two threads, and more
    except Exception as error:
        is_missing = isinstance(error, ModuleNotFoundError) and error.name == "blinker"
        if memory and not is_missing:
            os._exit(1)  # signalcli reports it
        if not is_missing:
            raise
        fail("blinker isn't installed for %s, so nothing there has signals. Install the application's "
            "packages, or name another interpreter: --python PATH" % sys.executable)
    main(int(calls), int(answers), int(dumps))
start()
"""
"""The program of the process. It imports this package by its path, so that the process finds no other
package of this environment, and no other package of the name. Ctrl-C is blocked until it begins: Python's
own start would answer it with a traceback."""
TEXTS = (
    phrase(
        "{python} is Python {version}. Applications need Python 3.10 or newer. Name another one: --python PATH"
    ),
    phrase(
        "blinker isn't installed for {python}, so nothing there has signals. Install the application's "
        "packages, or name another interpreter: --python PATH"
    ),
)
"""The errors of the program, which can't import what makes phrases."""
