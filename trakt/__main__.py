"""`python -m trakt ARGS` is `trakt ARGS`."""

import sys

from trakt.cli import main

if __name__ == "__main__":
    sys.exit(main())
