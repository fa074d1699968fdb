"""Protocols and strategies from outside the project: found by decorator and by entry point, and tested by the public kits."""

import sys
import textwrap
from dataclasses import dataclass

import numpy as np
import pytest

import negotiation.registry as registry
from agents import RubinsteinDemand
from agents.conformance import check_strategy
from negotiation import DemandStrategy, InputError, exchange, register, simulate
from negotiation.table import Offer
from protocols import ItemByItem, ShareDemanding
from protocols.conformance import check_protocol, small_problems

PLUGIN = '''
"""A protocol and a strategy of somebody else's."""

from dataclasses import dataclass

from negotiation import DemandStrategy
from protocols import ShareDemanding


@dataclass(frozen=True)
class Postal(ShareDemanding):
    """Overall negotiation by letter."""

    name = "postal"


@dataclass(frozen=True)
class HalfAndHalf(DemandStrategy):
    """Demands half of the most that can be had."""

    name = "half-and-half"
    timeless = True

    def demand(self, view):
        share = 0.5 * view.problem.item_surplus[view.problem.classes]
        if not view.situation.protocol.itemwise:
            return None, view.open @ share[:, None]
        likely = view.problem.utility[1 - view.player].mean(axis=2)[view.problem.classes]
        own = view.lookup.utility[view.player][view.cells]
        best = (own + likely)[:, :, view.problem.proposals].argmax(axis=2)
        return view.problem.proposals[best], share + 0 * view.cells

    def reserve(self, view):
        return 0.4 * self.demand(view)[1]
'''


@pytest.fixture
def clean_registry(monkeypatch):
    monkeypatch.setattr(registry, "_registered", {kind: dict(known) for kind, known in registry._registered.items()})


@pytest.fixture
def installed(tmp_path, monkeypatch, clean_registry):
    """A package with dist-info metadata, on the path."""
    (tmp_path / "letters.py").write_text(PLUGIN, encoding="utf-8")
    info = tmp_path / "letters-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: letters\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        textwrap.dedent(
            """
            [negotiation.protocols]
            postal = letters:Postal
            [negotiation.strategies]
            half-and-half = letters:HalfAndHalf
            """
        ),
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("letters", None)


@pytest.mark.usefixtures("installed")
def test_installed_packages_are_found_and_conform():
    assert registry.available("protocol")["postal"].__module__ == "letters"
    postal, half = registry.find("protocol", "Postal"), registry.find("strategy", "half-and-half")
    check_protocol(postal, small_problems()[:4])
    check_strategy(half, small_problems()[:2], [postal(), ItemByItem()], scale_free=True, exchangeable=True)
    outcomes = simulate(exchange(items=2), postal(), half(), RubinsteinDemand(), negotiations=50)
    assert (outcomes.stage >= 0).any()


def test_nothing_is_left_behind():
    assert "postal" not in registry.available("protocol")


@dataclass(frozen=True)
class Meek(DemandStrategy):
    """Demands nothing, accepts anything that is no loss."""

    name = "meek"

    def demand(self, view):
        units = view.types.shape[1] if view.situation.protocol.itemwise else 1
        return np.full(view.types.shape, max(0, view.problem.null)), np.zeros((len(view), units))

    def reserve(self, view):
        return self.demand(view)[1]


@pytest.mark.usefixtures("clean_registry")
def test_the_decorator():
    assert register(Meek) is Meek
    assert registry.find("strategy", "meek") is Meek
    check_strategy(Meek, small_problems()[:2], [ShareDemanding()], scale_free=True, exchangeable=True, never_loses=True)


@pytest.mark.usefixtures("clean_registry")
def test_names_are_taken_once():
    with pytest.raises(InputError, match="'share-demanding' is already registered"):

        @register
        @dataclass(frozen=True)
        class Impostor(ShareDemanding):
            name = "share-demanding"


def test_unknown_names_list_the_known():
    with pytest.raises(InputError, match=r"unknown protocol 'barter': expected one of .*item-by-item"):
        registry.find("protocol", "barter")


# --- the kits find what is wrong

ONE_ROOM = [exchange(items=2, discount=(0.9, 0.8))]


