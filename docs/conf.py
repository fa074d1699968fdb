"""The documentation site: Sphinx reads these Markdown pages, executes the tour and takes the reference from the docstrings."""

import logging
import sys
from pathlib import Path

from jupyter_client.manager import KernelManager

from negotiation import __version__

logging.getLogger("traitlets").setLevel(logging.WARNING)  # it tells of every page that is executed
KernelManager.transport_encryption.default_value = "auto"  # else every kernel warns that others could listen

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "negotiation"
author = "the authors of negotiation"
release = version = __version__
html_title = "negotiation"
language = "en"
smartquotes = False  # primes are primes in docstrings

extensions = ["myst_nb", "sphinx.ext.autodoc", "api_reference", "mathml"]
exclude_patterns = ["_build", "_ext"]

html_math_renderer = "mathml"

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_output_stderr = "warn"
nb_merge_streams = True

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_inherit_docstrings = False  # an override without a comment is told of where it is defined
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 96
add_module_names = False

highlight_language = "none"

pygments_dark_style = "a11y-dark"

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
