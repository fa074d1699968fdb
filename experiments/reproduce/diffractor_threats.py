"""Diffractor, the sequel to *Unifying Bargaining Notions* (file 002): what threats do to the CoCo value, and kinder
fallbacks."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from experiments.reproduce import diffractor_threats_by_hand as by_hand
from experiments.reproduce.diffractor_by_hand import chicken, climb, prisoners, random_game
from experiments.reproduce.diffractor_threats_by_hand import SELECTIONS
from experiments.reproduce.lines import Line, at_least, at_most, equal, for_all, slip
from experiments.reproduce.rows import Run, not_computable, row
from negotiation.bargaining import (
    NormalFormGame,
    bimatrix,
    coco,
    correlated_equilibrium,
    correlated_fallback,
    egalitarian,
    hull,
    kalai_smorodinsky,
    nash,
    nash_equilibria,
    shapley,
    with_pure_threat,
)
from negotiation.bargaining.axioms import symmetry
from negotiation.bargaining.correlated import incentives
from negotiation.bargaining.fights import fight
from negotiation.bargaining.games import deviation_gains

AXIOMS = "002, Which Desiderata Fails; Kalai and Kalai (2013)"
KINDER = "002, Kinder Fallback Points"
PROBLEMS = "002, Two Big Problems"


@row(
    "D7",
    "P",
    "002, the Cruciatus curse",
    "A threat that costs its user 1 and the other 1000 moves the CoCo value by about half the damage, not the kinder fallback",
)
def pure_threat(run: Run) -> Iterator[Line]:
    """A prisoners' dilemma with payoffs up to 500, in which a player gets a second copy of each action that costs it 1
    and the other 1000. Nobody would ever use it: no correlated equilibrium does, so that the fallback of the sequel
    stays, whichever of three selections names it. The CoCo value moves by half of damage less cost. The same on random
    games; the picture lets the damage grow, with and without money."""
    game = prisoners(100)
    yield equal("before: CoCo value", [300, 300], coco(game).point)
    for player, towards in enumerate(([499.5, -499.5], [-499.5, 499.5])):
        threatening = with_pure_threat(game, player, cost=1, damage=1000)
        yield equal(f"player {player + 1} threatens: change of the CoCo value", towards, coco(threatening).point - [300, 300])
        for selection in SELECTIONS:
            yield equal(f"player {player + 1} threatens: fallback by {selection}, then half of the surplus each", [300, 300],
                        correlated_fallback(threatening, selection).point, 1e-5)  # fmt: skip
    pairs = [
        (one, with_pure_threat(one, 0, cost=0.5, damage=6))
        for one in (random_game(run.rng, (2, 3)) for _ in range(run.tries(40)))
    ]
    yield for_all("random games, cost 0.5, damage 6: change of the CoCo value is not 2.75, utils",
                  (np.abs(coco(big).point - coco(one).point - [2.75, -2.75]).max() for one, big in pairs))  # fmt: skip
    yield for_all(
        "change of the fallback (sum and egalitarian), utils", (by_hand.fallback_moved(one, big) for one, big in pairs), 1e-5
    )
    run.draw("What player 1 gets by the size of its threat (prisoners' dilemma of size 100, cost 1).", by_hand.by_damage)


@row(
    "D21",
    "P",
    "002, the Cruciatus curse; 001, Harsanyi's basic insight",
    "An option that I do not care about and you would pay 1000 to avoid lets me demand 500; other threats are worth nothing",
)
def worth_of_threats(run: Run) -> Iterator[Line]:
    """The demand is 500 in any two-player game. It is 500 with more players too, if the threat hits one of them:
    bystanders neither gain nor lose. What does not work: a threat that hurts both equally or its user more, and one that
    the other can defuse by an action of its own. In general a threat is worth half of damage less cost, if that is
    positive."""
    rng, tries = run.rng, run.tries(30)
    for actions in ((3, 3), (2, 2, 2), (2, 2, 2, 2)):
        games = [random_game(rng, actions) for _ in range(tries)]
        moved = np.array([500.0, -500.0, *(len(actions) - 2) * [0.0]])
        damage = np.where(np.arange(len(actions)) == 1, 1000.0, 0.0)
        yield for_all(f"{len(actions)} players, cost 0, damage 1000 to player 2: change is not {by_hand.told_of(moved)}, utils",
                      (np.abs(by_hand.moved_of(game, 0.0, damage) - moved).max() for game in games))  # fmt: skip
    games = [random_game(rng, (3, 3)) for _ in range(tries)]
    for cost, harm, name in ((5.0, 5.0, "hurts both equally"), (7.0, 5.0, "hurts its user more")):
        yield for_all(
            f"a threat that {name}: change of the CoCo value, utils",
            (np.abs(by_hand.moved_of(game, cost, harm)).max() for game in games),
        )
    yield for_all("a threat that the other can defuse: change of the CoCo value, utils", (
        np.abs(coco(by_hand.shelter(game, 5.0)).point - coco(game).point).max() for game in games))  # fmt: skip
    drawn = rng.uniform(0, 10, size=(tries, 2))
    yield for_all(
        "any cost and damage: change of player 1 is not half of what damage exceeds cost by, utils",
        (
            abs(by_hand.moved_of(game, c, d)[0] - max(0.0, d - c) / 2)
            for game, (c, d) in zip(games, drawn.tolist(), strict=True)
        ),
    )


@row(
    "D22",
    "P",
    AXIOMS,
    "The CoCo value is efficient, symmetric, shift invariant, monotone in payoffs and actions, blind to redundant actions",
)
def properties_of_coco(run: Run) -> Iterator[Line]:
    """The list of nice properties of which one has to go. Each is tried on random games (three players where it makes
    sense); more actions of one's own never hurt, which is the one that the sequel gives up, is also attacked by a local
    search for games in which an added action lowers its owner's CoCo value the most."""
    rng, tries = run.rng, run.tries(40)
    games = [random_game(rng, (2, 2, 2)) for _ in range(tries)]
    yield for_all("efficient: the payoffs do not add up to the largest sum by, utils",
                  (abs(coco(one).point.sum() - one.points.sum(axis=1).max()) for one in games))  # fmt: skip
    yield for_all(
        "symmetric: change when the players are renamed, utils", (by_hand.renamed_of(one, rng.permutation(3)) for one in games)
    )
    yield for_all("shift invariant: change beyond the shift, utils", (
        np.abs(coco(one.transformed([1, 1, 1], t)).point - coco(one).point - t).max()
        for one, t in zip(games, rng.normal(size=(tries, 3)), strict=True)))  # fmt: skip
    yield for_all(
        "who gets more in every profile gets more: what player 2 has above player 1, utils",
        (by_hand.dominance(rng) for _ in range(tries)),
    )
    yield for_all("an action that copies a mixture of others: change, utils", (
        np.abs(coco(by_hand.copied(one, rng)).point - coco(one).point).max() for one in games))  # fmt: skip
    yield for_all("another action: what its owner loses, utils", (by_hand.loss_by_action(game) for game in (
        random_game(rng, (3, 2, 2)) for _ in range(tries))))  # fmt: skip
    worst, tried = climb(run, by_hand.loss_by_action, (3, 2, 2), run.tries(200))
    yield at_most("the same attacked by local search: largest loss found, utils", 0, worst, within=1e-9).because(tried)


