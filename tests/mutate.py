"""Change one sign in a formula and see whether a test notices: `python tests/mutate.py --count 20 --seed 1`.

A *sign* is a binary + or -, a unary minus, or the sign of += and -=, in the source of `negotiation/`, `protocols/`, `agents/`
or `experiments/`. A *mutant* is the whole tree with one sign turned: + becomes -, - becomes +. It *dies* when a test fails,
hangs or crashes with it; otherwise it *survives*, and either a test is missing or the sign does nothing.

Every sign belongs to a formula, except where it

- chooses or counts places: within an index or slice (conditions on values inside an index do count), an axis, a shape, a
  `range` or the like; which type an integer has is not known here, so `stage + 1` elsewhere counts as a formula;
- joins strings or lists, or lies within an f-string, a `raise` or a `warn`: it is text;
- adds a tolerance to something: a constant up to 1e-6, a name such as TOLERANCE, slack, tie or rounding, a multiple of
  one, or the larger of one and something;
- reads a clock (`perf_counter() - start`) or picks a stream of random numbers (`seed + k`);
- lies in `negotiation/plots` or a file of `FOLDERS_LEFT_OUT`: what they compute is where ink goes;
- is one of, or lies in a function of, `LEFT_OUT`, each with the reason why no result can depend on the sign.

The linter and the type checker do not count as tests. How mutants are run: `mutation_runs.py`.
"""

from __future__ import annotations

import ast
import random
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("negotiation", "protocols", "agents", "experiments")
FOLDERS_LEFT_OUT = {
    "negotiation/plots": "where ink goes",
    "experiments/templates": "sentences and a page's layout",
    "experiments/screen.py": "the layout of tables on a screen",
    "experiments/reproduce": "rows are what should notice",
}
SEARCH = "steps of a search; what it finds is certified afterwards, or its residual is returned"
LEFT_OUT = {  # (file, function or formula): the reason
    ("negotiation/bargaining/correlated.py", "points - points.min()"): "where payoffs are measured from changes no choice",
    ("negotiation/bargaining/incomplete/selection.py", "-program.utilities"): "keeps a point that is efficient already",
    ("negotiation/bargaining/incomplete/fixed_point.py", "_settle"): SEARCH,
    ("negotiation/bargaining/max_entropy.py", "_prices"): SEARCH,
    ("negotiation/bargaining/nash_product.py", "stale + 1"): "when a search gives up; its gap is measured and returned",
    ("negotiation/bargaining/weights_search.py", "_on_face"): SEARCH,
    ("negotiation/bargaining/weights_search.py", "corner[axis] += 1"): "upwards or downwards, the same simplices are listed",
    ("negotiation/ecl/action_profiles.py", "_refined"): "a polish, kept only where it leaves less of the equations open",
    ("negotiation/ecl/core_bounds.py", "opened += 1"): "when a search starts anew; the bounds hold whatever it finds",
    ("negotiation/equilibrium/exchangeable_gain.py", "new - reply"): "when to stop repeating; without it, after 10,000 times",
    ("negotiation/equilibrium/exchangeable_seen.py", "SeenDeals.portions"): "into how many parts an array is cut to fit memory",
    ("negotiation/equilibrium/exchangeable_solver.py", "solve_profile"): SEARCH,
    ("negotiation/equilibrium/menus.py", "1 - max(d)"): "from where an iteration starts; it ends at a fixed point",
    ("negotiation/equilibrium/tree_newton.py", "newton_size"): "an estimate of memory, by which a method is chosen",
    ("negotiation/equilibrium/tree_path.py", "follow"): SEARCH,
    ("negotiation/equilibrium/tree_path.py", "_correct"): SEARCH,
}

TOLERANCE = re.compile(r"(^|_)(TOL|TOLERANCE|SLACK|TIE|EPS|EPSILON|tol|tolerance|atol|rtol|slack|tie|rounding)($|_)")
PLACES = {
    "range",
    "zeros",
    "ones",
    "empty",
    "reshape",
    "moveaxis",
    "swapaxes",
    "expand_dims",
    "transpose",
    "enumerate",
    "islice",
}
REDUCTIONS = {
    "sum",
    "max",
    "min",
    "mean",
    "any",
    "all",
    "cumsum",
    "argmax",
    "argmin",
    "prod",
    "take",
    "squeeze",
    "sort",
    "argsort",
}
OPTIONS = {
    "axis",
    "axes",
    "shape",
    "newshape",
    "k",
    "minlength",
    "maxiter",
    "nargs",
    "figsize",
    "stacklevel",
    "indent",
    "width",
    "padding",
}
TEXT = {"warn", "join", "ljust", "rjust", "center", "format"}
LISTS = (ast.List, ast.ListComp, ast.Tuple, ast.JoinedStr, ast.Dict, ast.Set, ast.GeneratorExp)


