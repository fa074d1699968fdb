"""The API reference: ``.. reference:: PACKAGE`` documents what a package exports, module by module.

Its content names modules of the package, one on a line. Of each it shows the docstring, which has the definitions, and then the
names that the package exports from there, under the package's name, as users import them."""

import importlib
import inspect
import re
from types import ModuleType

from docutils import nodes
from docutils.statemachine import StringList
from numpy.typing import ArrayLike
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import stringify_annotation

ARRAY = re.compile(r"~numpy\.ndarray\[tuple\[~typing\.Any, \.\.\.\], ~numpy\.dtype\[((?:[^\[\]]|\[[^\[\]]*\])+)\]\]")
SHORT_ARRAY = re.compile(r"ndarray\[tuple\[Any, \.\.\.\], dtype\[((?:[^\[\]]|\[[^\[\]]*\])+)\]\]")
LIKE_ARRAYS = re.compile(re.escape(stringify_annotation(ArrayLike, "smart")).replace(r"\ \|\ str", r"(?:\ \|\ str)?"))
PRIVATE = re.compile(r", _\w+: [^=]*= <factory>")
MARKUP = re.compile(r"(``.*?``)|\||(?<=\w)_(?!\w)")
NAMED = ("function", "class", "exception", "data")
LISTS = re.compile(r"([-*+]|\d+\.|\(?[a-z\d]\)|\.\.|>>>) ")


def home(package: ModuleType, name: str) -> str:
    """The module of ``package`` that defines ``name``."""
    value = getattr(package, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        return str(value.__module__)
    return next(f"{package.__name__}.{n}" for n, m in vars(package).items() if inspect.ismodule(m) and name in vars(m))


def exports(package: ModuleType, module: ModuleType) -> list[str]:
    """What ``package`` exports of a module, in the order of the module's text."""
    found = [name for name in package.__all__ if home(package, name) == module.__name__]
    text = inspect.getsource(module)
    return sorted(found, key=lambda name: re.search(rf"^(def |class )?{name}\b", text, re.MULTILINE).start())


def described(here: ModuleType, module: ModuleType, name: str) -> list[str]:
    """The directive that documents ``name`` of ``here``, which ``module`` defines."""
    value = getattr(here, name)
    if inspect.isclass(value):
        return [f".. {'autoexception' if issubclass(value, Exception) else 'autoclass'}:: {name}", ""]
    if callable(value):
        return [f".. autofunction:: {name}", ""]
    documented = ModuleAnalyzer.for_module(module.__name__).find_attr_docs().get(("", name), [])
    return [f".. py:data:: {name}", "", *(f"   {line}" for line in documented), ""]


class Reference(SphinxDirective):
    """Lines of content: a module of the package, or ``module: name name`` for names that the package itself does not export."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        package = importlib.import_module(self.arguments[0])
        lines: list[str] = []
        for line in self.content:
            short, _, names = line.partition(":")
            module = importlib.import_module(f"{package.__name__}.{short.strip()}")
            here = module if names else package
            if len(self.content) > 1:
                lines += [f".. rubric:: {module.__name__}", ""]
            lines += [f".. automodule:: {module.__name__}", "   :no-members:", "   :no-index:", ""]
            lines += [f".. currentmodule:: {here.__name__}", ""]
            for name in names.split() or exports(package, module):
                lines += described(here, module, name)
        holder = nodes.container()
        self.state.nested_parse(StringList(lines, source=self.get_source_info()[0]), self.content_offset, holder)
        return holder.children


def as_plain_text(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Docstrings are plain text that one reads in a terminal. Show their indented formulas and tables as they stand, and take
    |x| for a size and x_ for a variable."""
    shown: list[str] = []
    formula = False
    for line in lines:
        text = line.strip()
        if text and not line.startswith(" "):
            formula = False
        elif text and not formula and shown and not shown[-1] and not LISTS.match(text):
            before = next((old for old in reversed(shown) if old), "")
            formula = not LISTS.match(before) and not before.startswith(" ")
            if formula and not before.endswith("::"):
                shown += ["::", ""]
        shown.append(line if formula else MARKUP.sub(lambda found: found[1] or "\\" + found[0], line))
    lines[:] = shown


def names_of_types(
    app: Sphinx, what: str, name: str, obj: object, options: object, signature: str | None, result: str | None
) -> tuple[str | None, str | None]:
    """Arrays by the names that the source gives their types, instead of what these stand for; no private fields."""

    def short(text: str | None) -> str | None:
        if text is None:
            return None
        text = ARRAY.sub(r"NDArray[\1]", LIKE_ARRAYS.sub("ArrayLike", text))
        return PRIVATE.sub("", text).replace("<factory>", "...")

    return short(signature), short(result)


def names_of_property_types(app: Sphinx, tree: nodes.document, page: str) -> None:
    """The same for the types of properties and attributes, which are nodes already."""
    for annotation in tree.findall(addnodes.desc_annotation):
        written = annotation.astext()
        short = SHORT_ARRAY.sub(r"NDArray[\1]", written)
        if short != written:
            annotation.clear()
            annotation += nodes.Text(short)


def link_names(app: Sphinx, tree: nodes.document, page: str) -> None:
    """In the reference, ``name`` is a link where the page documents that name, unless it is what is being documented, or one of
    its parameters."""
    entries = app.env.domains["py"].get_objects()
    places = {name.rpartition(".")[2]: anchor for name, _, kind, where, anchor, _ in entries if where == page and kind in NAMED}
    for literal in list(tree.findall(nodes.literal)) if page.startswith("api/") else []:
        name, around = literal.astext(), literal.parent
        while around is not None and not isinstance(around, addnodes.desc):
            around = around.parent
        own = set() if around is None else {part.astext() for part in around[0].findall(is_own_name)}
        if name in places and name not in own and not isinstance(literal.parent, nodes.reference):
            link = nodes.reference("", "", internal=True, refid=places[name])
            literal.replace_self(link)
            link += literal


def is_own_name(node: nodes.Node) -> bool:
    """Whether a node in a signature names what is described or a parameter (not a type)."""
    parent = node.parent
    parameter = isinstance(parent, addnodes.desc_parameter) and parent[0] is node
    return isinstance(node, addnodes.desc_name) or (isinstance(node, addnodes.desc_sig_name) and parameter)


def skip_fields_of_tuples(app: Sphinx, what: str, name: str, obj: object, skip: bool, options: object) -> bool | None:
    """The docstring of the class says what the fields of a named tuple are."""
    return True if (inspect.getdoc(obj) or "").startswith("Alias for field number") else None


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("reference", Reference)
    app.connect("autodoc-process-docstring", as_plain_text)
    app.connect("autodoc-process-signature", names_of_types)
    app.connect("autodoc-skip-member", skip_fields_of_tuples)
    app.connect("doctree-resolved", names_of_property_types)
    app.connect("doctree-resolved", link_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
