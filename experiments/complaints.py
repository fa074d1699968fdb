"""One clear line for every mistake in a scenario: the file, the key, and what was expected."""

import difflib
import json
from collections.abc import Iterable, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from experiments.schema import Document

SHOWN = 60


def nearest(word: str, known: Iterable[str]) -> str:
    """ "; did you mean ...?" or the names that exist."""
    names = list(known)
    close = difflib.get_close_matches(word, names, 1, 0.6)
    return f"did you mean {close[0]!r}?" if close else f"expected one of {', '.join(names)}"


def shown(value: Any) -> str:
    """A value in one short line."""
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(v, dict) for v in value)):
        return "a table" if isinstance(value, dict) else "a list of tables"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except TypeError:  # a TOML date
        text = str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """The section models that a field may hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def by_tag(models: Sequence[type[BaseModel]]) -> dict[str, type[BaseModel]]:
    """The models by their ``kind``, where they have one."""
    return {get_args(m.model_fields["kind"].annotation)[0]: m for m in models if "kind" in m.model_fields}


def locate(
    loc: Sequence[str | int], root: type[BaseModel] = Document
) -> tuple[str, FieldInfo | None, Sequence[type[BaseModel]]]:
    """(the key as one would write it, its field, the models around its last part) of a pydantic location."""
    path, field = "", None
    around: Sequence[type[BaseModel]] = [root]
    inside = around
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
            continue
        tagged = by_tag(inside)
        if part in tagged and field is not None:
            inside = [tagged[part]]
            continue
        known = {name: f for model in inside for name, f in model.model_fields.items()}
        if part not in known and (not inside or field_is_leaf(field)):
            break  # the branch of a union
        path += f".{part}" if path else part
        around, field = inside, known.get(part)
        inside = models_in(field.annotation) if field else []
    return path, field, around


def field_is_leaf(field: FieldInfo | None) -> bool:
    return field is not None and not models_in(field.annotation)


def expected_of(field: FieldInfo | None) -> str:
    """What a field takes, in words."""
    extra = field.json_schema_extra if field else None
    return str(extra["expected"]) if isinstance(extra, dict) else "another value"


def complaint(error: ValidationError, root: type[BaseModel] = Document) -> str:
    """The first of pydantic's errors about a file of the ``root`` kind as "key: what was expected"."""
    first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")  # a misspelt key explains a missing one
    path, field, around = locate(first["loc"], root)
    kind, value = first["type"], first["input"]
    if kind == "extra_forbidden":
        names = [name for model in around for name in model.model_fields]
        return f"{path}: unknown key; {nearest(str(first['loc'][-1]), names)}"
    if kind == "wrong":
        return f"{path}: {first['ctx']['message']}".removeprefix(": ")
    if kind == "missing":
        return f"{path}: missing; expected {expected_of(field)}"
    if kind.startswith("union_tag"):
        tags = list(by_tag(models_in(field.annotation))) if field else []
        tag = value.get("kind") if isinstance(value, dict) else None
        if kind == "union_tag_not_found" or tag is None:
            return f"{path}.kind: missing; expected one of {', '.join(tags)}"
        return f"{path}.kind: unknown kind {shown(tag)}; {nearest(str(tag), tags)}"
    return f"{path}: expected {expected_of(field)}, got {shown(value)}"
