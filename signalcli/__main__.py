"""Start signalcli: the console script and ``python -m signalcli`` begin here."""

# The part of signal that is built in: its import can't be interrupted.
import _signal  # type: ignore[import-not-found]

try:
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(
            _signal.SIGINT, _signal.SIG_DFL
        )  # until the command runs, and can be stopped
except KeyboardInterrupt:  # at this very moment
    raise SystemExit(130) from None


def main() -> None:
    """Import the command line, run it and exit with its status.

    Importing creates many objects and no garbage, so the garbage collector is off meanwhile.
    """
    import gc

    gc.disable()
    from signalcli.cli.main import main as run_command_line

    gc.freeze()
    gc.enable()
    run_command_line()


if __name__ == "__main__":
    main()
