"""What the repository promises: layers, public names, shipped cases and their evidence, nothing of one machine."""

from __future__ import annotations

import ast
import csv
import hashlib
import importlib
import inspect
import json
import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import nkestimate
from nkestimate.case import load_case
from nkestimate.cli import main

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "nkestimate"
SHIPPED = ROOT / "priors" / "north-korea-russia.yaml"
REPORTS = ROOT / "reports" / "north-korea-russia"
# Each may import what stands before it: a folder or a file of the package.
LAYERS = ["errors", "text", "workbook", "folder", "families", "engine", "printed", "case", "density", "wording", "evidence", "drafting", "inference", "fitting", "scoring", "solidity",
          "sentences", "tables", "reporting", "exploring", "cli"]
ALONE = ["errors", "text", "workbook", "families", "engine", "printed"]  # what needs nothing of the package but itself


# ---------------------------------------------------------------- layers


def module_of(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem not in ("__init__", "__main__")}


def imports_of(path):
    """The modules of the package that a file imports: at its top, within its functions, and for the type checker alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            named = [f"{node.module}.{alias.name}" for alias in node.names]
            found = [name if name.removeprefix("nkestimate.") in MODULES else node.module for name in named]
        elif isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        else:
            continue
        yield from (name.removeprefix("nkestimate.") for name in found if name.startswith("nkestimate."))


@cache
def imports():
    """By module, the modules of the package that it imports."""
    return {module: {name for name in imports_of(path) if name != module} for module, path in MODULES.items()}


def layer_of(module):
    return module.split(".")[0]


def test_every_part_is_in_a_layer():
    assert {layer_of(module) for module in MODULES} == set(LAYERS)


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_go_one_way(layer):
    allowed = {layer} if layer in ALONE else set(LAYERS[: LAYERS.index(layer) + 1])
    inside = [module for module in MODULES if layer_of(module) == layer]
    assert inside
    wrong = {(module, name) for module in inside for name in imports()[module] if layer_of(name) not in allowed}
    assert not wrong


def test_no_files_import_each_other_in_a_circle():
    TopologicalSorter(imports()).prepare()  # raises where there is a circle, and names it


# Files without a test file of their name, and the one where their rules are tested; all others have one.
TESTED_WITH = {
    "errors": "test_faulty", "case.evidence": "evidence/test_audit", "case.statements": "case/test_resolve", "wording.choices": "solidity/test_variants",
    "tables.record": "test_cli_sources",
    "case.fields": "test_faulty", "case.model": "case/test_resolve", "case.shape": "test_faulty", "case.totals": "case/test_resolve",  # faults
    "cli.options": "test_cli", "cli.shared": "test_cli", "cli.__main__": "test_watch", "cli.evidence": "test_cli_claims",
    "cli.solidity": "test_cli_robustness", "cli.beginning": "drafting/test_draft", "cli.explore": "exploring/test_app", "cli.scoring": "test_cli_scoring",  # through the commands
"density.weighing": "density/test_record", "evidence.heard": "evidence/test_independence",
    "density.description": "density/test_evaluate",  # data, and formulas that the evaluator runs
    "engine.cores": "solidity/test_pools", "engine.instructions": "engine/test_kernel",
    "fitting.breakdown": "reporting/test_front", "fitting.posterior": "fitting/test_posterior_file", "fitting.progress": "fitting/test_fits", "fitting.runs": "fitting/test_fits", "fitting.summary": "fitting/test_fits",
    "fitting.watching": "test_watch",
    "inference.density_program": "inference/test_lower", "inference.pymc_engine": "inference/test_pymc_model",
    # the finder is one grammar: its rooms are tested by what it finds
    "printed.cursor": "printed/test_phrases", "printed.measures": "printed/test_figures", "printed.money": "printed/test_phrases",
    "printed.rules": "printed/test_phrases", "printed.spelled": "printed/test_numerals", "printed.tokens": "printed/test_phrases",
    "printed.vocabulary": "printed/test_phrases",
    # charts are looked at as figures; the report's data as its text
    "reporting.charts": "reporting/test_figures", "reporting.drivers_charts": "reporting/test_drivers_figures",
    "reporting.forest": "reporting/test_figures", "reporting.picture": "reporting/test_letters",
    "reporting.blocks": "reporting/test_formats", "reporting.markdown": "reporting/test_formats", "reporting.word": "reporting/test_formats",
    "reporting.spreadsheet": "reporting/test_formats", "fitting.formats": "reporting/test_formats",  # one report, read back in each
    "reporting.data": "reporting/test_report_pdf", "reporting.typesetting": "reporting/test_report_pdf", "reporting.story": "reporting/test_front",
    "solidity.calibrating.record": "solidity/test_simulations", "tables.calibration": "test_cli_calibrate",
    "reporting.calibration_figures": "test_cli_calibrate",
    "solidity.explaining.explanation": "solidity/test_drivers", "solidity.refits.record": "solidity/test_grid",
    "solidity.refits.row": "solidity/test_grid",
    "tables.audit": "evidence/test_audit", "tables.robustness": "test_cli_robustness", "tables.solidity": "test_cli_robustness",
    "tables.scoring": "test_cli_scoring", "reporting.ledger_figures": "test_cli_scoring",
}  # fmt: skip


def test_every_file_has_its_tests():
    tests = ROOT / "tests"

    def own(module):
        folder, name = module.split(".")[0] if "." in module else "", module.split(".")[-1]
        return (tests / folder / f"test_{name}.py").is_file()

    files = [module for module, path in MODULES.items() if path.name != "__init__.py"]
    assert {module for module in files if not own(module)} == set(TESTED_WITH)
    assert all((tests / f"{where}.py").is_file() for where in TESTED_WITH.values())


def test_the_case_knows_no_engine_and_the_density_no_yaml():
    forbidden = {"case": {"pymc", "arviz", "nutpie", "numba", "scipy", "numpy"}, "density": {"pymc", "pytensor", "yaml", "numba", "nutpie"}}
    for layer, names in forbidden.items():
        for path in (PACKAGE / layer).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found = {alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
            found |= {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
            assert not found & names, path


HEAVY = {"pymc", "pytensor", "arviz", "matplotlib", "nutpie", "numba", "scipy.stats", "xarray", "typst", "starlette", "uvicorn",
         "trafilatura", "pypdf"}


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["audit", "--help"], ["robustness", "--help"], ["explain", "--help"],
                                       ["conflict", "--help"], ["calibrate", "--help"], ["compare", "--help"], ["resolve", "--help"], ["history", "--help"], ["explore", "--help"], ["init", "--help"],
                                       ["validate", "{starter}"], ["schema"],
                                       ["claims", "{starter}"], ["export", "{starter}", "--format", "prov"]], ids=" ".join)
def test_light_commands_import_nothing_heavy(arguments):
    arguments = [a.format(starter=PACKAGE / "starter" / "case.yaml") for a in arguments]
    code = ("import sys\nfrom nkestimate.cli import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit as end:\n"
            "    print('LOADED', *sorted(sys.modules), file=sys.stderr)\n    raise SystemExit(end.code)")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.rsplit("LOADED", 1)[1].split())
    assert "nkestimate.cli" in loaded
    assert not loaded & HEAVY


def test_a_fit_imports_neither_pymc_nor_arviz():
    code = ("import sys, nkestimate\nc = nkestimate.load_case(sys.argv[1])\nnkestimate.fit(c, draws=50, tune=50, chains=1, progress=False)\n"
            "print(*sorted(sys.modules))")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code, str(PACKAGE / "starter" / "case.yaml")], capture_output=True, text=True, timeout=300, check=True)
    assert not set(done.stdout.split()) & {"pymc", "pytensor", "arviz", "matplotlib", "scipy.stats", "typst"}


@pytest.mark.parametrize(("command", "function"), [("run", nkestimate.fit), ("calibrate", nkestimate.calibrate), ("robustness", nkestimate.robustness)])
def test_a_command_draws_as_many_as_its_function(command, function):
    # the command line imports none of them before it has to: its defaults are written a second time
    options = {option.name: option for option in main.commands[command].params}
    for name in ("draws", "tune", "chains"):
        default = inspect.signature(function).parameters[name].default
        assert options[name].default == default or options[name].help.endswith(f"[default: {default}]")


# ---------------------------------------------------------------- public names


PUBLIC = ["BusyError", "Calibration", "Case", "CaseError", "ComparisonError", "ConvergenceError", "DigestError", "EngineError", "Fault", "Fit", "NKEstimateError",
          "ReportError", "ResultFileError", "Robustness", "ScaleError", "UnknownTotalError", "calibrate", "compare", "conflicts", "explain",
          "fit", "from_pymc", "leave_one_out_forest", "load_case", "over_time", "pymc_trace", "report", "robustness", "specification_curve", "summarize", "to_pymc",
          "words"]  # fmt: skip


def test_public_names_are_pinned():
    assert sorted(nkestimate.__all__) == PUBLIC
    assert sorted(dir(nkestimate)) == PUBLIC
    for name in PUBLIC:
        assert getattr(nkestimate, name).__name__ == name
    with pytest.raises(AttributeError, match="nothing"):
        _ = nkestimate.nothing


@pytest.mark.parametrize("name", [n for n in PUBLIC if not n[0].isupper()])
def test_public_functions_are_documented_the_numpy_way(name):
    function = getattr(nkestimate, name)
    text = inspect.getdoc(function) or ""
    parameters = [p for p in inspect.signature(function).parameters if p != "self"]
    assert text.splitlines()[0].endswith(".")
    sections = re.findall(r"^(\w+)\n-+$", text, re.MULTILINE)
    assert ">>>" in text  # the tests run it
    assert "+SKIP" not in text
    if name != "summarize":
        assert "Parameters" in sections
        body = text.split("Parameters\n----------", 1)[1]
        for parameter in parameters:
            assert re.search(rf"^(\w+, )*{parameter}(, \w+)* : ", body, re.MULTILINE), parameter
        assert "Returns" in sections
    raised = {ast.unparse(node.exc.func) for node in ast.walk(ast.parse(inspect.getsource(function)))
              if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)}  # fmt: skip
    if name != "words":
        assert not raised or "Raises" in sections, raised


def test_every_module_class_and_function_in_reach_has_a_docstring():
    missing = []
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if path.name != "__init__.py" and not ast.get_docstring(tree):
            missing.append(path.name)
        for node in tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node):
                missing.append(f"{path.name}:{node.name}")
    assert not missing


def test_exceptions_have_one_base():
    errors = importlib.import_module("nkestimate.errors")
    found = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, Exception) and value.__module__ == errors.__name__]
    assert all(issubclass(value, nkestimate.NKEstimateError) for value in found)


# ---------------------------------------------------------------- shipped cases


@pytest.mark.parametrize("path", [PACKAGE / "starter" / "case.yaml", *sorted((ROOT / "priors").glob("*.yaml"))], ids=lambda path: path.stem)
def test_shipped_cases_are_free_of_faults_in_every_scenario_and_pooling(path):
    case = load_case(path)
    for scenario in case.scenarios:
        assert load_case(path, scenario=scenario).digest != case.digest
    for pooling in ("hierarchical", "linear", "log"):
        load_case(path, set={"settings.pooling": pooling})


def test_the_shipped_case_has_what_was_asked_of_it():
    case = load_case(SHIPPED)
    assert len(case.questions) >= 6
    assert len(case.scenarios) >= 4
    assert case.headline.id in case.derived
    for quantity in case.quantities.values():
        supported = any(claim.is_direct and claim.readings[0].target.key == quantity.id for claim in case.active_claims)
        assert supported or quantity.rationale


def test_the_second_case_has_every_kind_of_statement():
    (path,) = [p for p in (ROOT / "priors").glob("*.yaml") if p != SHIPPED]
    case = load_case(path)
    kinds = {reading.statement.kind for claim in case.claims.values() for reading in claim.readings}
    assert kinds == {"between", "around", "estimate", "quantiles", "at_most", "at_least", "magnitude"}
    assert len(case.claims) >= 10
    assert len({claim.source for claim in case.active_claims}) >= 4
    assert any(source.overstates_by for source in case.sources.values())
    assert any(claim.has_readings for claim in case.claims.values())
    assert any(len(claim.reported_in) > 1 for claim in case.claims.values())


def test_the_kept_report_is_of_the_shipped_case():
    summary = json.loads((REPORTS / "summary.json").read_text(encoding="utf-8"))
    assert summary["digest"] == load_case(SHIPPED).digest, "the shipped case has changed: run it again, and README's headline with it"
    assert summary["diagnostics"]["ok"]
    assert all((REPORTS / name).stat().st_size > 10_000 for name in ("report.pdf", "annex.pdf"))


def test_the_readme_states_the_kept_headline():
    summary = json.loads((REPORTS / "summary.json").read_text(encoding="utf-8"))
    case = load_case(SHIPPED)
    row = {**summary["quantities"], **summary["derived"]}[case.headline.id]
    (line,) = [line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("Headline:")]
    factor = 100 * case.headline.unit.factor if case.headline.unit.dimension == () else 1  # a share is printed in percent
    printed = [float(number) for number in re.findall(r"(\d+(?:\.\d+)?) ?%", line)]
    for level in ("0.5", "0.05", "0.95"):
        assert any(number == pytest.approx(factor * row["quantiles"][level], rel=0.03, abs=0.6) for number in printed), (level, line)
    day = case.horizon
    assert f"{day.day} {day:%B %Y}" in line


# ---------------------------------------------------------------- the evidence


def phrases():
    with (ROOT / "tests" / "data" / "numeric_phrases.csv").open(encoding="utf-8", newline="") as file:
        return [(row["document"], int(row["at"]), row["figures"], row["kind"]) for row in csv.DictReader(file)]


def places():
    """Where the shipped case says it read something: every report of a claim, and every excluded figure."""
    case = load_case(SHIPPED)
    reports = [(r.document, r.at, r.figures) for claim in case.claims.values() for r in claim.reported_in]
    return reports + [(entry.document, entry.at, entry.figures) for entry in case.excluded]


def test_every_numeric_statement_is_claimed_or_excluded_exactly_once():
    said = Counter(places())
    assert max(said.values()) == 1, [place for place, number in said.items() if number > 1]
    wanted = {(document, at, figures) for document, at, figures, kind in phrases() if kind == "statement"}
    assert wanted <= said.keys(), sorted(wanted - said.keys())
    every = {(document, at, figures) for document, at, figures, _ in phrases()}
    assert said.keys() <= every, sorted(said.keys() - every)


def test_phrases_are_listed_once():
    listed = [(document, at) for document, at, _, _ in phrases()]
    assert len(listed) == len(set(listed))


def test_no_sentence_of_the_documents_is_kept():
    assert all(len(figures.split()) <= 12 for _, _, figures, _ in phrases())
    assert all(len((figures or "").split()) <= 12 for _, _, figures in places())


@pytest.fixture
def texts():
    folder = os.environ.get("NKESTIMATE_DOCUMENTS")
    if not folder:
        pytest.skip("NKESTIMATE_DOCUMENTS names no folder with the five documents")
    documents = load_case(SHIPPED).documents
    return {key: (entry, (Path(folder) / (entry.file or "")).read_bytes()) for key, entry in documents.items()}


def test_documents_are_the_ones_that_were_read(texts):
    for entry, content in texts.values():
        assert hashlib.sha256(content).hexdigest() == entry.sha256


def test_every_phrase_stands_where_it_is_said_to(texts):
    decoded = {key: content.decode("utf-8") for key, (_, content) in texts.items()}
    for document, at, figures, _ in phrases():
        assert decoded[document][at : at + len(figures)] == figures, (document, at)
    for document, at, figures in places():
        assert decoded[document][at : at + len(figures)] == figures, (document, at)


# ---------------------------------------------------------------- nothing of one machine


def tracked():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_path_of_a_machine_and_no_address_of_a_registry():
    registry = re.compile("|".join(["pypi" + r"\.org", "python" + "hosted", r"/" + "simple/", "index" + "-url =", r"registry" + r"\.npm"]))
    machine = re.compile(r"(?<![\w.:/-])/(?:" + "|".join(["home", "Users", "root", "work"]) + r")/\w")
    wrong = []
    for path in tracked():
        if path.suffix in {".png", ".pdf", ".ttf", ".nc", ".svg"}:
            continue
        text = path.read_text(encoding="utf-8")
        wrong += [(path.name, match[0]) for pattern in (registry, machine) for match in pattern.finditer(text)]
    assert not wrong


def test_versions_are_pinned_without_a_lock_file():
    names = {path.name for path in tracked()}
    assert "uv.lock" not in names
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    stated = re.search(r"^dependencies = \[(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert stated
    pins = re.findall(r'"([^"]+)"', stated[1])
    assert pins
    assert all("==" in pin for pin in pins), [pin for pin in pins if "==" not in pin]
