"""Scenarios: a problem, a prior and how to play them, as a TOML file. Built-in ones are in ``experiments/scenarios``."""

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from experiments import entries, schema
from experiments.building import problem_of
from experiments.complaints import complaint, nearest
from experiments.entries import Pair
from negotiation.errors import CannotPlay, InputError
from negotiation.play import Session
from negotiation.problem import Problem
from negotiation.protocol import Protocol

BUILT_IN = Path(__file__).parent / "scenarios"
SHORT = {
    "items": "problem.items", "parts": "problem.parts", "tremble": "play.tremble", "negotiations": "play.negotiations",
    "seed": "play.seed", "protocols": "play.protocols", "strategies": "play.strategies",
}  # fmt: skip
SHORTEST = ("discount", *SHORT, "problem.KEY", "prior.KEY", "play.KEY")


def built_in() -> list[str]:
    """The names of the built-in scenarios."""
    return sorted(path.stem for path in BUILT_IN.glob("*.toml"))


@dataclass(frozen=True)
class Scenario:
    """A validated scenario. ``source`` says where it was read, for messages; ``text`` is the file, ``document`` its keys after
    any ``change``."""

    source: str
    text: str
    document: Mapping[str, Any]
    spec: schema.Document

    @classmethod
    def load(cls, name_or_path: str | Path) -> "Scenario":
        """A built-in scenario by name, or a TOML file by path. Raises InputError with one line that says what is wrong."""
        path = Path(name_or_path)
        if str(name_or_path) in built_in():
            path = BUILT_IN / f"{name_or_path}.toml"
        elif path.suffix != ".toml" and not path.exists():
            names = built_in()
            raise InputError(f"unknown scenario {str(name_or_path)!r}: {_hint(str(name_or_path), names)}")
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise InputError(f"{name_or_path}: cannot be read: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise InputError(f"{name_or_path}: cannot be read: expected a text file in UTF-8") from error
        return cls.parse(text, str(name_or_path) if path.parent != BUILT_IN else f"{name_or_path} (built in)")

    @classmethod
    def parse(cls, text: str, source: str = "scenario") -> "Scenario":
        """A scenario from the text of a TOML file."""
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"{source}: not valid TOML: {' '.join(str(error).split())}") from error
        return cls(source, text, document, _validated(document, source))

    def change(self, changes: Mapping[str, Any], said: str = "") -> "Scenario":
        """The scenario with other values under dotted keys (or the short names items, tremble, negotiations, ...).

        ``said`` names, for messages, who asked for the change."""
        document: dict[str, Any] = deepcopy(dict(self.document))
        for key, value in changes.items():
            *tables, last = SHORT.get(key, key).split(".")
            if not tables and key not in schema.Document.model_fields:
                raise InputError(f"{self.source}{f', {said}' if said else ''}: {key}: unknown key; {nearest(key, SHORTEST)}")
            at = document
            for table in tables:
                at = at.setdefault(table, {})
                if not isinstance(at, dict):
                    raise InputError(f"{said or self.source}: {key}: {table} is not a table")
            at[last] = deepcopy(value)
        source = f"{self.source}, {said}" if said else self.source
        return Scenario(self.source, self.text, document, _validated(document, source))

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def title(self) -> str:
        return self.spec.title

    @property
    def play(self) -> schema.Play:
        return self.spec.play

    @cached_property
    def digest(self) -> str:
        """A fingerprint of everything that decides results."""
        told = {"title", "description"}
        body = json.dumps(self.spec.model_dump(exclude=told), sort_keys=True, default=str)
        return hashlib.sha256(body.encode()).hexdigest()[:16]

    def problem(self) -> Problem:
        """The problem. Raises InputError that names the file and the table."""
        with self._naming_file():
            return problem_of(self.spec)

    def protocols(self) -> list[Protocol]:
        """The protocols of ``play.protocols``."""
        with self._naming_file():
            return entries.protocols(self.play.protocols)

    def strategies(self) -> list[Pair]:
        """The mixes of strategies of ``play.strategies``, each (Alice's, Bob's)."""
        with self._naming_file():
            return entries.pairs(self.play.strategies)

    def check(self, explicit: bool = False) -> None:
        """Build everything, so that mistakes show before anything is played. ``explicit``: protocols that cannot play the
        problem are mistakes too; otherwise at least one must be able to."""
        made, refusals = self.problem(), []
        for protocol in self.protocols():
            for pair in self.strategies():
                try:
                    Session(made, protocol, pair, self.play.tremble)
                except CannotPlay as error:
                    refusals.append(str(error))
                    if explicit:
                        raise InputError(f"{self.source}: {cannot(protocol, made, error)}") from error
                except InputError as error:
                    raise InputError(f"{self.source}: play.protocols: {entries.label(protocol)}: {error}") from error
        if len(refusals) == len(self.protocols()) * len(self.strategies()):
            raise InputError(f"{self.source}: play.protocols: none of them can play {made.name}: {refusals[0]}")

    @contextmanager
    def _naming_file(self) -> Iterator[None]:
        try:
            yield
        except InputError as error:
            raise InputError(f"{self.source}: {error}") from error


def cannot(protocol: Protocol, made: Problem, error: Exception) -> str:
    """ "combinatorial cannot play rugs: why"."""
    why = str(error).removeprefix(f"{protocol.name}: ").removeprefix(f"cannot play {made.name}: ")
    return f"{entries.label(protocol)} cannot play {made.name}: {why}"


def _hint(name: str, names: list[str]) -> str:
    hint = nearest(name, names)
    return f"{hint} (there are {', '.join(names)}, or give a .toml file)" if hint.startswith("did") else (
        f"{hint}, or a .toml file")  # fmt: skip


def _validated(document: Mapping[str, Any], source: str) -> schema.Document:
    try:
        return schema.Document.model_validate(document)
    except ValidationError as error:
        raise InputError(f"{source}: {complaint(error)}") from None
