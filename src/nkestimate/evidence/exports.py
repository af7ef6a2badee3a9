"""A case's evidence for other programs: BibTeX, W3C PROV and schema.org JSON-LD.

What is exported is what the case knows: documents, sources, claims and reports with the figures as printed; no
text of a document, and no result. In all three, claims, sources and documents keep their ids.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from nkestimate.case.model import Appearance, Case, Claim, Document, Source
from nkestimate.evidence.claims import status
from nkestimate.evidence.echoes import earliest, root_of
from nkestimate.text import as_json
from nkestimate.wording.names import target_named
from nkestimate.wording.statements import said

NAMESPACE = "urn:nkestimate:"
Record = dict[str, Any]

# ------------------------------------------------------------------ BibTeX

_LATEX = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"} | {
    letter: "\\" + letter for letter in "&%$#_"
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")  # macros, which styles put into words
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>{}]+")


def bibtex(case: Case) -> str:
    """Return the documents as BibTeX, an entry each, in UTF-8.

    ``@misc`` is the type that BibTeX has for a text known by publisher, title and date. The publisher stands as author,
    in braces so that no style takes it for a person. Keys are the documents' ids.
    """
    return "\n".join(_entry(document) for document in case.documents.values())


def _entry(document: Document) -> str:
    published, note = document.published, document.note or ""
    fields = {
        "author": f"{{{_latex(document.publisher)}}}" if document.publisher else "",
        "title": f"{{{_latex(document.title)}}}",
        "year": str(published.year) if published else "",
        "month": _MONTHS[published.month - 1] if published else "",
        "day": str(published.day) if published else "",
        "doi": _latex(_doi(f"{document.url or ''} {note}")),
        "url": re.sub(r"[{}\\\s]", lambda match: quote(match[0]), document.url or ""),  # the url package takes the rest as it stands
        "note": _latex(note),
    }
    lines = [f"  {name} = {value if name == 'month' else f'{{{value}}}'}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{document.id},", *lines, "}", ""])


def _doi(text: str) -> str:
    """Return the first DOI in a text, without what follows it in a sentence; a bracket that it opens is its own."""
    match = _DOI.search(text)
    doi = match[0].rstrip(".,;") if match else ""
    while doi.endswith(")") and doi.count(")") > doi.count("("):
        doi = doi[:-1].rstrip(".,;")
    return doi


def _latex(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in " ".join(text.split()))


# ------------------------------------------------------------------ PROV


def provenance(case: Case) -> Any:
    """Return the evidence as a W3C PROV document.

    Entities are documents, claims and reports (the words of a claim in one document); agents are sources and publishers.
    A claim was attributed to its source and has its reports' documents as primary source (the root, see
    `nkestimate.evidence.echoes.root_of`) or as what it was derived from. A report was quoted from its document and is a
    specialisation of its claim. A claim that supersedes another is its revision. Weights and readings are the analyst's and stay out.

    Returns
    -------
    prov.model.ProvDocument

    References
    ----------
    PROV-DM, https://www.w3.org/TR/prov-dm/, sections 5.2 and 5.5.
    """
    from prov.constants import PROV_LABEL, PROV_TYPE, PROV_VALUE
    from prov.identifier import Namespace
    from prov.model import Literal, ProvDocument

    day = Namespace("xsd", "http://www.w3.org/2001/XMLSchema#")["date"]
    prov = ProvDocument()
    for prefix in ("document", "claim", "report", "source", "publisher"):
        prov.add_namespace(prefix, f"{NAMESPACE}{quote(case.id)}:{prefix}:")
    terms = prov.add_namespace("nke", f"{NAMESPACE}term:")
    prov.add_namespace("dcterms", "http://purl.org/dc/terms/")
    publishers: dict[str, str] = {}
    for source in case.sources.values():
        prov.agent(f"source:{source.id}", _known({PROV_LABEL: source.name, "nke:kind": source.kind}))
    for document in case.documents.values():
        when = Literal(document.published.isoformat(), day) if document.published else None
        prov.entity(f"document:{document.id}", _known({
            PROV_LABEL: document.title, PROV_TYPE: terms["Document"], "dcterms:issued": when, "nke:file": document.file,
            "nke:sha256": document.sha256, "nke:url": document.url,
        }))
        if document.publisher:
            if document.publisher not in publishers:
                publishers[document.publisher] = f"publisher:{len(publishers) + 1}"
                prov.agent(publishers[document.publisher], {PROV_LABEL: document.publisher})
            prov.attribution(f"document:{document.id}", publishers[document.publisher])
    for claim in case.claims.values():
        prov.entity(f"claim:{claim.id}", _known({
            PROV_LABEL: claim.label or claim.id, PROV_TYPE: terms["Claim"], PROV_VALUE: claim_text(claim, case),
            "nke:status": status(claim),
        }))
        prov.attribution(f"claim:{claim.id}", f"source:{claim.source}")
        root = root_of(claim, case)
        for document_id in dict.fromkeys(report.document for report in claim.reported_in):
            relate = prov.primary_source if root is not None and document_id == claim.reported_in[root].document else prov.derivation
            relate(f"claim:{claim.id}", f"document:{document_id}")
        for number, report in enumerate(claim.reported_in, 1):
            name = f"report:{claim.id}-{number}"
            prov.entity(name, _known({PROV_TYPE: terms["Report"], PROV_VALUE: report.figures, "nke:at": report.at}))
            prov.quotation(name, f"document:{report.document}")
            prov.specialization(name, f"claim:{claim.id}")
        if claim.superseded_by:
            prov.revision(f"claim:{claim.superseded_by}", f"claim:{claim.id}")
    return prov


def claim_text(claim: Claim, case: Case) -> str:
    """Write a claim in one line: what it is about, by label, and what it says."""
    keys = dict.fromkeys(reading.target.key for reading in claim.readings)
    return f"{' or '.join(target_named(key, case) for key in keys)}: {said(claim)}"


def _known(attributes: Mapping[Any, Any]) -> Record:
    return {key: value for key, value in attributes.items() if value is not None and value != ""}


# ------------------------------------------------------------------ JSON-LD


def jsonld(case: Case) -> Record:
    """Return the evidence as schema.org JSON-LD: a graph of ``Claim``, ``CreativeWork`` and ``Organization`` nodes.

    A claim's ``firstAppearance`` is the earliest published of its documents and ``appearance`` lists all; its ``author`` is who stands
    behind it. The figures as printed are ``Quotation`` parts of their document, ``about`` the claim; where the document is a text file
    that the case names, their ``url`` points at the place in it, as RFC 5147 writes it.

    References
    ----------
    https://schema.org/Claim; https://www.rfc-editor.org/rfc/rfc5147.
    """
    quoted: dict[str, list[Record]] = {key: [] for key in case.documents}
    for claim in case.claims.values():
        for report in claim.reported_in:
            if report.figures:
                quoted[report.document].append(_quotation(claim, report, case.documents[report.document]))
    graph = [*(_claim(claim, case) for claim in case.claims.values()),
             *(_document(document, quoted[document.id]) for document in case.documents.values()),
             *(_author(source) for source in case.sources.values())]
    return {"@context": "https://schema.org", "@graph": graph}


def _claim(claim: Claim, case: Case) -> Record:
    first = earliest(claim, case)
    documents = dict.fromkeys(report.document for report in claim.reported_in)
    days = [reading.as_of for reading in claim.readings]
    return _known({
        "@type": "Claim", "@id": f"#claim-{claim.id}", "identifier": claim.id, "name": claim.label, "text": claim_text(claim, case),
        "temporalCoverage": days[0].isoformat() if len(set(days)) == 1 else None,
        "author": {"@id": f"#source-{claim.source}"},
        "firstAppearance": {"@id": f"#document-{claim.reported_in[first].document}"} if first is not None else None,
        "appearance": [{"@id": f"#document-{key}"} for key in documents] or None,
        "creativeWorkStatus": status(claim),
    })


def _document(document: Document, quotations: list[Record]) -> Record:
    return _known({
        "@type": "CreativeWork", "@id": f"#document-{document.id}", "identifier": document.id, "name": document.title, "url": document.url,
        "publisher": {"@type": "Organization", "name": document.publisher} if document.publisher else None,
        "datePublished": document.published.isoformat() if document.published else None,
        "hasPart": quotations or None,
    })


def _quotation(claim: Claim, report: Appearance, document: Document) -> Record:
    place = None
    if document.file and report.at is not None and report.figures:
        place = f"{quote(document.file)}#char={report.at},{report.at + len(report.figures)}"
    return _known({"@type": "Quotation", "text": report.figures, "about": {"@id": f"#claim-{claim.id}"}, "url": place})


def _author(source: Source) -> Record:
    kind = "Person" if source.kind == "person" else "Organization"
    return {"@type": kind, "@id": f"#source-{source.id}", "identifier": source.id, "name": source.name}


# ------------------------------------------------------------------ as text

FORMATS = ("bibtex", "prov", "provn", "jsonld")


def export(case: Case, form: str) -> str:
    """Return a case's evidence in one of `FORMATS`, as text.

    Parameters
    ----------
    case : Case
    form : {"bibtex", "prov", "provn", "jsonld"}
        ``prov`` is PROV-JSON, ``provn`` PROV-N.

    Raises
    ------
    ValueError
        If there is no such format.
    """
    if form == "bibtex":
        return bibtex(case)
    if form == "prov":
        return as_json(json.loads(provenance(case).serialize(format="json"))) + "\n"
    if form == "provn":
        return provenance(case).get_provn() + "\n"
    if form == "jsonld":
        return as_json(jsonld(case)) + "\n"
    raise ValueError(f"unknown format '{form}': one of {', '.join(FORMATS)}")
