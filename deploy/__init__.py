"""Build and publish: what runs in AWS, made by one command from a checkout.

    python -m deploy build

    deploy/
      __main__   the commands, and the door through which every error leaves
      build      everything, in order: this is where to start reading
      function layer glue   one artifact each; `sam build` comes in through the first two (see Makefile here)
      pipelines  which pipelines are packaged
      runtimes   what each runtime in AWS is: its Python, its platform, what it holds and what is brought there
      tools      a Python of the runtime's own version, its pip and its compiler
      trim       what the layer can do without
      trial      what was built is imported and run, in a process that sees nothing else
      archive    zips and checksums, byte for byte the same for the same content
      sizes      measured against the limits of Lambda
      upload     to S3

It is no part of the package `trakt`, and stands above all of it.
"""

from __future__ import annotations

from pathlib import Path

from trakt.errors import TraktError

ROOT = Path(__file__).parents[1]
"""The checkout."""


class DeployError(TraktError):
    """What was asked for cannot be built, or must not be deployed."""
