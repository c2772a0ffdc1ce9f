"""Inputs as a test writes them, as files that a run can read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trakt.errors import PipelineError, did_you_mean
from trakt.formats import format_for
from trakt.pipeline.model import Input, Output, Pipeline

if TYPE_CHECKING:
    import pandas as pd

    Given = pd.DataFrame | str | bytes | Path | list[dict[str, Any]]
"""A table, the text or the bytes of a file, a file or folder, or rows by column. A text `s3://...` is a place."""

_LONGEST_PATH = 1024


def written(pipeline: Pipeline, inputs: Mapping[str, Given], folder: Path) -> dict[str, str]:
    """The uri of each input; what is no file yet becomes one in `folder`, as the pipeline declares its inputs.

    Raises:
        PipelineError: no input has that name, or a text is the path of a file.
    """
    known = {each.name: each for each in pipeline.inputs}
    for name in inputs:
        if name not in known:
            hint = did_you_mean(name, known) or f"inputs: {', '.join(known)}"
            raise PipelineError(f"no input is named '{name}'", where="inputs", hint=hint)
    return {name: _uri(known[name], given, folder) for name, given in inputs.items()}


def _uri(wanted: Input, given: Given, folder: Path) -> str:
    if isinstance(given, Path):
        return str(given.absolute())
    if isinstance(given, str) and given.startswith("s3://") and "\n" not in given:
        return given
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{wanted.name}{format_for(wanted.kind).SUFFIXES[0]}"
    target.write_bytes(given if isinstance(given, bytes) else _content(wanted, given))
    return str(target)


def _content(wanted: Input, given: pd.DataFrame | str | list[dict[str, Any]]) -> bytes:
    if wanted.kind == "csv" or not (isinstance(given, list) or hasattr(given, "to_csv")):
        return _text(wanted, given).encode(_options(wanted)[1])
    if wanted.kind == "jsonl" and isinstance(given, list):
        # as they are: an absent key is no null, and a whole number no float
        return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in given).encode()
    return _written_by_its_format(wanted, given)


def _written_by_its_format(wanted: Input, given: Any) -> bytes:
    """A table in the kind of an input, as Trakt would write it.

    Raises:
        PipelineError: files of this kind can only be read.
    """
    import pandas as pd

    metadata: dict[str, Any] = {}
    if wanted.kind == "fixed_width":
        from trakt.formats.fixed_width.options import read_options

        places = read_options(wanted).columns
        metadata = {"columns": [{"name": each.name, "start": each.start + 1, "end": each.end} for each in places]}
    kind, output = format_for(wanted.kind), Output(wanted.name, wanted.name, wanted.kind, metadata=metadata)
    if faults := kind.check_output(output, True):
        hint = "give the text or the bytes of a file, or its Path"
        what = f"input '{wanted.name}' cannot be made of a table: {faults[0].what}"
        raise PipelineError(what, where="inputs", hint=hint)
    stream = io.BytesIO()
    writer = kind.open_output(output, stream)
    writer.write(given if isinstance(given, pd.DataFrame) else pd.DataFrame(given))
    writer.close()
    return stream.getvalue()


def _text(wanted: Input, given: pd.DataFrame | str | list[dict[str, Any]]) -> str:
    if isinstance(given, str):
        if given and "\n" not in given and len(given) <= _LONGEST_PATH and Path(given).exists():
            what = f"the text of input '{wanted.name}' is '{given}', which is the path of a file"
            hint = f'give Path("{given}") to read the file; a text of one line ends with a line break'
            raise PipelineError(what, where="inputs", hint=hint)
        return given
    delimiter = _options(wanted)[0]
    if isinstance(given, list):
        return _rows(given, delimiter)
    if not hasattr(given, "to_csv"):
        what = f"input '{wanted.name}' is given as {type(given).__name__}"
        raise PipelineError(what, where="inputs", hint="give a DataFrame, a text, bytes, a Path or a list of rows")
    return given.to_csv(index=False, sep=delimiter)


def _rows(rows: list[dict[str, Any]], delimiter: str) -> str:
    text = io.StringIO()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, columns, delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _options(wanted: Input) -> tuple[str, str]:
    """Delimiter and encoding that are declared, or else those of plain CSV."""
    if wanted.kind != "csv":
        return ",", "utf-8"
    from trakt.formats.csv.options import AUTO, read_options

    options = read_options(wanted)
    return "," if options.delimiter == AUTO else options.delimiter, options.encoding or "utf-8"