@dataclass(frozen=True)
class Site:
    """A sign in a file: where it is (line from 1, column in bytes from 0), the function around it and the formula."""

    path: str
    line: int
    column: int
    sign: str
    function: str
    within: str

    @property
    def other(self) -> str:
        return "-" if self.sign == "+" else "+"

    def turned(self, source: str) -> str:
        """The source with this sign turned."""
        lines = source.encode().splitlines(keepends=True)
        line = lines[self.line - 1]
        if line[self.column : self.column + 1] != self.sign.encode():
            raise ValueError(f"no {self.sign} in line {self.line}, column {self.column} of {self.path}")
        lines[self.line - 1] = line[: self.column] + self.other.encode() + line[self.column + 1 :]
        return b"".join(lines).decode()


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def is_tolerance(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float) and 0 < abs(node.value) <= 1e-6
    if isinstance(node, ast.Name | ast.Attribute):
        return bool(TOLERANCE.search(node.id if isinstance(node, ast.Name) else node.attr))
    if isinstance(node, ast.UnaryOp):
        return is_tolerance(node.operand)
    if isinstance(node, ast.Call):
        return called(node) == "max" and any(is_tolerance(a) for a in node.args)
    if isinstance(node, ast.BinOp):
        either = is_tolerance(node.left) or is_tolerance(node.right)
        return (either and isinstance(node.op, ast.Mult)) or (isinstance(node.op, ast.Div) and is_tolerance(node.left))
    return False


def joins(node: ast.expr) -> bool:
    """Whether an operand is seen to be a string, a list or the like."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult | ast.Mod):
        return joins(node.left) or joins(node.right)
    if isinstance(node, ast.Call):
        return called(node) in ("join", "list", "tuple", "sorted", "str", "repr")
    if isinstance(node, ast.IfExp):
        return joins(node.body) or joins(node.orelse)
    return isinstance(node, LISTS) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))


def is_clock_or_seed(node: ast.expr) -> bool:
    """Whether an operand is the time now, or a seed."""
    if isinstance(node, ast.Call):
        return called(node) in ("perf_counter", "process_time", "monotonic", "now", "astimezone")
    if isinstance(node, ast.BinOp):
        return is_clock_or_seed(node.left) or is_clock_or_seed(node.right)
    return isinstance(node, ast.Name) and node.id == "seed"


def is_no_formula(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether a signed expression is of one of the kinds that the head of this file leaves out."""
    if isinstance(node, ast.BinOp) and (joins(node) or is_tolerance(node.left) or is_tolerance(node.right)):
        return True
    if isinstance(node, ast.BinOp) and is_clock_or_seed(node):
        return True
    if isinstance(node, ast.AugAssign) and (joins(node.value) or is_tolerance(node.value)):
        return True
    literal = isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant) and isinstance(node.operand.value, int)
    if isinstance(node, ast.UnaryOp) and is_tolerance(node.operand):
        return True
    child, compared = node, False
    while child in parents:
        parent = parents[child]
        compared = compared or isinstance(parent, ast.Compare)
        if isinstance(parent, ast.Subscript) and child is parent.slice and not compared:
            return True
        if (isinstance(parent, ast.keyword) and parent.arg in OPTIONS) or isinstance(parent, ast.JoinedStr | ast.Raise):
            return True
        if isinstance(parent, ast.Call) and child is not parent.func:
            name = called(parent)
            first = bool(parent.args) and child is parent.args[0]
            if name in PLACES or name in TEXT or (name == "full" and first) or (name == "broadcast_to" and not first):
                return True
            if literal and child is node and name in REDUCTIONS:
                return True
        if isinstance(parent, ast.stmt):
            return False
        child = parent
    return False


