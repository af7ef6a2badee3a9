"""The documents keep to what is there: commands, options, names, links and references."""

import ast
import re
import tomllib
from pathlib import Path

import click
import pytest
import yaml

import nkestimate
from nkestimate.cli import main
from nkestimate.printed.notation import magnitudes

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
_DOI = re.compile(r"10\.\d{4,9}/[^\s\"'`<>{},;\]]+")


def dois(text):
    """Return the DOIs in a text, without what follows them in a sentence."""
    found = set()
    for doi in _DOI.findall(text):
        doi = doi.rstrip(".:)")
        found.add((doi + ")" if doi.count("(") > doi.count(")") else doi).lower())
    return found


def code_blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


# ------------------------------------------------------------------ commands


def commands_in(text):
    """Return each ``nkestimate COMMAND`` of a document, with the options behind it."""
    code = [*re.findall(r"`([^`\n]+)`", text), *(line for block in code_blocks(text, "sh") for line in block.splitlines())]
    calls = [call for piece in code for call in piece.split("&&")]
    return [match.groups() for call in calls if (match := re.search(r"\bnkestimate (\w+)((?: \S+)*)", call))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_and_options_exist(path):
    for command, rest in commands_in(path.read_text(encoding="utf-8")):
        assert command in main.commands, command
        options = {option for parameter in main.commands[command].params for option in parameter.opts}
        assert {word for word in rest.split() if word.startswith("--")} <= options, (command, rest)


def test_readme_lists_every_command():
    table = re.findall(r"^\| `nkestimate (\w+)", README, re.MULTILINE)
    assert sorted(table) == sorted(main.commands)


def test_every_command_has_help_with_an_example():
    for name, command in main.commands.items():
        assert f"nkestimate {name}" in (command.help or "")
        assert all(getattr(option, "help", None) for option in command.params if isinstance(option, click.Option)), name


def test_readme_has_the_two_commands_and_the_headline():
    commands = [line for block in code_blocks(README, "sh") for line in block.splitlines()]
    assert commands[0] == "pip install uv && uv run nkestimate run"
    assert "uv run pytest" in commands[1]
    assert len(re.findall(r"^Headline: .*median.*90% interval.*as of \d+ \w+ \d{4}\.$", README, re.MULTILINE)) == 1


def test_readme_python_uses_public_names():
    (block,) = code_blocks(README, "python")
    imports = [node for node in ast.walk(ast.parse(block)) if isinstance(node, ast.ImportFrom)]
    assert {alias.name for node in imports for alias in node.names} <= set(nkestimate.__all__)
    assert {node.module for node in imports} == {"nkestimate"}


def test_readme_names_what_the_shipped_case_has():
    path = ROOT / "priors" / "north-korea-russia.yaml"
    case = nkestimate.load_case(path)
    assert set(re.findall(r"--scenario ([\w-]+)", README)) | set(re.findall(r'scenario="([\w-]+)"', README)) <= set(case.scenarios)
    assert set(re.findall(r'\["derived"\]\["(\w+)"\]', README)) <= set(case.derived)
    changed, was = re.search(r"^  ([\w-]+): [\d.]+ +# was ([\d.]+)$", README, re.MULTILINE).groups()
    assert case.sources[changed].weight == float(was)


# ------------------------------------------------------------------ links and references


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_relative_links_resolve(path):
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            file, _, anchor = target.partition("#")
            linked = path.parent / file if file else path
            assert linked.exists(), target
            assert not anchor or anchor in anchors(linked), target


def anchors(path):
    """Return the anchors of a document's headings, as hosts make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_doi_is_in_the_bibliography():
    listed = dois((ROOT / "docs" / "references.bib").read_text(encoding="utf-8"))
    for path in [*(ROOT / "src").rglob("*.py"), *DOCUMENTS]:
        assert dois(path.read_text(encoding="utf-8")) <= listed, path


def test_every_work_of_the_bibliography_is_cited():
    bibliography = (ROOT / "docs" / "references.bib").read_text(encoding="utf-8")
    cited = " ".join(path.read_text(encoding="utf-8") for path in [*(ROOT / "src").rglob("*.py"), *DOCUMENTS])
    for key, entry in re.findall(r"@\w+\{(\w+),(.*?)^\}", bibliography, re.MULTILINE | re.DOTALL):
        author, year = re.search(r"author = \{(.*?)[,}]", entry).group(1), re.search(r"year = \{(\d+)\}", entry).group(1)
        assert dois(entry) & dois(cited) or (author in cited and year in cited), key


# ------------------------------------------------------------------ the site


def test_every_page_and_notebook_is_in_the_site_once():
    """What the build would refuse, without a build: pages that no table of contents names, and names without a page."""
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = [line for block in re.findall(r"^```{toctree}\n(.*?)^```", index, re.MULTILINE | re.DOTALL)
              for line in block.splitlines() if line and not line.startswith(":")]
    pages = [path.stem for path in (ROOT / "docs").glob("*.md") if path.stem != "index"]
    notebooks = [f"notebooks/{path.stem}" for path in (ROOT / "notebooks").glob("*.ipynb")]
    assert sorted(listed) == sorted([*pages, *notebooks])


def test_the_reference_has_every_public_name():
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\.\. auto\w+:: (\w+)", text, re.MULTILINE)) == sorted(nkestimate.__all__)


def test_the_site_is_built_by_what_is_pinned_and_asks_no_network():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    built_by = {pin.split("==")[0] for pin in project["dependency-groups"]["docs"]}
    settings = (ROOT / "docs" / "conf.py").read_text(encoding="utf-8")
    assert {"sphinx", "furo", "myst-nb", "numpydoc", "sphinx-click"} <= built_by
    assert not built_by & {pin.split("==")[0] for pin in project["project"]["dependencies"]}
    assert not re.search(r"intersphinx|https?://", settings)


# ------------------------------------------------------------------ the rest


def test_writing_a_case_knows_the_magnitudes():
    text = (ROOT / "docs" / "writing-a-case.md").read_text(encoding="utf-8")
    words = {word.removesuffix("s") for phrase in magnitudes() for word in phrase.split()}
    assert {word for word in words if word not in text} == set()


def test_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert all(set(author) & {"name", "family-names"} for author in citation["authors"])
    assert f'version = "{citation["version"]}"' in project
    assert f'license = "{citation["license"]}"' in project
    assert f"## {citation['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_absolute_paths(path):
    assert not re.search(r"(?<![\w.:/])/(?:work|home|tmp|root|Users)/", path.read_text(encoding="utf-8"))
