"""What a file of a cooperative game may hold: its players with their types, and what each coalition can decide."""

from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from experiments.keys import Section, key, wrong

NAMES = "a list of different names"


class PlayerSection(Section):
    """A player."""

    name: str = key("a name", "What it is called.", min_length=1)
    types: Annotated[list[str], Field(min_length=1)] = key(NAMES, "Its types. Default: one.", ["-"])
    prior: list[float] | None = key(
        "positive probabilities, one for each type, with sum 1", "How likely its types are. Default: equally.", None
    )


class DecisionSection(Section):
    """A decision of a coalition."""

    name: str = key("a name", "What it is called.", min_length=1)
    utilities: dict[str, Any] = key(
        "a table with a number or nested lists of numbers for each member",
        "What each member gets, in utils: a number; a list over its own types; or nested lists over the types of those "
        "members who have several, in the order of the players.",
    )  # fmt: skip


class CoalitionSection(Section):
    """What a coalition can do beyond what its parts can."""

    members: Annotated[list[str], Field(min_length=1)] = key("a list of names of players", "Who is in it.")
    decisions: Annotated[list[DecisionSection], Field(min_length=1)] = key("a list of tables", "What it can decide.")


class GameDocument(Section):
    """A file of a cooperative game."""

    name: str = key("letters, digits, - and _", "A short name, for results folders.", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    title: str = key("a string", "One line that says what the game is.", "")
    description: str = key("a string", "What it is about, and where it comes from.", "")
    players: Annotated[list[PlayerSection], Field(min_length=1)] = key("a list of tables", "Who plays.")
    coalitions: list[CoalitionSection] = key(
        "a list of tables",
        "What coalitions can do together. Whoever is not in one, or is left alone, gets 0 where nothing else is said; what "
        "parts of a coalition can do, it can.",
        [],
    )  # fmt: skip

    @field_validator("players")
    @classmethod
    def _priors(cls, players: list[PlayerSection]) -> list[PlayerSection]:
        names = [p.name for p in players]
        if len(set(names)) < len(names):
            raise wrong(f"expected different names, got {', '.join(names)}")
        for p in players:
            if len(set(p.types)) < len(p.types):
                raise wrong(f"{p.name}: expected different types, got {', '.join(p.types)}")
            if p.prior is not None and (
                len(p.prior) != len(p.types) or min(p.prior) <= 0 or abs(sum(p.prior) - 1) > 1e-9
            ):  # fmt: skip
                raise wrong(f"{p.name}: prior: expected {len(p.types)} positive probabilities with sum 1, got {p.prior}")
        return players

    @model_validator(mode="after")
    def _known(self) -> "GameDocument":
        """Members are players; every member of a coalition has utilities, and nobody else."""
        names = [p.name for p in self.players]
        seen = set()
        for coalition in self.coalitions:
            who = coalition.members
            for name in who:
                if name not in names or who.count(name) > 1:
                    raise wrong(f"coalitions: members: expected different names of players ({', '.join(names)}), got {name!r}")
            if frozenset(who) in seen:
                raise wrong(f"coalitions: {', '.join(who)}: said twice; list all its decisions in one table")
            seen.add(frozenset(who))
            for decision in coalition.decisions:
                if set(decision.utilities) != set(who):
                    got = ", ".join(decision.utilities) or "none"
                    raise wrong(f"coalitions: {decision.name}: utilities: expected one for each of {', '.join(who)}, got {got}")
        return self