@row(
    "D23",
    "P",
    AXIOMS,
    "The derivation of the CoCo value, step by step: only the optimal threat against a button that pays the CoCo value",
)
def derivation(run: Run) -> Iterator[Line]:
    """The argument that the sequel rejects, computed. Leave player 1 only its optimal threat, and give player 2 a button
    that pays both the CoCo value. Pressing it is the best reply in the fight and the most there is, so the CoCo value is
    unchanged. Give player 1 the other actions back: it does not lose. Take the button away: nothing changes, as it is
    never better than the actions for player 2. So player 1 has at least its CoCo value, and player 2 too by the same
    steps."""
    rng, cases = run.rng, []
    for _ in range(run.tries(100)):
        game = random_game(rng, (3, 3))
        value, threat = coco(game), fight(game, 1).solve([1, 1]).row
        only = np.tensordot(game.payoffs, threat, axes=(1, 0))[:, None, :]
        button = np.concatenate([only, value.point[:, None, None]], axis=2)
        buttons = np.broadcast_to(value.point[:, None, None], (2, 3, 1))
        cases.append((value.point, button, np.concatenate([game.payoffs, buttons], axis=2)))
    yield for_all("threat against button: what another reply is better by for player 2 in the fight, utils", (
        (b[0, 0, -1] - b[1, 0, -1]) - (b[0, 0] - b[1, 0]).min() for _, b, _ in cases))  # fmt: skip
    yield for_all(
        "the CoCo value of that game changes by, utils", (np.abs(coco(NormalFormGame(b)).point - x).max() for x, b, _ in cases)
    )
    yield for_all(
        "with all actions back: what player 1 loses, utils",
        (x[0] - coco(NormalFormGame(all_)).point[0] for x, _, all_ in cases),
    )
    yield for_all(
        "all actions and the button against none: change, utils",
        (np.abs(coco(NormalFormGame(all_)).point - x).max() for x, _, all_ in cases),
    )


