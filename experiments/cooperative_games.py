"""Cooperative games with private types by name or from a TOML file."""

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from pydantic import ValidationError

from experiments.complaints import complaint, nearest
from experiments.schema_cooperative import CoalitionSection, DecisionSection, GameDocument
from negotiation.bargaining.incomplete import CooperativeGame, cooperative_game
from negotiation.errors import InputError

EXAMPLES = {  # name on the command line -> (name among PAPER_GAMES, title)
    "section-1-seller": ("lemons", "A seller who alone knows the quality of what it sells"),
    "section-1-tax": ("taxed-sale", "A sale with a tax, complete information: drawing lots is inefficient"),
    "bilateral-trade": ("bilateral-trade", "A buyer who alone knows its value, and a seller"),
    "broker": ("brokered-trade", "Bilateral trade, with a broker who can verify the buyer's value"),
    "section-6": ("project", "Two of three share the cost of a project; one has a private value"),
    "section-6-pair": ("project-pair", "The project, with only one of the informed player's partners"),
}


@dataclass(frozen=True)
class GameFile:
    """A game with where it comes from; it has what ``store.manifest`` asks of a scenario."""

    name: str
    title: str
    description: str
    source: str
    text: str
    document: dict[str, Any]
    game: CooperativeGame
    seed: int

    @cached_property
    def digest(self) -> str:
        """A fingerprint of the game."""
        body = hashlib.sha256()
        for members, coalition in self.game.coalitions.items():
            body.update(repr((members, coalition.decisions)).encode())
            body.update(np.ascontiguousarray(coalition.utility).tobytes())
        for prior in self.game.prior:
            body.update(prior.tobytes())
        return body.hexdigest()[:16]

    @property
    def play(self) -> SimpleNamespace:
        return SimpleNamespace(seed=self.seed)


def load_game(name_or_path: str, seed: int = 1) -> GameFile:
    """An example by name, or a TOML file by path. Raises InputError with one line that says what is wrong."""
    from negotiation.bargaining.incomplete import PAPER_GAMES

    if name_or_path in EXAMPLES:
        key, title = EXAMPLES[name_or_path]
        about = " ".join(str(PAPER_GAMES[key].__doc__).split())
        return GameFile(name_or_path, title, about, f"{name_or_path} (built in)", "", {}, PAPER_GAMES[key](), seed)
    path = Path(name_or_path)
    if path.suffix != ".toml" and not path.exists():
        hint = nearest(name_or_path, EXAMPLES)
        there = f" (there are {', '.join(EXAMPLES)}, or give a .toml file)" if hint.startswith("did") else ", or a .toml file"
        raise InputError(f"unknown game {name_or_path!r}: {hint}{there}")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{name_or_path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{name_or_path}: cannot be read: expected a text file in UTF-8") from error
    return parse_game(text, name_or_path, seed)


def parse_game(text: str, source: str = "game", seed: int = 1) -> GameFile:
    """A game from the text of a TOML file."""
    try:
        document = tomllib.loads(text)
        spec = GameDocument.model_validate(document)
        game = game_of(spec)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source}: not valid TOML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        raise InputError(f"{source}: {complaint(error, GameDocument)}") from None
    except InputError as error:
        raise InputError(f"{source}: {error}") from error
    return GameFile(spec.name, spec.title or spec.name, spec.description, source, text, document, game, seed)


def game_of(spec: GameDocument) -> CooperativeGame:
    """The superadditive game that a file describes."""
    names = [p.name for p in spec.players]
    counts = [len(p.types) for p in spec.players]
    own: dict[tuple[int, ...], dict[str, list[Any]]] = {}
    for coalition in spec.coalitions:
        members = tuple(sorted(names.index(name) for name in coalition.members))
        own[members] = {d.name: [_table(coalition, d, names, counts, members, i) for i in members] for d in coalition.decisions}
        if len(own[members]) < len(coalition.decisions):
            raise InputError(f"coalitions: {', '.join(coalition.members)}: expected decisions with different names")
    priors = [p.prior or [1 / len(p.types)] * len(p.types) for p in spec.players]
    return cooperative_game(names, [p.types for p in spec.players], priors, own, name=spec.name)


def _table(
    coalition: CoalitionSection,
    decision: DecisionSection,
    names: list[str],
    counts: list[int],
    members: tuple[int, ...],
    i: int,
) -> Any:
    """The utility of a member as a table with one axis for each member."""
    where = f"coalitions: {', '.join(coalition.members)}: {decision.name}: utility of {names[i]}"
    value, several = decision.utilities[names[i]], tuple(counts[j] for j in members if counts[j] > 1)
    shapes = {(): "a number", (counts[i],): f"a list of {counts[i]} numbers, one for each of its types"}
    shapes |= {several: f"nested lists of shape {' x '.join(map(str, several))} over all types"} if len(several) > 1 else {}
    shapes |= {several: f"a list of {several[0]} numbers, over the other's types"} if several and counts[i] == 1 else {}
    expected = ", or ".join(text for shape, text in shapes.items() if shape != (1,))
    try:
        table = np.array(value, dtype=float)
    except (TypeError, ValueError):
        table = np.full((0,), np.nan)
    if table.shape not in shapes or isinstance(value, bool | str) or not np.isfinite(table).all():
        raise InputError(f"{where}: expected {expected}, got {value!r}")
    if table.shape == (counts[i],):
        return table.reshape([counts[j] if j == i else 1 for j in members])
    return table.reshape([counts[j] for j in members]) if table.shape == several else table
