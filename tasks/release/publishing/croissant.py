"""croissant.json: what a published dataset is and how its files are read, as search engines and loaders take it.

The vocabulary is MLCommons Croissant 1.0 (docs.mlcommons.org/croissant/docs/croissant-spec.html). Each data file is a FileObject
with its hash; the files of a split are a FileSet, whose rows are a RecordSet with a field for each column.
"""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import pyarrow as pa

from tasks.release.fields import FIELDS
from tasks.release.released import SPLITS
from tasks.store.manifest import Release

CONTEXT: Final[dict[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the specification asks every file to begin with."""
PARQUET: Final = "application/x-parquet"


class DataFile(NamedTuple):
    """A Parquet file of the dataset."""

    name: str
    """data/SPLIT-…, as it is published."""
    sha256: str
    size: int
    """Bytes."""


def croissant(
    release: Release, files: Sequence[DataFile], schema: pa.Schema, licences: Sequence[str], url: str = ""
) -> bytes:
    """The metadata of a release whose data files are `files`, with the columns of `schema`. `licences`: of its rows, those that are
    known; `url`: of its page, where it has one."""
    sides = {
        side: found for side in SPLITS if (found := [file for file in files if file.name.startswith(f"data/{side}-")])
    }
    text = str(release.recipe.get("description") or "An instruction-tuning dataset.")
    metadata: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": release.dataset,
        "description": text,
        "version": f"{release.version}.0.0",
        "datePublished": release.published_at[:10],
    }
    metadata |= {"license": list(licences)} if licences else {}
    metadata |= {"url": url} if url else {}
    metadata["distribution"] = [
        *(_file_object(file) for found in sides.values() for file in found),
        *map(_file_set, sides),
    ]
    metadata["recordSet"] = [_record_set(side, schema) for side in sides]
    return json.dumps(metadata, indent=1, ensure_ascii=False).encode()


def _file_object(file: DataFile) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": file.name,
        "contentSize": f"{file.size} B",
        "encodingFormat": PARQUET,
        "sha256": file.sha256,
    }


def _file_set(side: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"files-{side}",
        "name": f"files-{side}",
        "description": f"The files with the rows for {side}.",
        "encodingFormat": PARQUET,
        "includes": f"data/{side}-*.parquet",
    }


def _record_set(side: str, schema: pa.Schema) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": side,
        "name": side,
        "description": f"The rows for {side}.",
        "key": {"@id": f"{side}/example_id"},
        "field": [_field(side, field) for field in schema],
    }


def _field(side: str, field: pa.Field) -> dict[str, Any]:
    """A column: repeated where it holds lists, with a sub-field for each member where these are of structs."""
    repeated = pa.types.is_list(field.type)
    kind = field.type.value_type if repeated else field.type
    source = {"fileSet": {"@id": f"files-{side}"}, "extract": {"column": field.name}}
    found: dict[str, Any] = {"@type": "cr:Field", "@id": f"{side}/{field.name}", "name": field.name}
    found |= {"description": FIELDS[field.name]} if field.name in FIELDS else {}
    if not pa.types.is_struct(kind):
        return {**found, **_value_type(field.type), "source": source}
    return {
        **found,
        **({"repeated": True} if repeated else {}),
        "subField": [
            {
                "@type": "cr:Field",
                "@id": f"{side}/{field.name}/{part.name}",
                "name": part.name,
                **_value_type(part.type),
                "source": {**source, "transform": {"jsonPath": part.name}},
            }
            for part in kind
        ],
    }


def _value_type(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_list(kind):
        return {"repeated": True, "dataType": _data_type(kind.value_type)}
    return {"dataType": _data_type(kind)}


def _data_type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(kind) else "sc:Text"
