"""Protocols and strategies as scenarios and command lines write them: a name, or a table of a name and options."""

import dataclasses
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from experiments.complaints import nearest, shown
from negotiation.errors import InputError
from negotiation.protocol import Grid, Protocol
from negotiation.registry import available
from negotiation.strategy import Strategy

Pair = tuple[Strategy, Strategy]
STRICT = ConfigDict(strict=True, allow_inf_nan=False)


@cache
def classes(kind: str) -> dict[str, type]:
    """The known classes of a kind, "protocol" or "strategy", by name and by class name."""
    found = available(kind)
    return {cls.__name__: cls for cls in found.values()} | found


def build(kind: str, entry: Any, key: str) -> Any:
    """A protocol or strategy from its entry. Raises InputError that names the key."""
    options = {"name": entry} if isinstance(entry, str) else dict(entry)
    name = options.pop("name", None)
    if not isinstance(name, str):
        raise InputError(f"{key}.name: missing; expected the name of a {kind}")
    names = sorted(available(kind))
    if name not in classes(kind):
        hint = nearest(name, names)
        listed = f" (there are {', '.join(names)})" if hint.startswith("did") else ""
        raise InputError(f"{key}: unknown {kind} {name!r}; {hint}{listed}")
    cls = classes(kind)[name]
    hints = get_type_hints(cls) if dataclasses.is_dataclass(cls) else {}
    known = [f.name for f in dataclasses.fields(cls) if f.init] if dataclasses.is_dataclass(cls) else []
    for option, value in options.items():
        if option not in known:
            has = nearest(option, known) if known else f"{name} has no options"
            raise InputError(f"{key}.{option}: unknown option of {name}; {has}")
        options[option] = _value(hints.get(option, Any), value, f"{key}.{option}")
    try:
        return cls(**options)
    except InputError as error:
        raise InputError(f"{key}.{error}" if str(error).partition(":")[0] in known else f"{key}: {error}") from error


def _value(hint: Any, value: Any, key: str) -> Any:
    if hint == Grid | None and isinstance(value, dict):
        return _grid(value, key)
    try:
        return TypeAdapter(hint, config=None if dataclasses.is_dataclass(hint) else STRICT).validate_python(value)
    except ValidationError:
        expected = {Grid | None: "a table {low, high, step}", int | None: "a whole number", int: "a whole number",
                    float: "a number", bool: "true or false", str: "a string"}.get(hint, str(hint))  # fmt: skip
        raise InputError(f"{key}: expected {expected}, got {shown(value)}") from None


def _grid(table: dict[str, Any], key: str) -> Grid:
    names = ("low", "high", "step")
    for name in table:
        if name not in names:
            raise InputError(f"{key}.{name}: unknown key; {nearest(name, names)}")
    for name in names:
        value = table.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{key}.{name}: {'missing; ' if value is None else ''}expected a number" +
                             ("" if value is None else f", got {shown(value)}"))  # fmt: skip
    try:
        return Grid(**table)
    except InputError as error:
        raise InputError(f"{key}: {str(error).removeprefix('grid: ')}") from error


def protocols(entries: Sequence[Any], key: str = "play.protocols") -> list[Protocol]:
    """The protocols of a list of entries, each once."""
    made: list[Protocol] = []
    for k, entry in enumerate(entries):
        protocol = build("protocol", entry, f"{key}[{k}]")
        if protocol in made:
            raise InputError(f"{key}[{k}]: {label(protocol)} is listed twice")
        made.append(protocol)
    return made


def pairs(entry: Any, key: str = "play.strategies") -> list[Pair]:
    """The mixes (Alice's, Bob's strategy) of an entry: a name or table for both, {alice, bob}, or a list of these."""
    if isinstance(entry, list):
        if not entry:
            raise InputError(f"{key}: expected at least one strategy")
        return [pair for k, one in enumerate(entry) for pair in pairs(one, f"{key}[{k}]")]
    if isinstance(entry, dict) and "name" not in entry:
        for name in entry:
            if name not in ("alice", "bob"):
                raise InputError(f"{key}.{name}: unknown key; {nearest(name, ('name', 'alice', 'bob'))}")
        for name in ("alice", "bob"):
            if not isinstance(entry.get(name), str | dict):
                raise InputError(f"{key}.{name}: expected a name, or a table of a name and options")
        return [(build("strategy", entry["alice"], f"{key}.alice"), build("strategy", entry["bob"], f"{key}.bob"))]
    if not isinstance(entry, str | dict):
        raise InputError(f"{key}: expected a name, or a table, got {shown(entry)}")
    both = build("strategy", entry, key)
    return [(both, both)]


def pair_of_names(text: str) -> Any:
    """The entry that "a" or "a,b" on a command line stands for."""
    names = [name.strip() for name in text.split(",")]
    if len(names) > 2 or not all(names):
        raise InputError(f"--strategies: expected a name, or two with a comma between (Alice's, Bob's), got {text!r}")
    return names[0] if len(names) == 1 else {"alice": names[0], "bob": names[1]}


def over(text: str) -> tuple[str, list[Any]]:
    """("items", [4, 8]) of "items=4,8". Values are TOML; words need no quotes."""
    key, equals, values = text.partition("=")
    if not equals or not key.strip() or not values.strip():
        raise InputError(f"--over: expected KEY=VALUE,VALUE,..., got {text!r}")
    try:
        return key.strip(), list(tomllib.loads(f"values = [{values}]")["values"])
    except tomllib.TOMLDecodeError:
        return key.strip(), [_word(word.strip()) for word in values.split(",") if word.strip()]


def _word(word: str) -> Any:
    try:
        return tomllib.loads(f"value = {word}")["value"]
    except tomllib.TOMLDecodeError:
        return word


def label(player: Any) -> str:
    """A protocol's or strategy's name, with the options that are not at their defaults."""
    said = [f"{f.name}={_short(getattr(player, f.name))}" for f in _fields(player) if _changed(player, f)]
    return str(player.name) + (f" ({', '.join(said)})" if said else "")


def pair_label(pair: Pair) -> str:
    """The strategies of both players; one name where they are the same."""
    alice, bob = (label(strategy) for strategy in pair)
    return alice if alice == bob else f"{alice} v {bob}"


def _fields(player: Any) -> Sequence["dataclasses.Field[Any]"]:
    return dataclasses.fields(player) if dataclasses.is_dataclass(player) else ()


def _changed(player: Any, field: "dataclasses.Field[Any]") -> bool:
    factory: Callable[[], Any] | Any = field.default_factory
    default = field.default if factory is dataclasses.MISSING else factory()
    return bool(getattr(player, field.name) != default)


def _short(value: Any) -> str:
    if isinstance(value, Grid):
        return f"{value.low:g}..{value.high:g} by {value.step:g}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def summary(cls: type) -> str:
    """The first sentence of a class's docstring."""
    first = (cls.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
    return " ".join(first.split())
