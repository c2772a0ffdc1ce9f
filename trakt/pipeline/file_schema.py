"""The JSON Schema of a pipeline file, made of the tables in `yaml_fields` and what formats and steps say of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trakt.pipeline import declared_schema, schema_contract, yaml_fields
from trakt.pipeline.choices import MODES, SCHEMA_CONTRACTS
from trakt.pipeline.fields import Field
from trakt.pipeline.json_schema import DIALECT, NULL, TEXT, JsonSchema, MetadataKeys, any_of, mapping_of, value_of
from trakt.pipeline.sort_keys import sort_keys_schema
from trakt.schema import type_pattern


def file_schema(
    inputs: Mapping[str, MetadataKeys], outputs: Mapping[str, MetadataKeys], steps: Mapping[str, JsonSchema]
) -> JsonSchema:
    """The whole schema.

    Args:
        inputs, outputs: by kind of file.
        steps: what may stand under `with` of the steps that are known, by what `uses` says.
    """
    definitions = {
        "input": _by_kind(_input(), inputs, yaml_fields.REQUIRED_IN_METADATA),
        "step": _step(steps),
        "output": _by_kind(_output(outputs), outputs),
        "schema": _declared_schema(),
        "type": {"type": "string", "pattern": type_pattern(), "description": "a logical type, or its pandas name"},
        "schema_contract": any_of(NULL, {"enum": list(SCHEMA_CONTRACTS)}, mapping_of(schema_contract.FIELDS)),
    }
    definitions["input"]["properties"]["kind"] = _kind(inputs)
    definitions["named_output"] = _without_name(definitions["output"])
    top = {
        "inputs": {"type": ["object", "null"], "additionalProperties": any_of(NULL, TEXT, _ref("input"))},
        "steps": {"type": ["array", "null"], "items": _ref("step")},
        "outputs": _outputs(),
        "rejected": any_of(NULL, TEXT, mapping_of(yaml_fields.REJECTED)),
        "execution": any_of(NULL, {"enum": list(MODES)}, mapping_of(yaml_fields.EXECUTION)),
    }
    about = {"$schema": DIALECT, "title": "Trakt pipeline", "description": "What is read, done and written."}
    return {**about, **mapping_of(yaml_fields.TOP, top), "$defs": definitions}


def overlay_schema(whole: JsonSchema) -> JsonSchema:
    """That of what one client changes of a pipeline (`trakt.pipeline.overlay`), from the schema of the whole file.

    Any key may be left out, and null takes one away. Steps may be named in a mapping as well as in a list.
    """
    changed = {key: _changed(part) for key, part in whole.items() if key != "required"}
    keys = {name: part for name, part in changed["properties"].items() if name != "name"}
    steps = {"type": "object", "additionalProperties": any_of(NULL, _ref("step"))}
    about = {"title": "Trakt client overlay", "description": "What one client changes of a pipeline."}
    return {**changed, **about, "properties": {**keys, "steps": any_of(steps, keys["steps"])}}


def _changed(part: Any) -> Any:
    if isinstance(part, list):
        return [_changed(each) for each in part]
    if not isinstance(part, dict):
        return part
    told = {key: _changed(each) for key, each in part.items() if key not in (*_ONLY_OF_A_WHOLE, "if", "properties")}
    if "properties" in part:
        told["properties"] = {key: any_of(NULL, _changed(each)) for key, each in part["properties"].items()}
    if isinstance(part.get("additionalProperties"), dict):
        told["additionalProperties"] = any_of(NULL, told["additionalProperties"])
    if "if" in part:
        # what is left out may stand in the pipeline: its default must not be taken for it
        told["if"] = {**part["if"], "required": list(part["if"]["properties"])}
    return told


_ONLY_OF_A_WHOLE = ("required", "default", "minItems", "minProperties")


def _ref(name: str) -> JsonSchema:
    return {"$ref": f"#/$defs/{name}"}


def _kind(kinds: Mapping[str, MetadataKeys]) -> JsonSchema:
    return {"enum": list(kinds), "default": "csv"}


def _input() -> JsonSchema:
    return mapping_of(yaml_fields.INPUT, {"schema": _ref("schema"), "schema_contract": _ref("schema_contract")})


def _output(kinds: Mapping[str, MetadataKeys]) -> JsonSchema:
    return mapping_of(yaml_fields.OUTPUT, {"kind": _kind(kinds), "sort_by": sort_keys_schema()})


def _by_kind(entry: JsonSchema, kinds: Mapping[str, MetadataKeys], *more: Field) -> JsonSchema:
    """The entry, with its metadata by its kind; csv where it says none."""
    conditions = [
        {
            "if": {"properties": {"kind": {"const": kind}}, **({} if kind == "csv" else {"required": ["kind"]})},
            "then": {"properties": {"metadata": keys.schema(*more)}},
        }
        for kind, keys in kinds.items()
    ]
    return {**entry, "allOf": conditions}


def _step(steps: Mapping[str, JsonSchema]) -> JsonSchema:
    uses = {**value_of(next(each for each in yaml_fields.STEP if each.name == "uses")), "examples": list(steps)}
    conditions = [
        {
            "if": {"properties": {"uses": {"const": uses}}, "required": ["uses"]},
            "then": {"properties": {"with": literals}, "required": ["with"]},
        }
        for uses, literals in steps.items()
    ]
    return {**mapping_of(yaml_fields.STEP, {"uses": uses}), "allOf": conditions}


def _outputs() -> JsonSchema:
    """A list under `datasets`, or a mapping by name."""
    is_list = {"required": ["datasets"], "properties": {"datasets": {"type": ["array", "null"]}}}
    as_list = {"additionalProperties": False, "properties": {"datasets": {"items": _ref("output")}}}
    by_name = {"additionalProperties": any_of(TEXT, _ref("named_output"))}
    return {"type": ["object", "null"], "if": is_list, "then": as_list, "else": by_name}


def _without_name(output: JsonSchema) -> JsonSchema:
    keys = {name: schema for name, schema in output["properties"].items() if name != "name"}
    return {**output, "properties": keys, "required": [name for name in output["required"] if name != "name"]}


def _declared_schema() -> JsonSchema:
    type_of, types = _ref("type"), {"type": "object", "additionalProperties": _ref("type")}
    column = mapping_of((*declared_schema.COLUMN, *declared_schema.RULE), {"type": type_of})
    columns = {"type": "array", "items": any_of(TEXT, column)}
    whole = mapping_of(declared_schema.THIRD_SHAPE, {"columns": any_of(columns, types), "types": types})
    shapes = ({**columns, "minItems": 1}, {**types, "minProperties": 1}, whole)
    return {"description": "columns that must be there, and their types", **any_of(NULL, *shapes)}
