"""The files of a manifest as datasets of OpenLineage: what they are called, and what the run knows of them.

Names follow https://openlineage.io/docs/spec/naming: `s3://bucket` and the key, `file` and the absolute path. A file is
a dataset of its own, so that what one pipeline writes is, by name, what another reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    DatasetFacet,
    InputDatasetFacet,
    OutputDatasetFacet,
    data_quality_metrics_input_dataset,
    dataset_version_dataset,
    datasource_dataset,
    input_statistics_input_dataset,
    output_statistics_output_dataset,
    schema_dataset,
)

import trakt
from trakt.engine.find import canonical
from trakt.engine.places import joined

# a package url (https://github.com/package-url/purl-spec): it names the producer, wherever that was installed from
PRODUCER = f"pkg:pypi/trakt-etl@{trakt.__version__}"


def name_of(uri: str) -> tuple[str, str]:
    """The namespace and the name of the dataset that lies at `uri`."""
    place = canonical(joined("", uri))
    scheme, separator, rest = place.partition("://")
    if not separator:
        return "file", place
    bucket, _, key = rest.partition("/")
    return f"{scheme}://{bucket}", key


def inputs_of(manifest: Mapping[str, Any], *, ended: bool) -> list[InputDataset]:
    """Every file that inputs stand for, once; with what was read of it when the run has `ended`."""
    found: dict[tuple[str, str], InputDataset] = {}
    for entry in manifest["inputs"].values():
        for file in entry["files"]:
            name = name_of(file["uri"])
            facets = _known(name[0], entry["schema"], file["sha256"]) if ended else _known(name[0])
            read = dict(_read(entry, file)) if ended else {}
            found.setdefault(name, InputDataset(*name, facets=facets, inputFacets=read))
    return list(found.values())


def outputs_of(manifest: Mapping[str, Any], *, ended: bool) -> list[OutputDataset]:
    """Every output and the dataset of rejected rows; with what was written, when the run has `ended` and succeeded."""
    published = ended and manifest["status"] == "success"
    rejected = manifest["rejected"]
    entries = [*manifest["outputs"].values(), *([rejected] if rejected["path"] is not None else [])]
    return [_output(entry, published=published) for entry in entries]


def _output(entry: Mapping[str, Any], *, published: bool) -> OutputDataset:
    namespace, name = name_of(entry["path"])
    if not published:
        return OutputDataset(namespace, name, facets=_known(namespace))
    written: dict[str, OutputDatasetFacet] = {
        "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            rowCount=entry["rows"], size=entry["bytes"], fileCount=len(entry.get("files", ("one",))), producer=PRODUCER
        )
    }
    # the rejected rows of a manifest have no schema
    facets = _known(namespace, entry.get("schema", {}), entry["sha256"])
    return OutputDataset(namespace, name, facets=facets, outputFacets=written)


def _known(
    namespace: str, schema: Mapping[str, str] | None = None, sha256: str | None = None
) -> dict[str, DatasetFacet]:
    """What can be said of a dataset whether it is read or written."""
    uri = "file:///" if namespace == "file" else namespace
    facets: dict[str, DatasetFacet] = {
        "dataSource": datasource_dataset.DatasourceDatasetFacet(name=namespace, uri=uri, producer=PRODUCER)
    }
    if schema:
        fields = [schema_dataset.SchemaDatasetFacetFields(name=name, type=kind) for name, kind in schema.items()]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=fields, producer=PRODUCER)
    if sha256:
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=sha256, producer=PRODUCER)
    return facets


def _read(entry: Mapping[str, Any], file: Mapping[str, Any]) -> Iterator[tuple[str, InputDatasetFacet]]:
    """What was counted while a file was read."""
    if file["rows"] is None:
        return
    yield (
        "inputStatistics",
        input_statistics_input_dataset.InputStatisticsInputDatasetFacet(
            rowCount=file["rows"], size=file["bytes"], fileCount=1, producer=PRODUCER
        ),
    )
    # a manifest counts missing values per input: of one that is several files, nobody knows which has how many
    if len(entry["files"]) == 1 and entry["nulls"]:
        metrics = data_quality_metrics_input_dataset
        columns = {name: metrics.ColumnMetrics(nullCount=count) for name, count in entry["nulls"].items()}
        yield (
            "dataQualityMetrics",
            metrics.DataQualityMetricsInputDatasetFacet(
                columnMetrics=columns, rowCount=file["rows"], bytes=file["bytes"], fileCount=1, producer=PRODUCER
            ),
        )
