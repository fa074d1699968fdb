"""Outcomes of many negotiations in columns, and their summary.

Payoffs, surplus and losses are in time-0 utils. Welfare is the sum of both payoffs; efficiency is mean welfare over mean
first-best surplus. The losses (``negotiation.table``) sum to first best - welfare. ``stage`` is the stage of the last
agreement, -1 where nothing was agreed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation import table

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
BLOCK = 1 << 12  # sums are taken over blocks of this many negotiations, so that they do not depend on the chunks
FRAME_COLUMNS = (
    "payoff_alice", "payoff_bob", "welfare", "first_best", "loss_delay", "loss_missed", "loss_wrong", "loss_transfer",
)  # fmt: skip
MEANS = ("stage", *FRAME_COLUMNS)
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Estimate:
    """A mean with the bounds of its 95% confidence interval (normal approximation; a ratio by the delta method)."""

    mean: float
    low: float
    high: float

    def __format__(self, spec: str) -> str:
        spec = spec or ".4g"
        return f"{self.mean:{spec}} [{self.low:{spec}}, {self.high:{spec}}]"


@dataclass(frozen=True)
class Outcomes:
    """The outcomes of a batch of negotiations, numbered from ``first``.

    ``totals`` has shape (negotiations, 9), columns as in ``negotiation.table``. ``choices`` and ``stages`` (negotiations, n)
    say what was agreed item by item and when, -1 for undecided; None where they were not kept. ``welfare_scale`` is the
    surplus scale in utils."""

    totals: Floats
    stage: NDArray[np.integer]
    choices: NDArray[np.integer] | None = None
    stages: NDArray[np.integer] | None = None
    first: int = 0

    def __len__(self) -> int:
        return len(self.totals)

    @property
    def payoffs(self) -> Floats:
        """(2, negotiations): Alice's and Bob's time-0 utils."""
        return self.totals[:, [table.PAY_ALICE, table.PAY_BOB]].T

    @property
    def welfare(self) -> Floats:
        return self.totals[:, table.PAY_ALICE] + self.totals[:, table.PAY_BOB]

    @property
    def first_best(self) -> Floats:
        return self.totals[:, table.FIRST_BEST]

    @property
    def transfer(self) -> Floats:
        """The sum of transfers from Bob to Alice, undiscounted utils."""
        return self.totals[:, table.TRANSFER]

    @property
    def agreed_at_0(self) -> Floats:
        """The share of the items decided at stage 0: 1 or 0 where they are agreed on together."""
        return self.totals[:, table.AT_ONCE]

    @property
    def negotiation(self) -> NDArray[np.int64]:
        return np.arange(self.first, self.first + len(self))

    def column(self, name: str) -> NDArray[Any]:
        """A column of ``frame`` by name."""
        if name in ("negotiation", "stage", "welfare", "first_best"):
            return np.asarray(getattr(self, name))
        return self.totals[:, _TOTAL[name]]

    def frame(self) -> "pd.DataFrame":
        """A row for each negotiation."""
        import pandas as pd

        return pd.DataFrame({name: self.column(name) for name in ("negotiation", "stage", *FRAME_COLUMNS)})

    def summary(self) -> "Summary":
        """Means with 95% intervals, and efficiency with its losses."""
        return summarise([self])


_TOTAL = {
    "payoff_alice": table.PAY_ALICE,
    "payoff_bob": table.PAY_BOB,
    "loss_delay": table.DELAY,
    "loss_missed": table.MISSED,
    "loss_wrong": table.WRONG,
    "loss_transfer": table.WEDGE,
}
_SUMMED = ("agreed_at_0", "agreed", *MEANS)


@dataclass(frozen=True)
class Summary:
    """What many negotiations came to: sums and cross products over ``count`` negotiations."""

    count: int
    sums: Floats  # (columns of _SUMMED,)
    products: Floats  # (columns, columns)
    origin: Floats  # what was subtracted from each column before summing

    def _index(self, name: str) -> int:
        if name not in _SUMMED:
            raise KeyError(f"{name!r}: expected one of {', '.join(_SUMMED)}")
        return _SUMMED.index(name)

    def covariance(self) -> Floats:
        """The sample covariance matrix of the columns."""
        mean = self.sums / self.count
        centred: Floats = (self.products - self.count * np.outer(mean, mean)) / max(1, self.count - 1)
        return centred

    def mean(self, name: str) -> float:
        """The mean of a column: agreed_at_0, agreed (shares), stage, payoffs, welfare, first_best, losses (utils)."""
        at = self._index(name)
        return float(self.origin[at] + self.sums[at] / self.count)

    def estimate(self, name: str) -> Estimate:
        """The mean with its 95% interval."""
        at, mean = self._index(name), self.mean(name)
        half = Z95 * float(np.sqrt(max(0.0, self.covariance()[at, at]) / self.count))
        return Estimate(mean, mean - half, mean + half)

    def share(self, name: str) -> Estimate:
        """The mean of a column over the mean first best, with a 95% interval by the delta method."""
        at, base = self._index(name), self._index("first_best")
        scale = self.mean("first_best")
        if scale == 0:
            return Estimate(np.nan, np.nan, np.nan)
        ratio = self.mean(name) / scale
        c = self.covariance()
        variance = (c[at, at] - 2 * ratio * c[at, base] + ratio**2 * c[base, base]) / (self.count * scale**2)
        half = Z95 * float(np.sqrt(max(0.0, variance)))
        return Estimate(ratio, ratio - half, ratio + half)

    @property
    def efficiency(self) -> Estimate:
        """Mean welfare over mean first best."""
        return self.share("welfare")

    def __str__(self) -> str:
        lines = [f"{self.count:,} negotiations"]
        lines.append(f"  efficiency         {self.efficiency:.4f}")
        lines += [f"    lost, {k:12} {self.share('loss_' + k):.4f}" for k in ("delay", "missed", "wrong", "transfer")]
        lines.append(f"  agreed at stage 0  {self.estimate('agreed_at_0'):.4f}")
        lines += [f"  payoff of {who:8} {self.estimate('payoff_' + who.lower()):.4f} utils" for who in ("Alice", "Bob")]
        return "\n".join(lines)


def summarise(parts: Iterable[Outcomes]) -> Summary:
    """The summary of consecutive parts of a run. Sums run over fixed blocks of negotiations, so that the result is the same, to
    the bit, however the run was cut."""
    count = 0
    origin = np.zeros((len(_SUMMED), 1))
    sums, products = np.zeros(len(_SUMMED)), np.zeros((len(_SUMMED), len(_SUMMED)))
    for block in _blocks(parts):
        if not count:
            origin = block[:, :1].copy()
        block -= origin
        count += block.shape[1]
        sums += block.sum(axis=1)
        for j, row in enumerate(block):
            products[j, j:] += (block[j:] * row).sum(axis=1)
    if not count:
        raise ValueError("summarise: expected at least one negotiation")
    return Summary(count, sums, np.triu(products) + np.triu(products, 1).T, origin[:, 0])


def _blocks(parts: Iterable[Outcomes]) -> Iterator[Floats]:
    """The columns of _SUMMED, a row each, of BLOCK negotiations at a time, and of those left over at the end."""
    block, held = np.empty((len(_SUMMED), BLOCK)), 0
    for part in parts:
        columns = [part.agreed_at_0, part.stage >= 0, *(part.column(name) for name in MEANS)]
        taken = 0
        while taken < len(part):
            more = min(len(part) - taken, BLOCK - held)
            for row, column in zip(block, columns, strict=True):
                row[held : held + more] = column[taken : taken + more]
            taken, held = taken + more, held + more
            if held == BLOCK:
                yield block
                held = 0
    if held:
        yield block[:, :held]