@row(
    "D24",
    "P",
    AXIOMS,
    "Chicken without a steering wheel: being able to swerve makes one worse off, if fallbacks are to be best replies",
)
def no_steering_wheel(run: Run) -> Iterator[Line]:
    """Locked into going straight, player 1 makes the other swerve: the only equilibrium pays (7, 2), which is also the
    largest sum. With a steering wheel the solution of the sequel is (6, 6): the new option has cost its owner 1. The CoCo
    value does the opposite: it pays the locked driver 4.5, for the other threatens to go straight too. So the kinder
    fallback breaks the property that more actions do not hurt, as announced; a random search finds more such games."""
    locked = bimatrix([[7, 0]], [[2, 0]])
    for selection in SELECTIONS:
        yield equal(
            f"locked: fallback by {selection} and half of the surplus",
            [7, 2],
            correlated_fallback(locked, selection).point,
            1e-5,
        )
        yield equal(f"able to swerve: the same by {selection}", [6, 6], correlated_fallback(chicken(), selection).point, 1e-5)
    yield equal("locked: CoCo value", [4.5, 4.5], coco(locked).point)
    yield equal("able to swerve: CoCo value", [6, 6], coco(chicken()).point)
    losses = [by_hand.fallback_loss(random_game(run.rng, (3, 2))) for _ in range(100)]
    yield at_least("random games: largest loss of a player by one more action, utils", 0.01, max(losses)).because(len(losses))


@row(
    "D25",
    "P",
    KINDER,
    "With money every symmetric solution splits the surplus in half; knowing this, the best fallback is the CoCo threat",
)
def half_of_the_surplus(run: Run) -> Iterator[Line]:
    """With transferable utility the frontier is a line, and Nash, Kalai-Smorodinsky and egalitarian solutions all give
    the disagreement payoffs plus half of the surplus. If both know that, player 1 wants a fallback with a large
    difference of payoffs: its optimal threat gives it at least the CoCo value, whatever the other falls back on, and no
    other fallback guarantees more. Symmetry alone is not enough: the solution must follow shifts of utility."""
    rng, tries = run.rng, run.tries(60)
    for name, rule in (
        ("Nash", nash),
        ("Kalai-Smorodinsky", partial(kalai_smorodinsky, ideal="rational")),
        ("egalitarian", egalitarian),
    ):
        sets = [(rng.normal(size=(6, 2)), rng.normal(size=2) - 4) for _ in range(tries)]
        yield for_all(
            f"{name}: distance from the disagreement point plus half of the surplus, utils",
            (np.abs(rule(hull(p, transfers=True), d).point - d - (p.sum(axis=1).max() - d.sum()) / 2).max() for p, d in sets),
        )
    games = [random_game(rng, (3, 3)) for _ in range(tries)]
    yield for_all("the CoCo threat: what player 1 lacks of the CoCo value against any fallback, utils", (
        coco(one).point[0] - by_hand.guaranteed(one, fight(one, 1).solve([1, 1]).row) for one in games))  # fmt: skip
    yield for_all(
        "another fallback: what player 1 has guaranteed above the CoCo value, utils",
        (
            max(by_hand.guaranteed(one, p) for p in [*np.eye(3), *rng.dirichlet(np.ones(3), size=30)]) - coco(one).point[0]
            for one in games
        ),
    )
    feasible, d = hull([[3.0, 0.0]], transfers=True), np.array([1.0, 0.0])
    apart = float(np.abs(by_hand.half_of_all(feasible, d).point - d - 1).max())
    asymmetry = symmetry(by_hand.half_of_all, feasible, d, [1, 0])
    yield slip("half of the total each, from (1, 0) with 3 to share: its distance from half of the surplus each", 0.0,
               apart, 0.5 + asymmetry,
               """The post says that any solution with symmetry splits the surplus equally. This rule is efficient and
               symmetric (its violation is added to the second computation) and does not; following shifts of utility is
               needed as well.""")  # fmt: skip


