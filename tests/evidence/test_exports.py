"""Exports against the shapes that others publish: a BibTeX parser, the PROV library and its rules, schema.org's definitions."""

from __future__ import annotations

import io
import json

import pytest
from prov.model import ProvAttribution, ProvDerivation, ProvDocument, ProvSpecialization
from pybtex.database import parse_string
from rdflib import RDF, Graph, Namespace

from nkestimate import load_case
from nkestimate.evidence.exports import FORMATS, bibtex, export, jsonld, provenance
from random_cases import load

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # inside rdflib
SDO = Namespace("https://schema.org/")


@pytest.fixture(scope="module", params=["north-korea-russia", "beirut-explosion"])
def case(request):
    return load_case(request.config.rootpath / "priors" / f"{request.param}.yaml")


def awkward():
    """A case whose words are hard on every format."""
    return load({
        "format": 1, "title": "t", "horizon": "2025-01-01", "quantities": {"cost": {"label": "Cost & more", "unit": "million USD"}},
        "documents": {"d-1": {"publisher": "Müller & Söhne {GmbH}", "title": 'R&D: 100% of_it "up" #1 ~ \\ ^ $5', "published": "2024-02-29",
                              "file": "a b.txt", "url": "https://example.org/a_b?c=1&d=2%20", "note": "see doi:10.1000/x_(1)."},
                      "d-2": {"title": "No publisher, no date"}},
        "sources": {"s": {"name": "A “person”", "kind": "person", "weight": 0.5}, "silent": {"weight": 0}},
        "claims": {"new": {"source": "s", "about": "cost", "between": [2, 5], "supersedes": "old",
                           "reported_in": [{"document": "d-1", "figures": "up to $5 million", "at": 7}, {"document": "d-2"},
                                           {"document": "d-1", "figures": "$2–5 million", "at": 90}]},
                   "old": {"source": "s", "about": "cost", "around": 9}, "mute": {"source": "silent", "about": "cost", "around": 1}}})


def test_there_is_no_other_format():
    with pytest.raises(ValueError, match="unknown format 'xml'"):
        export(awkward(), "xml")
    assert all(export(awkward(), form).endswith("\n") for form in FORMATS)


# ---------------------------------------------------------------- BibTeX


def test_bibtex_is_read_back_by_a_parser(case):
    entries = parse_string(bibtex(case), "bibtex").entries
    assert list(entries) == list(case.documents)
    for key, entry in entries.items():
        document = case.documents[key]
        assert entry.type == "misc"
        assert entry.fields["title"].startswith("{")
        if document.published:
            assert (entry.fields["year"], entry.fields["day"]) == (str(document.published.year), str(document.published.day))
            assert entry.fields["month"] == f"{document.published:%B}"  # a macro that the parser knows
        assert [person.last_names for person in entry.persons["author"]] == [[f"{{{document.publisher}}}"]]


def test_bibtex_keeps_awkward_words():
    text = bibtex(awkward())
    entry, bare = parse_string(text, "bibtex").entries.values()
    assert entry.persons["author"][0].last_names == [r"{Müller \& Söhne \{GmbH\}}"]
    title = entry.fields["title"]
    assert title == r'{R\&D: 100\% of\_it "up" \#1 \textasciitilde{} \textbackslash{} \textasciicircum{} \$5}'
    assert entry.fields["doi"] == r"10.1000/x\_(1)"
    assert entry.fields["url"] == "https://example.org/a_b?c=1&d=2%20"
    assert set(bare.fields) == {"title"}
    assert not bare.persons


def test_a_doi_is_taken_from_a_note(request):
    case = load_case(request.config.rootpath / "priors" / "beirut-explosion.yaml")
    entries = parse_string(bibtex(case), "bibtex").entries
    assert entries["rigby-2020"].fields["doi"] == "10.1007/s00193-020-00970-z"


# ---------------------------------------------------------------- PROV


def test_prov_survives_the_library_and_back(case):
    document = provenance(case)
    text = export(case, "prov")
    assert ProvDocument.deserialize(content=text, format="json") == document
    assert set(json.loads(text)) <= {"prefix", "entity", "agent", "wasAttributedTo", "wasDerivedFrom", "specializationOf"}
    assert export(case, "provn").startswith("document\n")


def named(document, kind):
    """Return the pairs that relations of a kind join, by local names."""
    pairs = []
    for record in document.get_records(kind):
        (_, first), (_, second) = record.formal_attributes[:2]
        pairs.append((str(first), str(second)))
    return pairs


def test_prov_says_who_and_from_where(case):
    document = provenance(case)
    attributed = named(document, ProvAttribution)
    assert {(f"claim:{claim.id}", f"source:{claim.source}") for claim in case.claims.values()} <= set(attributed)
    kinds = {}
    for record in document.get_records(ProvDerivation):
        (_, first), (_, second) = record.formal_attributes[:2]
        kinds.setdefault((str(first), str(second)), set()).update(str(kind) for kind in record.get_asserted_types())
    for claim in case.claims.values():
        cited = {report.document for report in claim.reported_in}
        primary = {key for key in cited if "prov:PrimarySource" in kinds[f"claim:{claim.id}", f"document:{key}"]}
        assert len(primary) == min(1, len(cited))
        for number, report in enumerate(claim.reported_in, 1):
            assert kinds[f"report:{claim.id}-{number}", f"document:{report.document}"] == {"prov:Quotation"}
        if claim.superseded_by:
            assert kinds[f"claim:{claim.superseded_by}", f"claim:{claim.id}"] == {"prov:Revision"}
    reports = sum(len(claim.reported_in) for claim in case.claims.values())
    assert len(named(document, ProvSpecialization)) == reports


