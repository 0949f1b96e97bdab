"""``python -m signalcli``: the same as the ``signalcli`` command."""

from signalcli.cli import main

if __name__ == "__main__":
    main()