@dataclass(frozen=True)
class Peeking(RubinsteinDemand):
    """Takes more from who looks rich, which it is not told."""

    name = "peeking"

    def propose(self, view, phase, accepted):
        frames = sys._getframe(1).f_locals
        table = frames.get("table")
        offer = super().propose(view, phase, accepted)
        rich = (table.types_bob if view.player == 0 else table.types_alice).sum(axis=1, keepdims=True)
        return Offer(offer.x, offer.p + 0.01 * (rich if len(rich) == len(offer.p) else 0))


@dataclass(frozen=True)
class Hasty(RubinsteinDemand):
    """Says that time is nothing to it, and gives way with time."""

    name = "hasty"

    def demand(self, view):
        choice, demand = super().demand(view)
        return choice, np.maximum(0, 2 * demand - 2.0 * view.stage[:, None])

    def reserve(self, view):
        return np.maximum(0, 2 * super().reserve(view) - 2.0 * view.stage[:, None])


@dataclass(frozen=True)
class Moody(RubinsteinDemand):
    """Draws from a generator of its own."""

    name = "moody"

    def demand(self, view):
        choice, demand = super().demand(view)
        return choice, demand * np.random.default_rng().random(demand.shape)


@dataclass(frozen=True)
class Crowded(RubinsteinDemand):
    """Looks at its neighbours in the batch."""

    name = "crowded"

    def demand(self, view):
        choice, demand = super().demand(view)
        return choice, demand * (0.5 + 0.5 / len(view))


@dataclass(frozen=True)
class Absolute(RubinsteinDemand):
    """Knows only utils."""

    name = "absolute"

    def demand(self, view):
        choice, demand = super().demand(view)
        return choice, np.minimum(demand, 1.0)


@dataclass(frozen=True)
class Reckless(RubinsteinDemand):
    """Accepts losses."""

    name = "reckless"

    def reserve(self, view):
        return super().reserve(view) - 100.0


@pytest.mark.parametrize(
    ("strategy", "says"),
    [
        (Peeking, "depends on the opponent's types"), (Hasty, "timeless"), (Moody, "same seed|pickling|depends"),
        (Crowded, "alone differs"), (Absolute, "doubling"), (Reckless, "ends with"),
    ],
)  # fmt: skip
def test_the_kit_catches_strategies(strategy, says):
    with pytest.raises(AssertionError, match=says):
        check_strategy(strategy, ONE_ROOM, [ShareDemanding()], scale_free=True, never_loses=True)


@dataclass(frozen=True)
class Wordless(ShareDemanding):
    name = "wordless"

    def message_size(self, problem):
        return 0


@dataclass(frozen=True)
class Toll(ShareDemanding):
    """Keeps a tenth of what is demanded."""

    name = "toll"

    def settlement(self, view, offer, reply):
        settled = super().settlement(view, offer, reply)
        return settled._replace(transfer=settled.transfer - 0.1 * view.sign * offer.p[:, 0])


@dataclass(frozen=True)
class Lax(ShareDemanding):
    name = "lax"

    def offer_fault(self, view, offer):
        return None


@dataclass(frozen=True)
class Dumb(ShareDemanding):
    name = "dumb"

    def describe_offer(self, problem, player, offer, phase):
        return ""


@dataclass(frozen=True)
class Ordered(ShareDemanding):
    """Whoever accepts leaves the first item alone."""

    name = "ordered"

    def share_demanding_offer(self, problem, player, types, v):
        return None

    def best_reply(self, view, offer, phase):
        reply, gain, surplus = super().best_reply(view, offer, phase)
        pick = reply.pick.copy()
        pick[:, 0] = 0
        return reply._replace(pick=pick), gain, surplus


@pytest.mark.parametrize(
    ("protocol", "says"),
    [
        (Wordless, "message_size"), (Toll, "share-demanding offer"), (Lax, "expected RuleBroken|not refused"),
        (Dumb, "describe_offer"), (Ordered, "order of the items"),
    ],
)  # fmt: skip
def test_the_kit_catches_protocols(protocol, says):
    with pytest.raises(AssertionError, match=says):
        check_protocol(protocol, small_problems()[:1])


def test_the_kit_says_what_cannot_be_sent():
    @dataclass(frozen=True)
    class Local(Meek):
        name = "local"

    with pytest.raises(AssertionError, match="cannot be pickled"):
        check_strategy(Local(), ONE_ROOM, [ShareDemanding()])


def test_the_kit_wants_something_to_play():
    with pytest.raises(AssertionError, match="cannot play any"):
        check_protocol(ItemByItem, small_problems()[-1:])
