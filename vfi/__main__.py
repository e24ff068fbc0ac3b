"""`python -m vfi …` is `vfi …`."""

from .commands import main

main()
