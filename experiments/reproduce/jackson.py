"""Jackson, Sonnenschein and Xing, *A Theory of Efficient Negotiations* (file 004)."""

from collections.abc import Iterator

from experiments.reproduce.lines import Line, equal
from experiments.reproduce.rows import Run, row
from negotiation import exchange, iid
from negotiation.equilibrium import second_best


@row("J1", "P", "004, Section 2.2.3", "One rug: the most that any mechanism reaches is 10/3 of a first best of 3.5")
def one_rug(run: Run) -> Iterator[Line]:
    """Alice's rug costs her 0 or 8, Bob values it at 2 or 10, all equally likely and private."""
    rug = exchange(1, (0, 8), (2, 10), prior=iid((0.5, 0.5), (0.5, 0.5)), discount=(0.9, 0.9))
    best = second_best(rug)
    yield equal("first best, utils", 3.5, rug.surplus.mean)
    yield equal("second best, utils", 10 / 3, best.surplus)
