"""What a scenario file may hold: the models of the whole file and of its [play] table."""

from typing import Annotated, Any

from pydantic import Field, field_validator

from experiments.keys import Section, key, wrong
from experiments.schema_prior import CommonShock, Iid, Matchups, PriorSection, Table
from experiments.schema_problem import Chores, Exchange, ProblemSection, PublicGood, Tables

__all__ = [
    "Chores", "CommonShock", "Document", "Exchange", "Iid", "Matchups", "Play", "PublicGood", "Table", "Tables",
]  # fmt: skip
MOST_SEED = 2**63 - 1
Entry = str | dict[str, Any]
OWN = "a name, or a table of a name and options"
PROTOCOLS = ["item-by-item", "combinatorial", "share-demanding", "frequency"]


class Play(Section):
    """How the problem is played."""

    negotiations: int = key("a whole number of at least 1", "How many negotiations to play.", 10_000, ge=1)
    seed: int = key("a whole number of at least 0", "Where all randomness starts.", 1, ge=0, le=MOST_SEED)
    tremble: float = key("a number in [0, 1)", "The probability that a hand trembles at a decision.", 0.0, ge=0, lt=1)
    protocols: Annotated[list[Entry], Field(min_length=1)] = key(
        f"a list; each {OWN}", "The protocols to play: names or tables such as "
        '`{name = "combinatorial", form = "number"}`. Options of every protocol: `order`, `recognition`, `reopen`, '
        "`grid = {low, high, step}`, `horizon`; of combinatorial `form`; of frequency `tremble_game`.", PROTOCOLS)  # fmt: skip
    strategies: Entry | list[Entry] = key(
        f"{OWN}, a table with the keys alice and bob, or a list of these", "Who plays: a name for both players, "
        '`{alice = "screening", bob = {name = "concession", exponent = 0.3}}`, or a list of mixes, each played.',
        "rubinstein-demand")  # fmt: skip


class Document(Section):
    """A scenario file."""

    name: str = key("letters, digits, - and _", "A short name, for results folders.", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    title: str = key("a string", "One line that says what the scenario is.")
    description: str = key("a string", "What it is about, and where it comes from.", "")
    discount: float | Annotated[list[float], Field(min_length=2, max_length=2)] = key(
        "a number in [0, 1), or two: Alice's and Bob's", "The factors at which the players discount a stage.", 0.9
    )
    problem: ProblemSection = key("a table with the key kind", "What is negotiated.")
    prior: PriorSection | None = key("a table with the key kind", "What players believe of each other's types. Default: "
                                     "types independent and equally likely.", None)  # fmt: skip
    play: Play = key("a table", "How it is played.", Play())

    @field_validator("discount")
    @classmethod
    def _in_range(cls, discount: float | list[float]) -> float | list[float]:
        for d in discount if isinstance(discount, list) else [discount]:
            if not 0 <= d < 1:
                raise wrong(f"expected a number in [0, 1), or two: Alice's and Bob's, got {d:g}")
        return discount
