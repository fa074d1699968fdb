"""The command line. Only click is imported here: `negotiation --help` must answer at once."""

import shlex
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
INTERRUPTED = 130


class Teller(click.Group):
    """A group of commands that tells mistakes in one line, with exit status 2 and no traceback."""

    def main(self, args: Sequence[str] | None = None, *pass_on: Any, **options: Any) -> Any:
        """Run a command and exit."""
        said = list(sys.argv[1:] if args is None else args)
        options |= {"standalone_mode": False, "prog_name": "negotiation", "obj": shlex.join(["negotiation", *said])}
        try:
            status = super().main(said, *pass_on, **options)
        except click.ClickException as error:
            hint = getattr(error, "ctx", None)
            where = f" (see {hint.command_path} --help)" if hint else ""
            fail(f"{error.format_message().rstrip('.')}{where}")
        except (click.Abort, KeyboardInterrupt):
            fail("interrupted", INTERRUPTED)
        except (ValueError, OSError, MemoryError) as error:
            fail(explain(error))
        sys.exit(status if isinstance(status, int) else 0)


def fail(message: str, status: int = 2) -> None:
    """One line on standard error, and out."""
    click.echo("negotiation: " + " ".join(message.split()), err=True)
    sys.exit(status)


def explain(error: Exception) -> str:
    """The line for a mistake of the user's; any other error is ours and is raised again."""
    from negotiation.errors import InputError, RuleBroken

    if isinstance(error, InputError | RuleBroken):
        return str(error)
    if isinstance(error, MemoryError):
        return "not enough memory; try fewer --negotiations or items"
    if isinstance(error, OSError):
        return f"{error.filename or 'output'}: {error.strerror or error}"
    raise error


Command = Callable[..., Any]
OWN = "[default: the scenario's]"
FIRST = "[default: the scenario's first]"
WHO = "Both players' strategy, or Alice's,Bob's"
FOLDER = "[default: results/<scenario>-<time>]"
tremble_option = click.option("--tremble", type=float, metavar="G", help=f"Probability of a tremble at each decision. {OWN}")
seed_option = click.option("--seed", type=int, metavar="N", help=f"Same seed, same results. {OWN}")


def play_options(command: Command) -> Command:
    """The options of every command that plays."""
    for option in reversed((
        click.option("--protocol", "protocols", multiple=True, metavar="P", help=f"Play this protocol; may be repeated. {OWN}"),
        click.option("--strategies", multiple=True, metavar="S[,S]", help=f"{WHO}; may be repeated. {OWN}"),
        click.option("--negotiations", type=int, metavar="N", help=f"How many negotiations to play. {OWN}"),
        tremble_option,
        seed_option,
    )):  # fmt: skip
        command = option(command)
    return command


def output_options(command: Command) -> Command:
    """The options of every command that writes results."""
    for option in reversed((
        click.option("--out", type=click.Path(), metavar="DIR", help=f"Folder for results, new or empty. {FOLDER}"),
        click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else; write files only with --out."),
        click.option("--no-plots", is_flag=True, help="Write no figures and no report."),
    )):  # fmt: skip
        command = option(command)
    return command


@click.group(cls=Teller, context_settings=SETTINGS)
@click.version_option(package_name="negotiation", message="negotiation %(version)s")
def main() -> None:
    """Negotiate many items with private information, under rules of your choice.

    \b
    Start here:
      negotiation list                      what there is: scenarios, protocols, strategies
      negotiation compare rugs              Example 1 of the paper under four protocols
      negotiation predict rugs              what each theory says of it
      negotiation check delay --stages 2    what deviating would gain
      negotiation solve delay --stages 3    equilibria with trembles, of the protocol as it is played
      negotiation cooperative broker        private types, any number of players
      negotiation trace rugs --protocol frequency
      negotiation sweep public-good --over items=4,16,64,256
      negotiation ecl 54                    evidential cooperation: universes that cannot talk
      negotiation reproduce --quick         what the papers say, and what this program computes
      negotiation new mine.toml             a commented scenario to start from

    A SCENARIO is the name of a built-in one, or a TOML file. Exit status: 0 done, 1 a check fell short, 2 bad
    input (with one line that says what).
    """


