"""`python -m facewarden`: the same as the command `facewarden`."""

from facewarden.cli.main import main

if __name__ == "__main__":
    main()