@row(
    "D26",
    "P",
    KINDER,
    "CoCo threats are not best replies: if negotiations failed one would regret them; a correlated equilibrium one would not",
)
def regretted_threats(run: Run) -> Iterator[Line]:
    """What the sequel finds suspicious about the CoCo value's disagreement point: who carries out its threat would gain
    by another action. In the dilemma with the curse it would save the cost. On random games the largest gain of such a
    deviation is positive most of the time; at the fallback, a correlated equilibrium, it is zero by definition, checked
    here recommendation by recommendation."""
    cursed = with_pure_threat(prisoners(100), 0, cost=1, damage=1000)
    threat = fight(cursed, 1).solve([1, 1])
    yield equal(
        "the curse at the threat point: what player 1 gains by not cursing, utils",
        1,
        deviation_gains(cursed, (threat.row, threat.column))[0],
    )
    games = [random_game(run.rng, (3, 3)) for _ in range(100)]
    regrets = [
        deviation_gains(one, (answer.row, answer.column)).max() for one in games for answer in [fight(one, 1).solve([1, 1])]
    ]
    yield at_least(
        "random games: share of those in which somebody regrets the CoCo threats", 0.5, float(np.mean(np.array(regrets) > 1e-6))
    ).because(len(games))
    for selection in SELECTIONS:
        yield for_all(
            f"fallback by {selection}: the most that disobeying gains, utils",
            (by_hand.disobeying(one, correlated_equilibrium(one, selection).distribution) for one in games[: run.tries(30)]),
        )