@main.command()
@click.argument("scenario")
@play_options
@click.option("--gains", is_flag=True, help="Say what each player would gain by deviating.")
@output_options
@click.pass_obj
def compare(command: str, scenario: str, **options: Any) -> None:
    """Play protocols on the same drawn types and compare them.

    Prints a table: agreement at stage 0, efficiency with its 95% interval, what was lost to delay, missed and wrong trades and
    unequal discounting, mean payoffs, message size. Writes the table (CSV), the outcomes (Parquet), figures, a report.html and
    a manifest.

    \b
    Examples:
      negotiation compare rugs
      negotiation compare labour-contract --strategies screening,rubinstein-demand --tremble 0.01
      negotiation compare rugs --gains
      negotiation compare mine.toml --protocol frequency --protocol share-demanding --out results/mine
      negotiation compare rugs --json | python -m json.tool
    """
    from experiments import commands

    commands.compare(scenario, command=command, **options)


@main.command()
@click.argument("scenario")
@click.option("--over", multiple=True, required=True, metavar="KEY=V,V,...", help="A key and its values; repeat for a grid.")
@click.option("--workers", type=int, default=1, show_default=True, help="Processes, over the points of the grid.")
@play_options
@output_options
@click.pass_obj
def sweep(command: str, scenario: str, **options: Any) -> None:
    """Compare protocols over values of scenario keys.

    KEY is items, discount, tremble, negotiations, or any key of the scenario, such as problem.cost. Several --over make a grid.
    Every finished point is stored at once: the same command again goes on with an interrupted sweep.

    \b
    Examples:
      negotiation sweep rugs-iid --over items=1,4,16,64,256,1024 --strategies rubinstein-demand
      negotiation sweep rugs --over discount=0.5,0.7,0.9 --over tremble=0,0.01,0.1
      negotiation sweep public-good --over problem.cost=4,6,8 --workers 2
      negotiation sweep rugs --over 'discount=[0.9,0.8],[0.8,0.9]'
    """
    from experiments import commands

    commands.sweep(scenario, command=command, **options)


@main.command()
@click.argument("scenario")
@click.option("--protocol", metavar="P", help=f"The protocol to play. {FIRST}")
@click.option("--strategies", metavar="S[,S]", help=f"{WHO}. {FIRST}")
@click.option(
    "--negotiation", type=int, default=0, show_default=True, metavar="K", help="Which negotiation to tell, by number."
)
@tremble_option
@seed_option
@output_options
@click.pass_obj
def trace(command: str, scenario: str, **options: Any) -> None:
    """Tell one negotiation, offer by offer.

    It is the negotiation of that number in `compare` with the same seed. Figures: the demands over stages, and the offers in
    payoff space.

    \b
    Examples:
      negotiation trace rugs --protocol share-demanding
      negotiation trace rugs-iid --protocol item-by-item --strategies screening --negotiation 7
      negotiation trace correlated --protocol frequency --strategies boulware,conceder
    """
    from experiments import commands

    commands.trace(scenario, command=command, **options)


@main.command()
@click.argument("scenario")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every type's interim payoff, and nothing else.")
@click.option("--interim", is_flag=True, help="Print each type's interim payoff too.")
@click.pass_obj
def predict(command: str, scenario: str, **options: Any) -> None:
    """Say what each theory predicts: benchmark by benchmark, each player's payoff and the surplus.

    First best, Rubinstein shares, Nash, Kalai-Smorodinsky and egalitarian solutions, the compromise of evidential cooperation,
    the second-best mechanism, the neutral solution, the linking mechanism. The residual is what is missing from the certificate
    of what was solved.

    \b
    Examples:
      negotiation predict rugs
      negotiation predict public-good --interim
      negotiation predict mine.toml --json
    """
    from experiments import commands

    commands.predict(scenario, **options)


grid_option = click.option(
    "--grid", metavar="LOW,HIGH,STEP", help="The transfers that offers may name, in utils. [default: the protocol's]"
)


@main.command()
@click.argument("scenario")
@click.option("--stages", type=int, metavar="T", help="Cut the game after T stages, and check it exactly.")
@grid_option
@click.option(
    "--within", type=float, default=0.01, show_default=True, metavar="SHARE",
    help="Exit with status 1 where deviating gains more than this share of the largest surplus.",
)  # fmt: skip
@play_options
@output_options
@click.pass_obj
def check(command: str, scenario: str, **options: Any) -> int:
    """Ask whether the players' strategies are an equilibrium: what would deviating gain?

    Where a protocol has a grid and a horizon (or you say --stages), the game tree is built and the best reply found at every
    information set, on and off the path: gains by type, the most profitable deviations, and how far the beliefs are from each
    equilibrium concept. Otherwise the best of a stated class of deviations is estimated by simulation.

    \b
    Examples:
      negotiation check rugs --protocol share-demanding
      negotiation check delay --stages 2
      negotiation check one-rug --stages 3 --strategies screening
    """
    from experiments import equilibrium_commands

    return equilibrium_commands.check_command(scenario, command=command, **options)


