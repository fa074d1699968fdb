"""Other solvers of extensive games, run on an .efg file: a program of its own, for any Python in which they are installed.

    python peer_solvers.py logit GAME.efg SHARE...        pygambit's logit, to regrets of these shares of the payoffs' range
    python peer_solvers.py cfr GAME.efg NASHCONV SECONDS  OpenSpiel's CFR+, to this NashConv or for so long

It prints a line of JSON for each result: the version, the processor time of the solver alone, what was asked for, and the
profile, a list of probabilities for each information set in the order in which a walk in preorder first meets them. Nothing but
the standard library and the solver is imported."""

import json
import sys
import time
from typing import Any


def logit(path: str, shares: list[str]) -> None:
    """One result for each share, from scratch each time: the interface has no way to go on."""
    try:
        import pygambit  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return say(missing="pygambit is not installed")
    version = f"pygambit {pygambit.__version__}"
    game = pygambit.read_efg(path)
    infosets: dict[Any, None] = {}
    stack = [game.root]
    while stack:
        node = stack.pop()
        stack.extend(reversed(list(node.children)))
        if not node.is_terminal and not node.player.is_chance:
            infosets[node.infoset] = None
    say(started=version)
    for share in shares:
        start = time.process_time()
        found = pygambit.nash.logit_solve(game, maxregret=float(share))
        seconds = time.process_time() - start
        profile = found.equilibria[0]
        chosen = [[float(profile[action]) for action in infoset.actions] for infoset in infosets]
        say(version=version, seconds=seconds, asked=float(share), profile=chosen)
    return None


def cfr(path: str, target: str, limit: str) -> None:
    """One result, of the average policy. NashConv is looked at whenever iterations have grown by a fifth, off the clock."""
    try:
        import pyspiel  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return say(missing="open_spiel is not installed")
    with open(path, encoding="utf-8") as file:
        game = pyspiel.load_efg_game(file.read())
    infosets: dict[str, list[int]] = {}
    stack = [game.new_initial_state()]
    while stack:
        state = stack.pop()
        if state.is_terminal():
            continue
        if state.is_chance_node():
            actions = sorted(a for a, _ in state.chance_outcomes())
        else:
            actions = state.legal_actions()
            infosets[state.information_state_string()] = actions
        stack.extend(state.child(a) for a in reversed(actions))
    version = f"OpenSpiel {_version('open_spiel')}"
    say(started=version)
    start = time.process_time()
    solver = pyspiel.CFRPlusSolver(game)
    seconds, iterations, due = time.process_time() - start, 0, 10
    while True:
        start = time.process_time()
        for _ in range(due - iterations):
            solver.evaluate_and_update_policy()
        seconds += time.process_time() - start
        iterations, due = due, due + max(due // 5, 1)
        policy = solver.tabular_average_policy()
        reached = pyspiel.nash_conv(game, policy)
        if reached <= float(target) or seconds > float(limit):
            break
    table = {key: dict(row) for key, row in policy.policy_table().items()}
    chosen = [[table[key].get(a, 0.0) for a in actions] for key, actions in infosets.items()]
    say(version=version, seconds=seconds, asked=float(target), reached=reached, iterations=iterations, profile=chosen)
    return None


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


def say(**result: Any) -> None:
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "logit":
        logit(sys.argv[2], sys.argv[3:])
    else:
        cfr(sys.argv[2], sys.argv[3], sys.argv[4])
