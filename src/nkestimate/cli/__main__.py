"""``python -m nkestimate.cli``."""

from nkestimate.cli import main

main()