def sites(path: str, source: str) -> Iterator[Site]:
    """The signs in formulas of a file, in the order of the text."""
    tree = ast.parse(source)
    lines = source.encode().splitlines(keepends=True)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}

    def function(node: ast.AST) -> str:
        """The functions and classes around a node; "" for what runs when the file is imported."""
        names, inside = [], False
        while node in parents:
            child, node = node, parents[node]
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                names.append(node.name)
                inside = inside or (not isinstance(node, ast.ClassDef) and child in node.body)
        return ".".join(reversed(names)) if inside else ""

    def place(start: tuple[int, int], sign: str) -> tuple[int, int]:
        """The first such sign from a place on, outside of comments."""
        number, column = start
        while True:
            code = lines[number - 1][column:].split(b"#")[0]
            if (found := code.find(sign.encode())) >= 0:
                return number, column + found
            number, column = number + 1, 0

    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            start = (node.left.end_lineno or 0, node.left.end_col_offset or 0)
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add | ast.Sub):
            start = (node.target.end_lineno or 0, node.target.end_col_offset or 0)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            start = (node.lineno, node.col_offset)
        else:
            continue
        if not is_no_formula(node, parents):
            sign = "+" if isinstance(node.op, ast.Add) else "-"
            yield Site(path, *place(start, sign), sign, function(node), " ".join(ast.unparse(node).split()))


def all_sites(root: Path = ROOT) -> list[Site]:
    """The signs in formulas of a tree; those of `LEFT_OUT` and `FOLDERS_LEFT_OUT` are not among them."""
    found = []
    for file in sorted(file for room in ROOMS for file in (root / room).rglob("*.py")):
        path = file.relative_to(root).as_posix()
        if not any(path == out or path.startswith(out + "/") for out in FOLDERS_LEFT_OUT):
            here = sorted(set(sites(path, file.read_text(encoding="utf-8"))), key=lambda s: (s.line, s.column))
            found += [s for s in here if (path, s.function) not in LEFT_OUT and (path, s.within) not in LEFT_OUT]
    return found


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--count", default=20, show_default=True, help="How many mutants; 0 for every sign there is.")
@click.option(
    "--seed", default=None, type=int, help="Draws the signs. Without it another sample each time; the seed is printed."
)
@click.option("--path", "paths", multiple=True, help="Only files whose path contains this, e.g. 'ecl/' or 'bounds.py:70'.")
@click.option(
    "--workers", default=1, show_default=True, help="Mutants tested at the same time, each in its own copy of the tree."
)
@click.option("--list", "only_list", is_flag=True, help="Print the signs that would be turned, and stop.")
@click.option("--log", type=click.Path(path_type=Path), help="Append a line of JSON for each mutant to this file.")
def main(count: int, seed: int | None, paths: tuple[str, ...], workers: int, only_list: bool, log: Path | None) -> None:
    """Turn COUNT signs of formulas, one at a time, and see whether a test notices each.

    Signs are drawn with equal chances from all formulas of the project (what counts as one: the head of this file). For each,
    the tests that run its line are run in a copy of the tree, fastest first, until one fails. The first time, a map of which
    test runs which line is made by running every test once (about ten minutes, kept in .mutation/); later only what changed
    is run again. Exit status 1 when a mutant survives; the survivors are listed with their formulas.
    """
    import mutation_runs as runs

    screen = Console(highlight=False)
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    everything = [s for s in all_sites() if not paths or any(p in f"{s.path}:{s.line}" for p in paths)]
    drawn = everything if count == 0 else random.Random(seed).sample(everything, min(count, len(everything)))
    screen.print(f"{len(everything)} signs in formulas; {len(drawn)} turned, seed {seed}")
    if only_list:
        for site in drawn:
            screen.print(f"{site.path}:{site.line}  {site.within}", soft_wrap=True, markup=False)
        return
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies = runs.copies(ROOT, Path(folder), workers)
        tests = runs.load_map(copies[0], ROOT / ".mutation", screen)
        survivors = []
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=screen) as progress:
            task = progress.add_task("0 survive", total=len(drawn))
            started = time.monotonic()
            for site, fate in runs.fates(drawn, tests, copies):
                if not fate.died:
                    survivors.append(site)
                    progress.console.print(f"survives: {shown(site)}\n  {fate.words}", soft_wrap=True, markup=False)
                if log:
                    runs.write(log, site, fate, seed)
                progress.update(task, advance=1, description=f"{len(survivors)} survive")
    minutes = (time.monotonic() - started) / 60
    screen.print(f"{len(drawn) - len(survivors)} of {len(drawn)} mutants die, in {minutes:.1f} minutes")
    if survivors:
        screen.print("Survivors:\n" + "\n".join(shown(site) for site in survivors), soft_wrap=True, markup=False)
        raise SystemExit(1)


def shown(site: Site) -> str:
    before = (ROOT / site.path).read_text(encoding="utf-8")
    after = site.turned(before).splitlines()[site.line - 1].strip()
    return f"{site.path}:{site.line} in {site.function}\n  - {before.splitlines()[site.line - 1].strip()}\n  + {after}"


if __name__ == "__main__":
    main()
