"""Formulas as MathML, which browsers read without scripts: the site needs no network. What cannot be converted is a warning."""

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)


def converted(node: nodes.math | nodes.math_block, block: bool) -> str:
    try:
        return str(tex2mathml(node.astext().strip(), as_block=block))
    except MathError as problem:
        logger.warning("formula: %s", problem, location=node)
        return ""


def inline(writer: HTML5Translator, node: nodes.math) -> None:
    writer.body.append(converted(node, block=False))
    raise nodes.SkipNode


def displayed(writer: HTML5Translator, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="formula">{converted(node, block=True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (inline, None), (displayed, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
