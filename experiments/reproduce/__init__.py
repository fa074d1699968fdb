"""Every example, table, theorem and figure of the five papers, by one call.

``reproduce`` runs the rows; each is a small function in the file of its paper: ``jackson``, ``treutlein``, ``salamanca``,
``diffractor``, ``diffractor_threats``. What a row is checked against, by another method, is in the file beside it that ends in
``_by_hand``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.reproduce.running import Listener, Reproduction

__all__ = ["reproduce"]


def reproduce(
    ids: Sequence[str] | str = (), *, quick: bool = False, seed: int | None = None, workers: int = 1, pictures: bool = False,
    listener: "Listener | None" = None,
) -> "Reproduction":  # fmt: skip
    """Reproduce claims of the papers: the rows of these ids ("J1", or several), all of them by default.

    ``quick`` leaves out the slow rows and draws a tenth of the random instances; ``seed`` draws them (a fresh one by default;
    ``Reproduction.seed`` says which); ``workers`` are processes; ``pictures`` draws each row's figure too; ``listener`` is
    called with each result as it comes. Iterate over what is returned for the results, or see its ``frame`` and ``counts``.
    Raises InputError for an id that is none."""
    from experiments.reproduce.running import run_rows
    from negotiation.errors import InputError

    if workers < 1:
        raise InputError(f"workers: expected a whole number of at least 1, got {workers}")
    if seed is not None and seed < 0:
        raise InputError(f"seed: expected a whole number of at least 0, got {seed}")
    wanted = (ids,) if isinstance(ids, str) else tuple(ids)
    return run_rows(wanted, quick=quick, seed=seed, workers=workers, pictures=pictures, listener=listener)