@row(
    "D27",
    "P",
    KINDER,
    "Correlated equilibria generalise Nash equilibria, form a convex set given by linear inequalities, and can be learned",
)
def correlated_equilibria(run: Run) -> Iterator[Line]:
    """Every Nash equilibrium, as a distribution over profiles, is a correlated equilibrium, and so is every mixture of
    two correlated equilibria. Nash equilibria do not mix: in chicken the average of the two pure ones leaves a gain of
    1/4. The inequalities are as many as pairs of actions of each player, so one linear program finds the best. Players
    who only regret what they did not do (Blackwell's strategy on regrets of one action for another) come close to the
    set; how close is measured."""
    rng, tries = run.rng, run.tries(60)
    games = [random_game(rng, (3, 3)) for _ in range(tries)]
    yield for_all("Nash equilibria: the most that disobeying gains, utils", (
        by_hand.disobeying(one, np.outer(*pair)) for one in games for pair in nash_equilibria(one)))  # fmt: skip
    yield for_all("mixtures of two correlated equilibria: the most that disobeying gains, utils", (
        by_hand.disobeying(one, by_hand.mixture_of(one, float(rng.random()))) for one in games))  # fmt: skip
    pairs = [[rng.dirichlet(np.ones(3)) for _ in range(2)] for _ in games]
    pairs += [list(pair) for one in games for pair in nash_equilibria(one)[:1]]
    yield equal("independent mixtures: a correlated equilibrium if and only if a Nash equilibrium", "yes", all(
        (by_hand.disobeying(one, np.outer(*pair)) <= 1e-9) == (deviation_gains(one, pair).max() <= 1e-9)
        for one, pair in zip(games * 2, pairs, strict=True))).because(len(pairs))  # fmt: skip
    half = np.array([0.5, 0.5])
    yield equal(
        "chicken, both mix the two pure equilibria's actions: gain of a deviation",
        [0.25, 0.25],
        deviation_gains(chicken(), (half, half)),
    )
    yield at_most(
        "chicken, a coin for both to see: the most that disobeying gains",
        0,
        by_hand.disobeying(chicken(), np.array([[0, 0.5], [0.5, 0]])),
    )
    shapes = [tuple(int(k) for k in rng.integers(2, 5, size=3)) for _ in range(tries)]
    yield equal(
        "inequalities: one for each ordered pair of a player's actions",
        "yes",
        all(len(incentives(random_game(rng, shape))) == sum(k * (k - 1) for k in shape) for shape in shapes),
    ).because(tries)
    rounds = 4000
    yield for_all(f"after {rounds} rounds of regret matching: gain of disobeying over a tenth of the payoffs' range", (
        by_hand.disobeying(one, by_hand.learned(one, rounds, rng)) / np.ptp(one.payoffs) - 0.1
        for one in [chicken(), *(random_game(rng, (2, 2)) for _ in range(max(2, tries // 10)))]), 0)  # fmt: skip


@row(
    "D28",
    "P",
    PROBLEMS,
    "The possible fallbacks are a convex set, not a point, and the choice among them is not settled by the idea",
)
def which_fallback(run: Run) -> Iterator[Line]:
    """In the prisoners' dilemma there is one correlated equilibrium; in chicken a whole area of payoffs, from (7, 2) to
    (2, 7). Three selections are compared: the largest sum and the largest minimum depend on the units of utility; the
    largest entropy does not, but moves when a threat that costs nothing is added, even one that is of no use. So none of
    them answers the post's question; the picture shows the area."""
    yield at_most(
        "prisoners' dilemma: extent of the fallback payoffs, utils",
        0,
        np.ptp(by_hand.extremes(prisoners()), axis=0).max(),
        within=1e-7,
    )
    yield equal(
        "chicken: least and largest fallback payoff of a player",
        [2, 7],
        [f(by_hand.extremes(chicken())[:, 0]) for f in (np.min, np.max)],
        1e-7,
    )
    scaled = chicken().transformed([10, 1], [3, 0])
    moved = {
        s: np.abs(
            (correlated_equilibrium(scaled, s).point - [3, 0]) / [10, 1] - correlated_equilibrium(chicken(), s).point
        ).max()
        for s in SELECTIONS
    }
    yield at_least("player 1's utils times 10: the sum's choice moves by, old utils", 0.1, moved["sum"])
    yield at_least("the egalitarian choice moves by", 0.1, moved["egalitarian"])
    yield at_most("the entropy's choice moves by", 0, moved["maximum entropy"], within=1e-6)
    free = with_pure_threat(prisoners(100), 0, cost=0, damage=1000)
    yield equal(
        "a threat without cost: solution by entropy, which hurts half of the time",
        [550, 50],
        correlated_fallback(free, "maximum entropy").point,
        1e-5,
    )
    yield equal("a threat without cost: solution by sum", [300, 300], correlated_fallback(free, "sum").point, 1e-5)
    run.draw("Chicken: payoffs of all correlated equilibria (outlined) within what contracts reach.", by_hand.draw_fallbacks)


@row(
    "D29",
    "P",
    PROBLEMS,
    "With n players the surplus goes by the Shapley value; what a coalition is worth can be defined in several ways",
)
def worth_of_coalitions(run: Run) -> Iterator[Line]:
    """The sequel's formula weights v(S) - v(N without S); it is the Shapley value of v, whatever v is. With what
    coalitions make in their zero-sum fights it is the CoCo value. With correlated equilibria two readings are computed: S
    against everybody else as one big player, and S against the others one by one. They share the same total differently:
    the definition matters, as the post fears."""
    rng, tries = run.rng, run.tries(20)
    any_ = [np.r_[0, rng.normal(size=2**n - 1)] for n in (2, 3, 4, 5) for _ in range(tries)]
    yield for_all("any v, 2 to 5 players: distance of the formula from the Shapley value, utils",
                  (np.abs(by_hand.formula(v) - shapley(v).point).max() for v in any_))  # fmt: skip
    games = [random_game(rng, (2, 2, 2)) for _ in range(max(10, tries))]
    yield for_all(
        "v from the fights: distance from the CoCo value, utils",
        (np.abs(by_hand.formula(by_hand.fought(one)) - coco(one).point).max() for one in games),
    )
    planar = [random_game(rng, (3, 3)) for _ in range(tries)]
    yield for_all(
        "two players: distance from the fallback plus half of the surplus, utils",
        (
            np.abs(by_hand.formula(by_hand.fallen_back(one, True)) - correlated_fallback(one, "sum").point).max()
            for one in planar
        ),
        1e-5,
    )
    both = [[by_hand.formula(by_hand.fallen_back(one, together)) for together in (True, False)] for one in games[:10]]
    yield for_all(
        "both readings share the largest sum, error in utils",
        (np.abs(np.sum(pair, axis=1) - one.points.sum(axis=1).max()).max() for pair, one in zip(both, games, strict=False)),
        1e-5,
    )
    yield at_least(
        "largest difference between the two readings, utils", 0.01, max(float(np.abs(a - b).max()) for a, b in both)
    ).because(len(both))


not_computable(
    "D30",
    "P",
    PROBLEMS,
    "Is there a principled way to say that a correlated equilibrium is unfair, or to pick one?",
    paper="diffractor_threats",
    why="An open question of the post about principles. D28 computes what three candidates do.",
)
not_computable(
    "D31",
    "P",
    KINDER,
    "Nash equilibria are hard to compute, correlated ones take polynomial time; can Pareto-optimal ones be learned?",
    paper="diffractor_threats",
    why="Statements about all algorithms and all sizes of games, and an open question. D27 counts the inequalities of "
    "the linear program and runs one learning rule.",
)
