"""How the tables of a scenario file are written down: strict pydantic models whose fields say what they take.

Every field says in ``expected`` what it takes; error lines and the reference of all keys (docs/scenarios.md) both use it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

Label = int | float | str
Row = list[float]
Rows = list[Row]


def key(expected: str, description: str, default: Any = ..., **limits: Any) -> Any:
    """A field of a scenario table: what it takes, and what it means."""
    return Field(default, description=description, json_schema_extra={"expected": expected}, **limits)


def wrong(message: str) -> PydanticCustomError:
    """The error of a validator, told as it stands."""
    return PydanticCustomError("wrong", "{message}", {"message": message})


class Section(BaseModel):
    """A table of a scenario file: unknown keys are refused, types are strict, numbers finite."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)
