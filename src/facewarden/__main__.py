"""The command `facewarden`, also as `python -m facewarden`. Never shows a traceback to who stops it while it loads."""

import sys


def main() -> None:
    """Ends the process with the command's exit code."""
    try:
        from facewarden.cli.main import main as run  # a second on a cold machine, in which Ctrl-C may come

        run()
    except KeyboardInterrupt:
        sys.exit("facewarden: Stopped.")


if __name__ == "__main__":
    main()
