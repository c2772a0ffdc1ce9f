"""`python -m trakt.run_local ARGS` is `trakt run ARGS`."""

import sys

from trakt.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", *sys.argv[1:]]))