@main.command()
@click.argument("scenario")
@click.option(
    "--method", type=click.Choice(["auto", "tree", "beliefs", "frequencies"]), default="auto", show_default=True,
    help="The solver: the game tree cut after --stages, beliefs (one item, no horizon), or frequencies of types (many items).",
)  # fmt: skip
@click.option("--stages", type=int, metavar="T", help="Cut the game after T stages. [default: the protocol's horizon]")
@click.option("--starts", type=int, metavar="N", help="Starts to solve a tree from; each under three rules for ties. "
              "[default: 3 on small trees, 1 elsewhere]")  # fmt: skip
@grid_option
@click.option("--protocol", "protocols", multiple=True, metavar="P", help=f"Solve this protocol; may be repeated. {OWN}")
@tremble_option
@seed_option
@output_options
@click.pass_obj
def solve(command: str, scenario: str, **options: Any) -> int:
    """Solve protocols for an equilibrium with trembles, and say how far from one the solution is.

    Prints payoffs by type, agreements and beliefs, and the largest gain from deviating. Equilibria are many: on a game tree
    those found from several starts and rules for ties are listed apart, with what selects them. Writes figures of offers and
    acceptance by type and stage, beliefs along the path, and values over beliefs. Trembles default to 0.01 where the scenario
    has none. Exit status 1 where a named protocol cannot be solved, or what was found leaves over 1% of the surplus to gain.

    \b
    Examples:
      negotiation solve delay --stages 3
      negotiation solve one-rug
      negotiation solve rugs-iid --protocol frequency
    """
    from experiments import solving

    return solving.solve_command(scenario, command=command, **options)


@main.command()
@click.argument("game")
@click.option("--plays", type=int, metavar="N", help="Play the random dictatorship N times and compare.")
@click.option("--seed", type=int, default=1, show_default=True, metavar="N", help="Draws the plays.")
@click.option("--out", type=click.Path(), metavar="DIR", help="Folder for a report with figures, new or empty.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else; write files only with --out.")
@click.option("--no-plots", is_flag=True, help="Write no figures and no report.")
@click.pass_obj
def cooperative(command: str, game: str, **options: Any) -> int:
    """Solve a cooperative game whose players have private types that nobody can verify.

    Prints the neutral procedural solution: what each type gets in each coalition, with the mechanism of the grand coalition and
    the residual that is certified. GAME is section-1-seller, section-1-tax, bilateral-trade, broker, section-6, section-6-pair,
    or a TOML file (docs/cooperation.md). With --plays a random member of each coalition dictates, again and again; mean payoffs
    are compared with the solution, and what drawing lots loses is told. Exit status 1 where the solution is not certified.

    \b
    Examples:
      negotiation cooperative broker
      negotiation cooperative section-1-tax --plays 10000
      negotiation cooperative mine.toml --out results/mine
    """
    from experiments import cooperation

    return cooperation.cooperative_command(game, command=command, **options)


@main.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--quick", is_flag=True, help="Leave out the slow rows, draw a tenth of the random instances: under 2 minutes.")
@click.option("--seed", type=int, metavar="N", help="Draws the random instances. [default: a new one, which is printed]")
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes, over rows. [default: one for each core]")
@click.option("--out", type=click.Path(), metavar="DIR", help="Folder for a page with figures and code, new or empty. "
              "[default: none; results/reproduce-<time> if rows are named]")  # fmt: skip
