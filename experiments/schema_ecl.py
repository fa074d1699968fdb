"""What a file of a Bayesian bargaining game may hold: types, beliefs, and what each type can do (file 000, Section 5)."""

import tomllib
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from experiments.complaints import complaint
from experiments.keys import Row, Rows, Section, key, wrong
from negotiation.errors import InputError

Share = Annotated[float, Field(ge=0, le=1)]
MOST_TYPES = 64
SCALE = "a list of positive numbers, one for each type"


class Vertices(Section):
    """Mixtures of finitely many actions."""

    kind: Literal["polytope"] = key('"polytope"', "Mixtures of finitely many actions.", "polytope")
    vertices: Annotated[Rows, Field(min_length=1)] = key(
        "rows of numbers", "For each action a row: the utils it gives to each type."
    )


class Budget(Section):
    """Resources that are spent on types, with diminishing returns."""

    kind: Literal["square-root", "logarithmic"] = key(
        '"square-root" or "logarithmic"',
        "What a type gets is the square root, or the logarithm, of what is spent on it, times its scale.",
    )
    scale: Annotated[Row, Field(min_length=1)] | None = key(SCALE, "Utils for each type. Default: 1.", None)
    resources: Annotated[float, Field(gt=0)] = key("a positive number", "What there is to spend. Default: 1.", 1.0)

    @model_validator(mode="after")
    def _positive(self) -> "Budget":
        if self.scale is not None and min(self.scale) <= 0:
            raise wrong(f"expected scale to be {SCALE}, got {min(self.scale):g}")
        return self


Actions = Annotated[Vertices | Budget, Field(discriminator="kind")]


class BargainingFile(Section):
    """A Bayesian bargaining game."""

    title: str = key("a string", "One line that says what the game is.", "A Bayesian bargaining game")
    types: Annotated[list[str], Field(min_length=1, max_length=MOST_TYPES)] = key("a list of names that differ", "The types.")
    players: Annotated[int, Field(ge=2)] | None = key(
        "a whole number of at least 2", "How many players. Default: very many.", None
    )
    prior: Annotated[list[Share], Field(min_length=1)] | None = key(
        "a list of probabilities, one for each type", "How likely each type is. Default: equally.", None
    )
    correlation: Share | None = key(
        "a number in [0, 1]",
        "The probability that another player is of one's own type for sure. Default: 0, independent types.",
        None,
    )
    joint: Rows | None = key(
        "rows of probabilities", "In place of prior and correlation: the joint prior of two players' types.", None
    )
    actions: Annotated[list[Actions], Field(min_length=1)] = key("a table for each type, [[actions]]", "What each type can do.")

    @model_validator(mode="before")
    @classmethod
    def _kinds(cls, data: Any) -> Any:
        """Tables with vertices need not say their kind."""
        if isinstance(data, dict) and isinstance(data.get("actions"), list):
            named = [
                {"kind": "polytope", **one} if isinstance(one, dict) and "vertices" in one else one for one in data["actions"]
            ]
            return {**data, "actions": named}
        return data

    @model_validator(mode="after")
    def _fits(self) -> "BargainingFile":
        T = len(self.types)
        if len(set(self.types)) < T:
            raise wrong("expected types with names that differ")
        if len(self.actions) != T:
            raise wrong(f"expected [[actions]] for each of {T} types, got {len(self.actions)}")
        if self.joint is not None and (self.prior is not None or self.correlation is not None):
            raise wrong("expected either joint, or prior and correlation, not both")
        for name, one in zip(self.types, self.actions, strict=True):
            rows = one.vertices if isinstance(one, Vertices) else [one.scale] if one.scale is not None else []
            if any(len(row) != T for row in rows):
                raise wrong(f"expected rows of {T} numbers, one for each type, in the actions of {name}")
        return self


def load(path: str) -> tuple[str, Any]:
    """The title and the game of a TOML file; InputError with one line that says what is wrong."""
    import numpy as np

    from agents.compromise_tables import correlated_prior
    from negotiation.ecl.action_sets import logarithmic_budget, power_budget
    from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame

    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        spec = BargainingFile.model_validate(document)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: cannot be read: expected a text file in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not valid TOML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        raise InputError(f"{path}: {complaint(error, BargainingFile)}") from None
    T = len(spec.types)
    sets: list[Any] = []
    try:
        for one in spec.actions:
            if isinstance(one, Vertices):
                sets.append(np.array(one.vertices, dtype=float))
            elif one.kind == "square-root":
                sets.append(power_budget(one.scale or [1.0] * T, resources=one.resources))
            else:
                sets.append(logarithmic_budget(one.resources, one.scale or [1.0] * T))
        if spec.joint is not None:
            if [len(row) for row in spec.joint] != [T] * T:
                raise InputError(f"joint: expected {T} rows of {T} probabilities")
            prior = np.array(spec.joint)
        else:
            weights = np.array(spec.prior if spec.prior is not None else [1 / T] * T)
            if len(weights) != T or abs(weights.sum() - 1) > 1e-9:
                raise InputError(f"prior: expected {T} probabilities that add up to 1, got {weights.tolist()}")
            prior = correlated_prior(weights, spec.correlation or 0.0)
        return spec.title, BayesianBargainingGame(sets, prior, players=spec.players or inf, labels=spec.types)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
