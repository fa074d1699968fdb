"""The bounds' recursion and Theorem 3's numbers by a second method: the equations of `negotiation.equilibrium.bounds` read from
its head one by one, each maximum and supremum searched for, each sum added up, on random games."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from negotiation.equilibrium import payoff_bounds
from negotiation.equilibrium.bounds import UPPER

STAGES = 5
GAMES = range(30)


def random_game(seed, upper):
    """Arguments of payoff_bounds: all errors at once, and patience, losses and gains that differ between the players."""
    rng = np.random.default_rng(seed)
    surplus = rng.uniform(1, 3)
    high = surplus + rng.uniform(0, 2, 2)
    return {
        "surplus": surplus,
        "discount": tuple(rng.uniform(0.5, 0.97, 2)),
        "order": str(rng.choice(["alternating", "alice", "bob", "random"])),
        "recognition": rng.uniform(0.2, 0.8),
        "horizon": STAGES,
        "step": rng.uniform(0, 0.05),
        "distance": rng.uniform(0, 0.1),
        "tremble": 10 ** rng.uniform(-3, -1),
        "tails": rng.uniform(0, 0.05, (STAGES, 2)),
        "lowest": tuple(-rng.uniform(0, 1, 2)),
        "highest": tuple(high),
        "largest": high.max() + rng.uniform(0, 1),
        "lapse": rng.choice([0.0, 0.02]),
        "deviation": rng.uniform(0, 0.1),
        "upper": upper,
    }


def excess(game, gains):
    """X of the player who gains from waiting while the other loses: trembles stage by stage, the worst stage by search."""
    loses = 1 - gains
    patient, other = game["discount"][gains], game["discount"][loses]
    if patient <= other:
        return 0.0
    stages = np.arange(0, 3000)
    gap = -minimize_scalar(lambda s: other**s - patient**s, bounds=(0, 50), options={"xatol": 1e-10}).fun
    by_tremble = game["tremble"] * float((patient**stages - other**stages).sum())
    certain_loss = min(1.0, game["tremble"] * float((other**stages).sum())) * game["lowest"][loses]
    return -game["lowest"][loses] * min(gap, by_tremble) - certain_loss * gap


def offered(game, i, alpha, wait, lo, up):
    """A: the best of demands that typical responders accept, over the part k left to them beyond what they expect."""
    r, patience, floor = game["tremble"] / 2, game["discount"][1 - i], floors(game)[1 - i]
    most = game["surplus"] - game["distance"] - patience * up - game["step"]
    v = min(most, game["highest"][i])

    def chance(odd, lapsing):
        """Of an agreement that gives i at least v, where responders are odd with this probability; and of waiting."""
        yes = (1 - odd) * (1 - r) + odd * r
        if not lapsing:
            return yes, 1 - yes
        return (1 - odd) * (1 - r) * (1 - game["lapse"]), (1 - odd) * r + alpha * r + (odd - alpha) * (1 - r)

    def worth(k, lapsing):
        odd = alpha + (rejecting / k if k else 0.0)
        agreed, waited = chance(odd, lapsing)
        return agreed * (v - patience * k) + waited * wait

    rejecting = 0.0
    if game["upper"] == "average type":
        rejecting = r / (1 - r) * (up - lo) + alpha * (up - floor)
    k = 0.0
    if rejecting and v > wait:
        found = minimize_scalar(lambda x: -worth(math.exp(x), False), bounds=(-14, 3), options={"xatol": 1e-12})
        k = math.exp(found.x)
    if v - patience * k <= wait or v - patience * k < game["lowest"][i]:
        return wait
    return worth(k, game["lapse"] > 0)


def floors(game):
    """F: what a player loses who rejects everything: a tremble at each stage, summed, but one agreement at most."""
    sums = [sum(game["tremble"] * d**s for s in range(3000)) for d in game["discount"]]
    return [low * min(1.0, total) for low, total in zip(game["lowest"], sums, strict=True)]


def bounds(game):
    """(lower, upper) by stage, from the horizon back."""
    gamma, r, top = game["tremble"], game["tremble"] / 2, game["surplus"] + game["distance"]
    floor, high, low = floors(game), game["highest"], game["lowest"]
    extra = [excess(game, k) for k in (0, 1)]
    rows = [(floor, list(high))]
    for t in reversed(range(STAGES)):
        lo, up = rows[0]
        wait = [game["discount"][k] * lo[k] for k in (0, 1)]
        first = {"alternating": 1.0 - t % 2, "alice": 1.0, "bob": 0.0, "random": game["recognition"]}[game["order"]]
        least, most = np.zeros(2), np.zeros(2)
        for i, weight in ((0, first), (1, 1.0 - first)):
            j, alpha = 1 - i, game["tails"][t]
            secured = [0.0, 0.0]
            demand = max(wait[i], offered(game, i, alpha[j], wait[i], lo[j], up[j]))
            secured[i] = (1 - gamma) * demand + gamma * min(low[i], wait[i])
            secured[j] = (1 - r) * wait[j] + r * min(low[j], wait[j])
            secured = [max(secured[k], floor[k]) for k in (0, 1)]
            above = [top + extra[k] - secured[1 - k] for k in (0, 1)]
            for k in (0, 1):
                if game["upper"] == "average type":
                    above[k] += (alpha[0] + alpha[1]) * max(0.0, game["largest"] - top)
                    above[k] += alpha[1 - k] * (secured[1 - k] - floor[1 - k])
                else:
                    above[k] += alpha[1 - k] * max(0.0, high[k] - (top - secured[1 - k]))
            least += weight * np.array(secured)
            most += weight * np.minimum(above, high)
        rows.insert(0, (least.tolist(), most.tolist()))
    return np.array([lo for lo, _ in rows]), np.array([up for _, up in rows])


@pytest.mark.parametrize("upper", UPPER)
@pytest.mark.parametrize("seed", GAMES)
def test_the_recursion(seed, upper):
    game = random_game(seed, upper)
    found, (lower, upper_bounds) = payoff_bounds(**game), bounds(game)
    np.testing.assert_allclose(found.lower, lower, atol=1e-6)
    np.testing.assert_allclose(found.upper, upper_bounds, atol=1e-6)


@pytest.mark.parametrize("upper", UPPER)
@pytest.mark.parametrize("seed", range(10))
def test_the_statements_of_theorem_3(seed, upper):
    """A statement e holds, and no smaller one: with D the delay's and loss the expected surplus missed, D + loss / (e S +
    distance) <= e; delays and losses from the bounds one term after the other."""
    game = random_game(seed, upper) | {
        "tremble": 1e-6,
        "step": 0.0,
        "lapse": 0.0,
        "discount": [(0.8, 0.6), (0.6, 0.8)][seed % 2],
    }
    odd = np.array([1e-3, 2e-3])
    game |= {"atypical": odd, "tails": (1e-5, 3e-5), "lowest": (-0.3, -0.1), "distance": 0.004, "horizon": None}
    bounds = payoff_bounds(**game)
    told, share, most = bounds.theorem(), bounds.rubinstein, game["surplus"] + game["distance"]
    off = [abs(edge / share[k] - 1) for edges in (bounds.lower[0], bounds.upper[0]) for k, edge in enumerate(edges) if share[k]]
    if share.min() > 0:
        assert told["ratio"] == pytest.approx(max(off))
    else:
        assert told["ratio"] == math.inf
    assert told["atypical"] == pytest.approx(min(odd[0] + 3e-5, odd[1] + 1e-5))
    received = 0.0
    for k, rare in ((0, 3e-5), (1, 1e-5)):
        low = bounds.lower[0, k]
        received += (low if low < 0 else (1 - odd[k]) * low) - rare * game["highest"][k]
    missed = most + sum(excess(game, k) for k in (0, 1)) - received
    assert told["loss"] == pytest.approx(missed + game["deviation"] / 2)
    assert told["delay"] == pytest.approx(min(1.0, told["atypical"] + told["loss"] / (0.2 * most)))
    e = told["epsilon"]
    if math.isfinite(e) and e > told["ratio"]:
        assert told["delay"] + told["loss"] / (e * game["surplus"] + game["distance"]) == pytest.approx(e)
    else:
        assert e == told["ratio"] or told["delay"] == 1


def test_statements_of_a_game_with_hardly_any_error():
    """Here delay, and not the payoffs' ratio, decides what e is: with 1 - e an agreement on (1 - e) S at stage 0."""
    bounds = payoff_bounds(
        2.0, (0.5, 0.4), tremble=1e-6, distance=1e-3, atypical=(1e-3, 1e-3), tails=(1e-6, 1e-6), lowest=(0, 0)
    )
    told = bounds.theorem()
    assert told["ratio"] < told["epsilon"] < 1
    assert told["delay"] + told["loss"] / (told["epsilon"] * 2.0 + 1e-3) == pytest.approx(told["epsilon"])
