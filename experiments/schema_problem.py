"""The [problem] table of a scenario file, one model for each kind."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from experiments.keys import Label, Rows, Section, key, wrong

MOST_ITEMS = 10_000_000
COUNT = "a whole number of at least 1, or a list of names"
VALUES = "a list of numbers, one for each type"
TABLE = "a table of numbers: a row for each choice, a column for each type"
Items = Annotated[int, Field(ge=1, le=MOST_ITEMS)] | Annotated[list[str], Field(min_length=1)]
Values = Annotated[list[int | float], Field(min_length=1)]


def no_twins(values: list[Any], what: str) -> list[Any]:
    """The values, if no two are equal."""
    twins = [v for k, v in enumerate(values) if v in values[:k]]
    if twins:
        raise wrong(f"expected {what} that differ, got {twins[0]!r} twice")
    return values


class ItemsSection(Section):
    """What all kinds of problem share."""

    items: Items | None = key(COUNT, "How many items are negotiated, or their names. Default: as many as the prior fixes "
                              "(`pairs` of matchups, types in a table's rows), or 1.", None)  # fmt: skip

    @field_validator("items")
    @classmethod
    def _names_differ(cls, items: Any) -> Any:
        return no_twins(items, "names") if isinstance(items, list) else items


class Exchange(ItemsSection):
    """Alice sells items to Bob: each is traded or not (Section 2.1)."""

    kind: Literal["exchange"] = key('"exchange"', "Alice sells items to Bob; each is traded or not.")
    seller_values: Values = key(VALUES, "What an item may be worth to Alice, its seller, in utils.", [0, 8])
    buyer_values: Values = key(VALUES, "What an item may be worth to Bob, its buyer, in utils.", [2, 10])


class PublicGood(ItemsSection):
    """Alice and Bob invest in projects whose cost they share (Section 2.2.1)."""

    kind: Literal["public-good"] = key('"public-good"', "Projects that benefit both and whose cost they share equally.")
    alice_benefits: Values = key(VALUES, "What a project may be worth to Alice, in utils.", [0, 8])
    bob_benefits: Values = key(VALUES, "What a project may be worth to Bob, in utils.", [0, 8])
    cost: float = key("a number", "What a project costs in all, in utils.", 6)


class Chores(ItemsSection):
    """Two workers share out tasks (Section 2.2.2). Types are 0 (incompetent) and 1 (competent)."""

    kind: Literal["chores"] = key('"chores"', "Tasks that one worker does, both, or nobody. Types: 0 incompetent, 1 competent.")
    benefit: float = key("a number", "What a completed task is worth to each, in utils.", 6)
    alone: float = key("a number", "What a task costs a competent worker alone, in utils.", 10)
    together: float = key("a number", "What a task costs each of two competent workers, in utils.", 1)


class Types(Section):
    """The labels of the players' types of an item."""

    alice: Annotated[list[Label], Field(min_length=1)] = key("a list of labels that differ", "Alice's types of an item.")
    bob: Annotated[list[Label], Field(min_length=1)] = key("a list of labels that differ", "Bob's types of an item.")

    @field_validator("alice", "bob")
    @classmethod
    def _labels_differ(cls, labels: list[Label]) -> list[Label]:
        return no_twins(labels, "labels")


def least_surplus(alice: Rows, bob: Rows) -> tuple[float, int, int]:
    """The smallest surplus of the best choice over pairs of types, with the pair."""
    pairs = ((a, b) for a in range(len(alice[0])) for b in range(len(bob[0])))
    return min((max(u[a] + v[b] for u, v in zip(alice, bob, strict=True)), a, b) for a, b in pairs)


class Class(Section):
    """A class of like items: its utility tables."""

    name: str | None = key("a string", "What the items of this class are called. Default: numbers.", None)
    alice: Annotated[Rows, Field(min_length=1)] = key(TABLE, "Alice's utils.")
    bob: Annotated[Rows, Field(min_length=1)] = key(TABLE, "Bob's utils.")


class Tables(ItemsSection):
    """Any problem, from its utility tables."""

    kind: Literal["tables"] = key('"tables"', "Any problem, from utility tables. Give either `alice` and `bob`, or `classes`.")
    choices: Annotated[list[str], Field(min_length=1)] = key("a list of names", "The choices for each item.")
    types: Types = key("a table with the keys alice and bob", "The players' types of an item.")
    alice: Rows | None = key(TABLE, "Alice's utils where all items are alike.", None)
    bob: Rows | None = key(TABLE, "Bob's utils where all items are alike.", None)
    classes: Annotated[list[Class], Field(min_length=1)] | None = key(
        "a list of tables, [[problem.classes]]", "Items that differ: a pair of utility tables for each class. `items` "
        "must then be a multiple of the number of classes, each of which has equally many; by default one.", None)  # fmt: skip
    parts: Annotated[int, Field(ge=1, le=16)] | None = key(
        "a whole number from 1 to 16", "Utilities over whole decisions, not additive over so many items: the rows of "
        "`alice` and `bob` are all combinations of choices, the last item's changing fastest, and a type is a joint type.",
        None)  # fmt: skip

    @field_validator("choices")
    @classmethod
    def _choices_differ(cls, choices: list[str]) -> list[str]:
        return no_twins(choices, "names")

    @model_validator(mode="after")
    def _check(self) -> "Tables":
        if self.classes is not None and (self.alice or self.bob or self.parts):
            raise wrong("expected either classes, or alice and bob (with parts for whole decisions), not both")
        if self.classes is None and not (self.alice and self.bob):
            raise wrong("expected utility tables: alice and bob, or classes")
        if self.parts and self.items is not None:
            raise wrong("expected either items or parts, not both")
        rows = len(self.choices) ** (self.parts or 1)
        if rows > 2**16:
            raise wrong(f"expected at most 65536 whole decisions, got {len(self.choices)}^{self.parts}")
        for place, alice, bob in self.tables():
            for who, table, labels in (("alice", alice, self.types.alice), ("bob", bob, self.types.bob)):
                if len(table) != rows or any(len(row) != len(labels) for row in table):
                    shape = f"{len(table)} rows of {'/'.join(map(str, sorted({len(r) for r in table})))}"
                    raise wrong(f"expected {rows} rows (choices) of {len(labels)} numbers (types) in {place}{who}, got {shape}")
            least, a, b = least_surplus(alice, bob)
            if least < 0:
                raise wrong(
                    f"expected a surplus of at least 0 for every pair of types, got {least:g} in {place}alice and bob for "
                    f"types {self.types.alice[a]} and {self.types.bob[b]}, whatever the choice"
                )
        return self

    def tables(self) -> list[tuple[str, Rows, Rows]]:
        """(where, Alice's table, Bob's table) for each class."""
        if self.classes is None:
            return [("", self.alice or [], self.bob or [])]
        return [(f"classes[{k}]{f' ({c.name})' if c.name else ''}.", c.alice, c.bob) for k, c in enumerate(self.classes)]


ProblemSection = Annotated[Exchange | PublicGood | Chores | Tables, Field(discriminator="kind")]
