"""These need awswrangler, whose Arrow is not the newest: they run in a venv of their own, by `make tables`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from trakt import LocalRunner, TraktError, load_pipeline_from_yaml
from trakt.testing import S3Bucket

collect_ignore_glob = [] if find_spec("awswrangler") else ["test_*.py"]

ORDERS = "id,country,amount\n1,AT,5\n2,DE,7.5\n3,AT,\n"


@dataclass
class Lake:
    """A bucket with tables, the catalog that knows them, and a pipeline that writes one: `shop.orders`."""

    bucket: S3Bucket
    glue: Any
    project: Any

    @property
    def place(self) -> str:
        return self.bucket.uri("lake/orders")

    def pipeline(self, step: str | None = None, **entry: Any) -> None:
        """One output of kind table, of the orders, or of what a step by this name makes of them."""
        metadata = {"database": "shop", **entry.pop("metadata", {})}
        output = {"name": "orders", "from": "made" if step else "orders", "kind": "table", "uri": self.place}
        output |= {"partition_by": ["country"], "metadata": metadata}
        steps = [{"id": step, "uses": f"steps.{step}.run", "with": {"input": "orders", "output": "made"}}]
        parts = {"steps": steps} if step else {}
        read = {"uri": "orders.csv", **({"schema": entry.pop("schema")} if "schema" in entry else {})}
        self.project.pipeline(inputs={"orders": read}, outputs={"datasets": [{**output, **entry}]}, **parts)

    def step(self, name: str, body: str) -> None:
        """A step that passes the orders on, after `body`."""
        head = f'@step_contract(inputs=["input"], outputs=["output"])\ndef run(ctx, input):\n    {body}\n'
        self.project.step(name, f"{head}    return {{'output': input}}\n")

    def run(self, content: str = ORDERS, batch: str | None = "b1", **more: Any) -> dict[str, Any]:
        """The manifest of a run of one batch, which has an output folder of its own in the bucket."""
        self.project.write("orders.csv", content)
        folder = self.bucket.uri(f"runs/{batch}/")
        runner = LocalRunner(input_dir=self.project.folder / "in", output_dir=more.pop("output_dir", folder))
        ids = {"client_id": "acme", "batch_id": batch, **more}
        result = runner.run(load_pipeline_from_yaml(self.project.file), **ids)
        manifest: dict[str, Any] = json.loads(self.bucket.get(result["manifest_path"].split("/", 3)[3]))
        self.project.manifests.append(manifest)
        return manifest

    def fails(self, *arguments: Any, **more: Any) -> TraktError:
        with pytest.raises(TraktError) as raised:
            self.run(*arguments, **more)
        return raised.value

    def files(self) -> list[str]:
        """The files below `lake/`, each by its folder and the ids in its name."""
        below = [key.removeprefix("lake/orders/") for key in self.bucket.all_keys() if key.startswith("lake/orders/")]
        return [key.rpartition("-")[0] for key in below if key.endswith(".parquet")]

    def table(self, name: str = "orders") -> dict[str, Any]:
        table: dict[str, Any] = self.glue.get_table(DatabaseName="shop", Name=name)["Table"]
        return table

    def columns(self) -> dict[str, str]:
        return {each["Name"]: each["Type"] for each in self.table()["StorageDescriptor"]["Columns"]}

    def partitions(self) -> dict[str, str]:
        """The last part of each partition's place, to its value."""
        found = self.glue.get_partitions(DatabaseName="shop", TableName="orders")["Partitions"]
        return {Path(each["StorageDescriptor"]["Location"]).name: each["Values"][0] for each in found}

    def tables(self) -> list[str]:
        return [each["Name"] for each in self.glue.get_tables(DatabaseName="shop")["TableList"]]


@pytest.fixture
def lake(bucket: S3Bucket, project: Any) -> Iterator[Lake]:
    import boto3

    session = boto3.session.Session()
    glue = session.client("glue")
    glue.create_database(DatabaseInput={"Name": "shop"})
    lake = Lake(bucket, glue, project)
    lake.pipeline()
    yield lake
    for name in lake.tables() if "shop" in [each["Name"] for each in glue.get_databases()["DatabaseList"]] else ():
        glue.delete_table(DatabaseName="shop", Name=name)
    if "shop" in [each["Name"] for each in glue.get_databases()["DatabaseList"]]:
        glue.delete_database(Name="shop")
    glue.close()
