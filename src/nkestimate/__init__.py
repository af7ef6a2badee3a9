"""nkestimate turns quoted, conflicting, dependent figures into posterior distributions and reports.

Names are imported when first used, so that reading a case needs no sampler.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Case": "nkestimate.case", "load_case": "nkestimate.case",
    "to_pymc": "nkestimate.inference.pymc_model",
    "Fit": "nkestimate.analysis", "fit": "nkestimate.analysis", "over_time": "nkestimate.analysis",
    "summarize": "nkestimate.analysis", "words": "nkestimate.wording.probability_words",
    "Robustness": "nkestimate.solidity", "robustness": "nkestimate.solidity",
    "report": "nkestimate.reporting", "leave_one_out_forest": "nkestimate.reporting", "specification_curve": "nkestimate.reporting",
    "compare": "nkestimate.solidity", "conflicts": "nkestimate.solidity", "explain": "nkestimate.solidity",
    "CaseError": "nkestimate.errors", "ConvergenceError": "nkestimate.errors", "DigestError": "nkestimate.errors",
    "BusyError": "nkestimate.errors", "EngineError": "nkestimate.errors", "ResultFileError": "nkestimate.errors",
    "ScaleError": "nkestimate.errors", "Fault": "nkestimate.errors", "NKEstimateError": "nkestimate.errors",
    "ReportError": "nkestimate.errors", "ComparisonError": "nkestimate.errors", "UnknownTotalError": "nkestimate.errors",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nkestimate' has no attribute '{name}'")
    module = import_module(_HOMES[name])
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
