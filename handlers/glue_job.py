"""The script of the Glue job. Everything it does is in the package; see docs/glue.md for what goes where."""

from trakt.runtime.glue_main import main

if __name__ == "__main__":
    main()
