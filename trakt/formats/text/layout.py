"""What each kind of text says of its files: where records end, where the names stand, what parts the fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol

from trakt.formats.text.bad_rows import Findings
from trakt.formats.text.block import Block, Head
from trakt.formats.text.decode import Kind
from trakt.formats.text.records import Records
from trakt.formats.text.table import TextTable


class FileNames(NamedTuple):
    """What is known of a file when its records are to be split: its columns, its encoding, its missing words."""

    columns: tuple[str, ...]
    encoding: str = "utf-8"
    missing: tuple[str, ...] = ("",)


class Known(NamedTuple):
    """What is known of a file before its rows are read; plain data, so that another process may read them."""

    layout: Layout
    columns: tuple[str, ...]
    encoding: str


Splitting = Callable[[Block, Findings], TextTable]
"""A block as text: the rows that can be split, while each record that cannot is noted once.

Raises:
    InputError: the block holds bytes that are no text, and such rows are not to be set aside.
"""


class Layout(Protocol):
    """How the text of one file is laid out."""

    @property
    def kind(self) -> Kind:
        """What such files are called."""

    @property
    def has_header(self) -> bool:
        """Whether the first record has the names of the columns."""

    @property
    def by_name(self) -> bool:
        """Whether each record names its fields: a column that a record, or all of a file, does not name is missing."""

    @property
    def most_columns(self) -> int | None:
        """More of them than that are a fault of the file; None: it may have any number."""

    @property
    def hint(self) -> str:
        """Which options to look at when the records of a block are counted differently."""

    @property
    def details(self) -> Mapping[str, str]:
        """What was chosen for this file, for the manifest."""

    def settled(self, text: Iterator[bytes], uri: str) -> tuple[Layout, Iterator[bytes]]:
        """The layout with what is to be found out from the file itself, and the text from its start.

        Raises:
            InputError: the file does not tell.
        """

    def cut(self, text: Iterator[bytes], uri: str, first_line: int, *, aside: bool) -> Iterator[Block]:
        """UTF-8 bytes cut into blocks of whole records. The last record may lack its line end.

        Args:
            aside: what cannot be cut becomes a block with a `flaw`.

        Raises:
            InputError: a record has no end, and it is not to be set aside; or it is too long.
        """

    def columns(self, blocks: Iterator[Block], uri: str) -> tuple[str, ...]:
        """The names of the columns, in order; takes no more blocks than it needs.

        Raises:
            InputError: the names cannot be columns.
        """

    def take_head(self, blocks: Iterator[Block], uri: str) -> Head:
        """What stands before the first row, if anything does."""

    def records_of(self, block: Block) -> Records:
        """Take a block of whole records apart."""

    def splitting(self, file: FileNames, uri: str) -> Splitting:
        """Splits the blocks of a file."""
