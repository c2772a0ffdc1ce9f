"""What the layer can do without: half of it. `trial` tells whether a rule took too much."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from trakt.runtime.console import log

UNWANTED = (
    # what only people who build or test these packages need
    "**/tests",
    "**/include",
    "**/*.pyi",
    "**/*.pyx",
    "**/*.pxd",
    "**/*.pxi",
    "**/*.h",
    "**/*.a",
    "*-stubs",
    "numpy/f2py",
    "pyarrow/src",
    "pyarrow/_pyarrow_cpp_tests*",
    # Arrow's network and its other file systems: boto3 is the way to S3 (libarrow_substrait must stay: all links to it)
    "pyarrow/*_flight*",
    "pyarrow/*_orc*",
    "pyarrow/_azurefs*",
    "pyarrow/_gcsfs*",
    "pyarrow/_hdfs*",
    "pyarrow/_s3fs*",
    "pyarrow/libarrow_s3*",
    "pyarrow/*parquet_encryption*",
    # each library lies there under three names, and is loaded by the one of its soname
    "pyarrow/*.so.*.*.*",
    "pyarrow/libarrow_python.so",
)


def trim(packages: Path) -> None:
    """Remove what is unwanted below a folder of packages."""
    for pattern in UNWANTED:
        for path in sorted(packages.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def strip(packages: Path) -> None:
    """Take the symbols from libraries, which only debuggers read."""
    program = shutil.which("strip")
    if program is None:
        log.warning("the layer is larger than it need be: there is no `strip` here (it comes with binutils)")
        return
    for library in sorted(packages.rglob("*.so*")):
        subprocess.run([program, "--strip-unneeded", str(library)], check=True, capture_output=True)