def test_prov_names_only_what_it_declares(case):
    """Every end of a relation is an entity or an agent of the document, of the kind that PROV-DM asks for."""
    record = json.loads(export(case, "prov"))
    entities, agents = set(record["entity"]), set(record["agent"])
    for relation in record["wasAttributedTo"].values():
        assert relation["prov:entity"] in entities
        assert relation["prov:agent"] in agents
    for relation in record["wasDerivedFrom"].values():
        assert {relation["prov:generatedEntity"], relation["prov:usedEntity"]} <= entities
    for relation in record["specializationOf"].values():
        assert {relation["prov:specificEntity"], relation["prov:generalEntity"]} <= entities
    assert not entities & agents


def test_prov_keeps_awkward_words():
    record = json.loads(export(awkward(), "prov"))
    assert record["entity"]["document:d-1"]["prov:label"] == 'R&D: 100% of_it "up" #1 ~ \\ ^ $5'
    assert record["entity"]["document:d-1"]["dcterms:issued"] == {"$": "2024-02-29", "type": "xsd:date"}
    assert record["entity"]["report:new-1"]["nke:at"] == {"$": "7", "type": "xsd:int"}
    assert record["entity"]["claim:new"]["prov:value"] == "Cost & more: 2 to 5 million USD"
    assert [record["entity"][f"claim:{key}"]["nke:status"] for key in ("new", "old", "mute")] == ["active", "superseded", "removed"]
    assert "prov:label" in record["agent"]["source:silent"]


# ---------------------------------------------------------------- JSON-LD

# schema.org, version 29: what the terms may stand on and point at (domainIncludes, rangeIncludes), types with their parents.
CLASSES = {"Claim": "CreativeWork", "Quotation": "CreativeWork", "CreativeWork": "Thing", "Organization": "Thing", "Person": "Thing"}
TEXT = "text"
PROPERTIES = {
    "appearance": ({"Claim"}, {"CreativeWork"}), "firstAppearance": ({"Claim"}, {"CreativeWork"}),
    "author": ({"CreativeWork", "Rating"}, {"Organization", "Person"}), "publisher": ({"CreativeWork"}, {"Organization", "Person"}),
    "hasPart": ({"CreativeWork"}, {"CreativeWork"}), "about": ({"CreativeWork", "CommunicateAction", "Event"}, {"Thing"}),
    "text": ({"CreativeWork"}, {TEXT}), "datePublished": ({"CreativeWork", "Certification"}, {TEXT}),
    "temporalCoverage": ({"CreativeWork"}, {TEXT}), "creativeWorkStatus": ({"CreativeWork"}, {TEXT}),
    "name": ({"Thing"}, {TEXT}), "identifier": ({"Thing"}, {TEXT}), "url": ({"Thing"}, {TEXT}),
}


def ancestors(name):
    return {name} | (ancestors(CLASSES[name]) if name in CLASSES else set())


def graph_of(case):
    """Read the export as RDF; the published context is replaced by what it does to these terms, as no test goes on line."""
    record = json.loads(export(case, "jsonld"))
    assert record.pop("@context") == "https://schema.org"
    record["@context"] = {"@vocab": str(SDO), "@base": "urn:x:"}
    return Graph().parse(io.StringIO(json.dumps(record)), format="json-ld")


@pytest.mark.parametrize("which", ["shipped", "awkward"])
def test_jsonld_keeps_to_the_definitions(case, which):
    graph = graph_of(case if which == "shipped" else awkward())
    types = {node: str(kind).removeprefix(str(SDO)) for node, kind in graph.subject_objects(RDF.type)}
    assert set(types.values()) <= set(CLASSES)
    for subject, predicate, value in graph:
        if predicate == RDF.type:
            continue
        domain, values = PROPERTIES[str(predicate).removeprefix(str(SDO))]
        assert ancestors(types[subject]) & domain, (subject, predicate)
        is_text = value not in types
        assert (TEXT in values) if is_text else (ancestors(types[value]) & values), (predicate, value)


def test_jsonld_has_every_claim_where_it_appeared(case):
    graph = graph_of(case)
    claims = set(graph.subjects(RDF.type, SDO.Claim))
    assert len(claims) == len(case.claims)
    for node in claims:
        claim = case.claims[str(graph.value(node, SDO.identifier))]
        appeared = {str(graph.value(place, SDO.identifier)) for place in graph.objects(node, SDO.appearance)}
        assert appeared == {report.document for report in claim.reported_in}
        first = [str(graph.value(place, SDO.identifier)) for place in graph.objects(node, SDO.firstAppearance)]
        days = {key: case.documents[key].published for key in appeared}
        assert len(first) == min(1, len(appeared))
        assert all(days[first[0]] <= day for day in days.values() if day and first and days[first[0]])
        assert str(graph.value(graph.value(node, SDO.author), SDO.identifier)) == claim.source


def test_jsonld_points_at_the_place_in_a_text():
    record = jsonld(awkward())
    document = next(node for node in record["@graph"] if node.get("identifier") == "d-1")
    assert [(part["text"], part["url"]) for part in document["hasPart"]] == [
        ("up to $5 million", "a%20b.txt#char=7,23"), ("$2–5 million", "a%20b.txt#char=90,102")]
    people = [node for node in record["@graph"] if node["@type"] == "Person"]
    assert [node["name"] for node in people] == ["A “person”"]
