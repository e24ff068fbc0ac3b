"""The door for a checkout: `python cli.py …` is `vfi …`."""

from vfi.commands import main

if __name__ == "__main__":
    main()
