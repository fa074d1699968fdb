"""The reference of every scenario key, docs/scenarios.md, written from the models that validate scenarios.

To bring it up to date: python -m experiments.reference > docs/scenarios.md"""

from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from experiments import schema, schema_prior, schema_problem
from experiments.complaints import expected_of
from experiments.scenario import SHORT, Scenario, built_in

INTRODUCTION = """\
# Scenarios

A scenario is a TOML file: a problem, what the players believe of each other, and how it is played. `negotiation new mine.toml`
writes a commented one to start from, `negotiation compare mine.toml` plays it. A mistake gives one line that names the file,
the key and what was expected. Numbers must be numbers: `"4"` in quotes is not one.

This page is generated from the models that validate scenarios.
"""
SECTIONS: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("The file", "", schema.Document),
    ('`[problem]` of kind "exchange"', "problem", schema_problem.Exchange),
    ('`[problem]` of kind "public-good"', "problem", schema_problem.PublicGood),
    ('`[problem]` of kind "chores"', "problem", schema_problem.Chores),
    ('`[problem]` of kind "tables"', "problem", schema_problem.Tables),
    ("`[problem.types]`, of tables", "problem.types", schema_problem.Types),
    ("`[[problem.classes]]`, of tables", "problem.classes", schema_problem.Class),
    ('`[prior]` of kind "iid"', "prior", schema_prior.Iid),
    ('`[prior]` of kind "matchups"', "prior", schema_prior.Matchups),
    ('`[prior]` of kind "table"', "prior", schema_prior.Table),
    ("`[[prior.rows]]`, of a table", "prior.rows", schema_prior.Joint),
    ('`[prior]` of kind "common-shock"', "prior", schema_prior.CommonShock),
    ("`[[prior.states]]`, of a common shock", "prior.states", schema_prior.State),
    ("`[play]`", "play", schema.Play),
)


def reference() -> str:
    """The page, in Markdown."""
    parts = [INTRODUCTION, "## Built-in scenarios\n", *(f"- `{name}`: {Scenario.load(name).title}" for name in built_in()), ""]
    for head, path, model in SECTIONS:
        parts += [
            f"## {head}\n",
            f"{(model.__doc__ or '').strip()}\n",
            "| key | takes | default | meaning |",
            "|---|---|---|---|",
        ]
        parts += [_line(f"{path}.{name}" if path else name, field) for name, field in model.model_fields.items()]
        parts.append("")
    short = ", ".join(f"`{name}` for `{full}`" for name, full in SHORT.items())
    parts += ["## Keys on the command line\n", f"`--over` takes any of these keys, and for short: {short}.", ""]
    return "\n".join(parts)


def _line(name: str, field: FieldInfo) -> str:
    cells = [f"`{name}`", expected_of(field), _default(field), field.description or ""]
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if field.is_required():
        return "required"
    if value is None or isinstance(value, BaseModel):
        return ""
    return f"`{value}`".replace("'", '"') if value != "" else ""


if __name__ == "__main__":
    print(reference(), end="")