@click.option("--table", type=click.Path(), metavar="FILE", help="Write the table as Markdown, dated, with versions.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else; write files only with --out or --table.")
@click.option("--no-plots", is_flag=True, help="Draw no figures.")
def reproduce(ids: tuple[str, ...], **options: Any) -> int:
    """Reproduce what the five papers say: examples, tables, theorems, figures.

    Prints a line for each row: where it is said, what the paper says, what this run gave, the difference, and the verdict:
    agrees, differs, or slip, where the paper's print is wrong and the corrected value was computed twice. ID (J1, T12, S4, D3)
    runs one row, explains it, and draws its figure; several may be named. What is said of all games or all priors is tried on
    random instances, new ones at each run. Exit status 1 where a row differs.

    \b
    Examples:
      negotiation reproduce --quick
      negotiation reproduce J1
      negotiation reproduce --out results/papers
      negotiation reproduce --json | python -m json.tool
    """
    from experiments.reproduce.command import reproduce_command

    return reproduce_command(ids, **options)


@main.command()
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Draws the random problems.")
@click.option("--instances", type=int, default=10, show_default=True, metavar="N", help="How many random problems.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def axioms(seed: int, instances: int, as_json: bool) -> None:
    """Show which bargaining solution satisfies which axiom.

    The table has the largest violation, in utils, found on random problems of two and three players whose payoffs lie between 0
    and 1. A large one proves that the axiom fails; rounding alone proves nothing, but agrees with theory.
    """
    from experiments import commands

    commands.axioms(seed, instances, as_json)


@main.command()
@click.argument("example", required=False)
@click.option("--solution", metavar="S", help="The bargaining solution of the compromise. [default: nash]")
@click.option("--disagreement", metavar="D", help="nash, threat (two types) or stable (vertices). [default: nash]")
@click.option("--universes", type=int, default=10_000, show_default=True, metavar="N", help="Of `society`: how many at most.")
@click.option("--seed", type=int, default=1, show_default=True, metavar="N", help="Of `society`: same seed, same results.")
@click.option("--only", multiple=True, metavar="NAME", help="Of `society`: run this experiment only; may be repeated.")
@output_options
@click.pass_obj
def ecl(command: str, example: str | None, **options: Any) -> None:
    """Evidential cooperation: universes that cannot talk, and the compromise they could all choose.

    EXAMPLE is the number of one of the paper's examples, or a TOML file of a game: it prints the game, its equilibria, the
    compromise with each type's action, gains, and whether coalitions would leave it. `society` plays societies of universes,
    each a Mesa agent that knows its own type and beliefs only, and writes a report: predicted and realised gains, the share of
    cooperators, different solutions, priors and disagreement points, many types, coalitions that break away (experiments
    double-decrease, predictions, cooperators, solutions, priors, disagreement, types, coalitions). Without EXAMPLE: what there
    is. Files go to --out; `society` writes to results/ecl-society-<time> by default.

    \b
    A file:
      types = ["us", "them"]          # names
      prior = [0.6, 0.4]              # default: equally likely
      correlation = 0.2               # others are like oneself for sure so often; default 0 (or: joint = [[..], [..]])
      players = 100                   # default: very many
      [[actions]]                     # what "us" can do: a row for each action, what it gives to us, to them
      vertices = [[3, 0], [2, 2]]
      [[actions]]                     # what "them" can do: resources with diminishing returns
      kind = "logarithmic"            # or "square-root"
      resources = 100

    \b
    Examples:
      negotiation ecl 54
      negotiation ecl 54 --solution kalai-smorodinsky
      negotiation ecl 64 --json
      negotiation ecl mine.toml --out results/mine
      negotiation ecl society --universes 20000 --only cooperators
    """
    from experiments import ecl_commands

    ecl_commands.ecl_command(example, command=command, **options)


@main.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def list_(as_json: bool) -> None:
    """Show the scenarios, protocols and strategies that there are."""
    from experiments import commands

    commands.list_all(as_json)


@main.command()
@click.argument("file", type=click.Path())
@click.option("--from", "source", default="rugs", show_default=True, metavar="SCENARIO", help="The scenario to start from.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def new(file: str, source: str, as_json: bool) -> None:
    """Write a commented scenario to FILE, for you to change.

    \b
    Examples:
      negotiation new mine.toml
      negotiation new contract.toml --from labour-contract
    """
    from experiments import commands

    commands.new(file, source, as_json)


@main.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def benchmark(arguments: tuple[str, ...]) -> None:
    """Measure how fast negotiations are played (see `negotiation benchmark --help`).

    `negotiation benchmark equilibrium` measures how fast game trees are solved, beside pygambit and OpenSpiel.
    """
    from experiments.benchmark import main as measure

    measure(list(arguments))


if __name__ == "__main__":
    main()
