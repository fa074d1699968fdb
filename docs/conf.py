"""The documentation site: Sphinx reads these Markdown pages, executes the tour and takes the reference from the docstrings."""

import sys
from pathlib import Path

from negotiation import __version__

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "negotiation"
author = "the authors of negotiation"
release = version = __version__
html_title = "negotiation"
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "reference"]
exclude_patterns = ["_build", "_ext"]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 60

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 96
add_module_names = False

highlight_language = "none"

html_theme = "furo"
