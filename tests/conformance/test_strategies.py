"""Every registered strategy passes the public kit, with the claims made of ours."""

import numpy as np
import pytest

from agents import Scripted
from agents.conformance import check_strategy
from negotiation import exchange
from negotiation.protocol import Grid
from negotiation.registry import available
from negotiation.table import Offer
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding
from protocols.conformance import small_problems

OURS = sorted(set(available("strategy")) - {"scripted", "equilibrium"})
VARIANTS = {"boulware", "linear", "conceder"}  # concession with other exponents
DETERMINISTIC = {"rubinstein-demand", "screening", "concession", "boulware", "linear", "conceder"}


@pytest.mark.parametrize("name", OURS)
def test_strategy_conforms(name):
    """Truthful strategies of demands never agree to a loss: nobody ends below 0 unless somebody trembles."""
    some = small_problems()[:3] if name in VARIANTS else None
    claims = {"scale_free": True, "exchangeable": name in DETERMINISTIC, "never_loses": True}
    check_strategy(available("strategy")[name], some, negotiations=10, **claims)


def test_equilibrium_conforms(tmp_path, monkeypatch):
    """On trees small enough to solve in a moment, of items one by one and of everything at once, with and without trembles."""
    monkeypatch.setenv("NEGOTIATION_CACHE", str(tmp_path))
    rules = [ItemByItem(grid=Grid(0, 10, 5), horizon=2), ShareDemanding(grid=Grid(0, 10, 5), horizon=1)]
    check_strategy(available("strategy")["equilibrium"], [exchange(1), exchange(2)], rules, negotiations=10)


def test_scripted_conforms():
    script = Scripted(offers=[Offer(np.array([[0]]), np.array([[1.0]]))], replies=[([True], [1])])
    check_strategy(script, [exchange(items=1)], [ShareDemanding()])


@pytest.mark.parametrize(
    "protocol",
    [Combinatorial(form="table"), Frequency(tremble_game=True), ShareDemanding(order="random", recognition=0.3)],
    ids=str,
)
def test_rubinstein_demand_conforms_under_other_options(protocol):
    problems = [exchange(items=3, discount=(0.9, 0.7)), exchange(items=2, seller_values=(100, 108), buyer_values=(102, 110))]
    check_strategy(available("strategy")["rubinstein-demand"], problems, [protocol], never_loses=True, exchangeable=True)
