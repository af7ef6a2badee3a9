"""The documentation site, made without a network: pages of this folder, notebooks as stored, API and commands from the code."""

import re
import shutil
from importlib.metadata import version as version_of
from pathlib import Path

from docutils import nodes
from docutils.utils.math import latex2mathml

HERE = Path(__file__).parent
ROOT = HERE.parent

project, author = "nkestimate", "The nkestimate developers"
version = release = version_of("nkestimate")
project_copyright = author

extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc", "sphinx_click"]
exclude_patterns = ["_build"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
myst_enable_extensions = ["dollarmath"]
myst_dmath_allow_digits = myst_dmath_allow_space = False  # "$5 to $6" is money
myst_heading_anchors = 4
nb_execution_mode = "off"  # as stored; the tests run them

autodoc_typehints = "none"  # numpydoc's sections say them in words
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
default_role = "code"
nitpicky = True
smartquotes = False  # an option keeps its two hyphens

html_theme = "furo"
html_title = f"nkestimate {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = html_show_sourcelink = False
html_math_renderer = "mathml"
pygments_style, pygments_dark_style = "friendly", "monokai"


def setup(app):
    """Write formulas as MathML, which browsers set themselves; take notebooks and reports in from where they are."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.connect("source-read", _read)
    folder = HERE / "notebooks"
    folder.mkdir(exist_ok=True)
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8").replace("](../docs/", "](../"), encoding="utf-8")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _mathml(node, block):
    """Turn LaTeX into MathML; what docutils does not know of it (sizes, one name for dots) is left out or said its way."""
    text = re.sub(r"\\([bB]igg?|textstyle)(?![A-Za-z])", "", node.astext()).replace(r"\tfrac", r"\frac")
    text = re.sub(r"\\frac(\d)(\w)", r"\\frac{\1}{\2}", text)
    text = re.sub(r"\\underbrace\{(.+?)\}_\{(\\text\{[^}]*\})\}", r"\\underset{\2}{\\underbrace{\1}}", text)
    return latex2mathml.tex2mathml(re.sub(r"\\dots(?![A-Za-z])", r"\\ldots", text), as_block=block)


def _inline(writer, node):
    writer.body.append(_mathml(node, block=False))
    raise nodes.SkipNode


def _block(writer, node):
    writer.body.append(f'<div class="formula">{_mathml(node, block=True)}</div>')
    raise nodes.SkipNode


def _read(app, docname, source):
    """Notebooks stand below the pages here. Where a gallery case has been run, put its report beside the page and a link to it."""
    source[0] = source[0].replace("](../notebooks/", "](notebooks/")
    for stem in re.findall(r"<!-- report (\S+) -->", source[0]):
        made = [path for path in (ROOT / "reports" / stem / name for name in ("report.pdf", "annex.pdf")) if path.is_file()]
        folder = Path(app.outdir) / "reports" / stem
        folder.mkdir(parents=True, exist_ok=True)
        for path in made:
            shutil.copyfile(path, folder / path.name)
        links = ", ".join(f'<a href="reports/{stem}/{path.name}">{path.stem}</a>' for path in made)
        source[0] = source[0].replace(f"<!-- report {stem} -->", f"<p>As made here: {links} (PDF).</p>" if made else "")
