"""The claims of a case as a table that ``include:`` reads back."""

from __future__ import annotations

from nkestimate.case.model import Case
from nkestimate.case.sheets import SHEET
from nkestimate.case.table import lost_in, numbered, table_of
from nkestimate.errors import TableError
from nkestimate.text import as_csv
from nkestimate.workbook import workbook

FORMATS = ("csv", "xlsx")


def claims_file(case: Case, form: str) -> bytes:
    """Return the claims of a case as a CSV or XLSX file, the same claims when a case includes it.

    Parameters
    ----------
    case : Case
    form : {"csv", "xlsx"}

    Raises
    ------
    TableError
        If a claim holds what does not come back from a cell as it was.

    Examples
    --------
    >>> from nkestimate.case import STARTER, load_case
    >>> claims_file(load_case(STARTER), "csv").decode().split(",")[:3]
    ['id', 'source', 'about']
    """
    claims = case.resolved.get("claims") or {}
    columns, rows = table_of(claims)
    if form == "csv":
        content = (as_csv(columns, rows) + "\n").encode()
    else:
        content = workbook({SHEET: [columns, *(numbered(columns, row) for row in rows)]}, title=case.title)
    if lost := lost_in(content, f".{form}", claims):
        raise TableError(f"{', '.join(lost)}: what is stated there does not come back from a cell as it is; expected words and numbers "
                         "of at most 32,767 characters, none of them two double quotes alone; keep these claims in YAML")
    return content
