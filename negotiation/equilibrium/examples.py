"""Equilibria of the paper's examples, in full: what every type does after every history, and what is believed there."""

from collections.abc import Callable, Sequence

from negotiation.equilibrium.automata import Automaton
from negotiation.equilibrium.price_automata import PriceState, price_automaton
from negotiation.errors import InputError
from negotiation.priors import iid
from negotiation.problem import ALICE, BOB, exchange
from negotiation.protocol import Grid

Accept = Callable[[float], Sequence[bool]]
After = Callable[[float], str]
MOST_WEAK = 1 / 6  # above this P(cost 0), the buyer of Example 3 would rather screen with the price 8


def example_3_delay(e: float, gamma: float = 0.0) -> Automaton:
    """Example 3's sequential equilibrium with delay: cost 0 with probability e and else 8, value 10, prices 0..10, d = 0.8.

    At stage 0 both types ask 10 and are refused; at stage 1 the buyer offers 9 and both accept. Costs 0 and 8 are "weak" and
    "strong" sellers. The states, and what the buyer believes there:

    - "opening" (prior, seller offers): both ask 10, refused, next "9 for all". Any other price is taken for the weak seller's:
      accepted up to 5, else next "weak, buyer".
    - "9 for all" (prior, buyer offers): 9. Both accept 9 and 10; at 8 the weak seller accepts and the strong one does not, so a
      refusal leads to "strong, seller"; all refuse less, next "again, seller".
    - "again, seller" (prior): as "opening", except that both ask 9, which is accepted.
    - "weak, seller" and "weak, buyer" (cost 0 for sure): "0 meets 10". The weak seller asks 5, the buyer offers 5 and accepts
      up to 5, the weak seller accepts 5 and more. The strong seller asks 10 and accepts 9 and more: it never trades. The belief
      stays.
    - "strong, seller" and "strong, buyer" (cost 8 for sure): "8 meets 10". Both types ask 9, the buyer accepts up to 9 and
      offers 9, the strong seller accepts 9 and more, the weak one 8 and more. The belief stays.

    Exact ties (the buyer at 6 and the weak seller at 4 in "0 meets 10", the strong seller at 8) are broken as said.
    With gamma > 0 it is the same behaviour with trembles, and beliefs that are not Bayes' rule any more.
    Raises InputError unless 0 < e <= 1/6: above, the buyer gains by offering 8 at stage 1. Source: file 004, Section 5.2."""
    if isinstance(e, bool | str) or not 0 < e <= MOST_WEAK:
        raise InputError(f"e: expected a probability of cost 0 above 0 and at most 1/6, got {e!r}")
    problem = exchange(1, (0, 8), (10,), prior=iid((e, 1 - e), (1.0,)), discount=(0.8, 0.8), name="example 3")
    unsure, weak, strong = (((e, 1 - e), (1.0,)), ((1.0, 0.0), (1.0,)), ((0.0, 1.0), (1.0,)))

    def up_to(most: float, but: float | None = None) -> Accept:
        return lambda price: (price <= most or price == but,)

    def from_(weak_least: float, strong_least: float) -> Accept:
        return lambda price: (price >= weak_least, price >= strong_least)

    def to(name: str, price_of_both: float, otherwise: str) -> After:
        return lambda price: name if price == price_of_both else otherwise

    states = [
        PriceState("opening", ALICE, unsure, (10, 10), up_to(5), to("9 for all", 10, "weak, buyer")),
        PriceState("9 for all", BOB, unsure, (9,), from_(8, 9), to("strong, seller", 8, "again, seller")),
        PriceState("again, seller", ALICE, unsure, (9, 9), up_to(5, but=9), to("9 for all", 9, "weak, buyer")),
        PriceState("weak, seller", ALICE, weak, (5, 10), up_to(5), lambda price: "weak, buyer"),
        PriceState("weak, buyer", BOB, weak, (5,), from_(5, 9), lambda price: "weak, seller"),
        PriceState("strong, seller", ALICE, strong, (9, 9), up_to(9), lambda price: "strong, buyer"),
        PriceState("strong, buyer", BOB, strong, (9,), from_(8, 9), lambda price: "strong, seller"),
    ]
    return price_automaton(problem, Grid(0, 10, 1), states, tremble=gamma, name="example 3, delay")
