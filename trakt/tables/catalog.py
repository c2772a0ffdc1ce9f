"""The AWS Glue Data Catalog: tables found and changed by awswrangler. No other file of Trakt calls it for that.

What is there already is no error anywhere here, so that doing it again does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from trakt.errors import MissingExtra, OutputError
from trakt.storage import scheme_of, storage_for
from trakt.tables import Table

try:
    import awswrangler as wr
except ModuleNotFoundError as missing:
    # broken within is another matter
    if missing.name not in ("awswrangler", "boto3", "botocore"):
        raise
    raise MissingExtra("`kind: table` with a place in S3", "tables") from missing

from trakt.tables.faults import told

_READ = "glue:GetDatabases and glue:GetTables"
_CHANGE = "glue:GetTable, glue:CreateTable and glue:UpdateTable"
_PARTS = "glue:GetPartitions, glue:BatchCreatePartition and glue:BatchDeletePartition"

Partitions = Mapping[str, Sequence[str]]
"""The uri of a partition's folder, with a slash at its end, to its values."""


def found(database: str, name: str, uri: str) -> Table | None:
    """The table that has this name now, or None.

    Args:
        uri: where its files would go, for messages.

    Raises:
        OutputError: there is no such database, or the catalog cannot be asked.
    """
    with _told(f"{database}.{name}", _READ, uri):
        tables: Iterable[dict[str, Any]] = wr.catalog.get_tables(database=database, name_prefix=name)
        entry = next((each for each in tables if each["Name"] == name), None)
        if entry is None and all(each["Name"] != database for each in wr.catalog.get_databases()):
            hint = f"""create it: aws glue create-database --database-input '{{"Name": "{database}"}}'"""
            raise OutputError(
                f"there is no database '{database}' in the catalog", where=f"{database}.{name}", hint=hint
            )
    return _table(database, entry) if entry else None


def _table(database: str, entry: Mapping[str, Any]) -> Table:
    stored = entry.get("StorageDescriptor") or {}
    told = {key.lower(): value for key, value in (entry.get("Parameters") or {}).items()}
    location = str(stored.get("Location") or "").rstrip("/")
    return Table(
        database=database,
        name=entry["Name"],
        # others write s3a:// and hdfs:// too, which is no place of ours
        location=storage_for(location).canonical(location) if scheme_of(location) == "s3" else location,
        columns={each["Name"]: each["Type"] for each in stored.get("Columns", ())},
        keys={each["Name"]: each["Type"] for each in entry.get("PartitionKeys", ())},
        # tables of Iceberg, Hudi and Delta Lake have Parquet files too, and books of their own
        is_parquet=str(stored.get("InputFormat")).endswith(".MapredParquetInputFormat")
        and "table_type" not in told
        and str(told.get("spark.sql.sources.provider", "parquet")).lower() in ("parquet", "hive"),
    )


def enter(wanted: Table, description: str | None, compression: str) -> None:
    """Enter a table, or the columns that the one of its name has not yet, behind those it has."""
    with _told(wanted.title, _CHANGE, wanted.location):
        wr.catalog.create_parquet_table(
            database=wanted.database,
            table=wanted.name,
            path=f"{wanted.location}/",
            columns_types=dict(wanted.columns),
            partitions_types=dict(wanted.keys) or None,
            compression=None if compression == "none" else compression,
            description=description,
            mode="append",
        )


def remove_columns(table: Table, names: Iterable[str]) -> None:
    """Take columns away again."""
    with _told(table.title, _CHANGE, table.location):
        for name in names:
            wr.catalog.delete_column(database=table.database, table=table.name, column_name=name)


def remove(table: Table) -> None:
    """Take the table away again, with its partitions."""
    with _told(table.title, "glue:DeleteTable", table.location):
        wr.catalog.delete_table_if_exists(database=table.database, table=table.name)


def partitions_of(table: Table) -> Partitions:
    """All there are, by the uri of their folder."""
    with _told(table.title, _PARTS, table.location):
        known: dict[str, list[str]] = wr.catalog.get_parquet_partitions(table.database, table.name)
    return {f"{uri.rstrip('/')}/": values for uri, values in known.items()}


def add_partitions(table: Table, partitions: Partitions, compression: str) -> None:
    """Enter partitions; those there are stay."""
    if not partitions:
        return
    with _told(table.title, _PARTS, table.location):
        wr.catalog.add_parquet_partitions(
            database=table.database,
            table=table.name,
            partitions_values={uri: list(values) for uri, values in partitions.items()},
            compression=None if compression == "none" else compression,
            columns_types=dict(table.columns),
        )


def remove_partitions(table: Table, partitions: Partitions) -> None:
    """Take partitions away; their files are another matter."""
    if not partitions:
        return
    with _told(table.title, _PARTS, table.location):
        wr.catalog.delete_partitions(
            table=table.name, database=table.database, partitions_values=[list(each) for each in partitions.values()]
        )


def _told(where: str, allow: str, uri: str) -> AbstractContextManager[None]:
    return told(OutputError, f"table {where}", allow, uri)
