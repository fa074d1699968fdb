"""The [prior] table of a scenario file, one model for each kind."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from experiments.keys import Label, Row, Rows, Section, key, wrong

PROBABILITIES = "probabilities that sum to 1, or a list of such rows, one for each class of items"


def check_probabilities(value: Any) -> Any:
    """A row of probabilities, or rows of them, each summing to 1."""
    for row in value if value and isinstance(value[0], list) else [value]:
        if not row or min(row) < 0 or abs(sum(row) - 1) > 1e-9:
            raise wrong(f"expected probabilities that sum to 1, got {row} with sum {sum(row):.10g}")
    return value


class Iid(Section):
    """Types are independent over items and players."""

    kind: Literal["iid"] = key('"iid"', "Types independent over items and players. Default: each equally likely.")
    alice: Row | Rows | None = key(PROBABILITIES, "Probabilities of Alice's types of an item. Default: equal.", None)
    bob: Row | Rows | None = key(PROBABILITIES, "Probabilities of Bob's types of an item. Default: equal.", None)

    _sum = field_validator("alice", "bob")(lambda value: value if value is None else check_probabilities(value))


class Matchups(Section):
    """All orders of a multiset of pairs of types, equally likely (Example 1): the surplus is known."""

    kind: Literal["matchups"] = key('"matchups"', "Fixed pairs of types in a random order, so that the surplus is known.")
    pairs: Annotated[list[Annotated[list[Label], Field(min_length=2, max_length=2)]], Field(min_length=1)] = key(
        "a list of pairs [Alice's type, Bob's type]", "The pairs of types. The number of items must be a multiple of theirs."
    )


class Joint(Section):
    """A row of a table prior."""

    alice: list[Label] = key("a list of labels, one for each item", "Alice's types, item by item.")
    bob: list[Label] = key("a list of labels, one for each item", "Bob's types, item by item.")
    probability: float = key("a number from 0 to 1", "How likely they are together.", ge=0, le=1)


class Table(Section):
    """An explicit list of joint types."""

    kind: Literal["table"] = key('"table"', "An explicit list of joint types with their probabilities.")
    rows: Annotated[list[Joint], Field(min_length=1)] = key("a list of tables, [[prior.rows]]", "Joint types that can occur.")

    @field_validator("rows")
    @classmethod
    def _sum(cls, rows: list[Joint]) -> list[Joint]:
        check_probabilities([row.probability for row in rows])
        return rows


class State(Section):
    """A state of a common shock."""

    probability: float = key("a number from 0 to 1", "How likely the state is.", ge=0, le=1)
    alice: Row | Rows = key(PROBABILITIES, "Probabilities of Alice's types of an item in this state.")
    bob: Row | Rows = key(PROBABILITIES, "Probabilities of Bob's types of an item in this state.")

    _sum = field_validator("alice", "bob")(check_probabilities)


class CommonShock(Section):
    """A state of the world on which both players' types depend; given the state they are independent."""

    kind: Literal["common-shock"] = key('"common-shock"', "A random state on which both players' types depend.")
    states: Annotated[list[State], Field(min_length=1)] = key("a list of tables, [[prior.states]]", "States that can occur.")

    @field_validator("states")
    @classmethod
    def _sum(cls, states: list[State]) -> list[State]:
        check_probabilities([state.probability for state in states])
        return states


PriorSection = Annotated[Iid | Matchups | Table | CommonShock, Field(discriminator="kind")]
