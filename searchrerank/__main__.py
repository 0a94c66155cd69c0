"""`python -m searchrerank`, and the console script."""

import os
import signal

__all__ = ["main"]


def main() -> None:
    """Run the command that `sys.argv` names."""
    if os.getpid() == 1:
        # The first process of a container has no default action for signals: a stop while it starts would not be heeded.
        signal.signal(signal.SIGTERM, lambda number, _: os._exit(128 + number))
    from searchrerank.cli import main as run  # noqa: PLC0415  (takes a second)

    run()


if __name__ == "__main__":
    main()
