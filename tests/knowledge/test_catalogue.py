"""What stands in the catalogue of products, routes and indications, and that its parts fit together."""

import pytest

from ketachart.knowledge.loader import catalogue, product_given_as
from ketachart.pharmacology.reference_set import reference_set

ADMINISTRATIONS = catalogue().administration


def test_every_product_and_route_pair_is_described_once():
    pairs = [(one.product, one.route) for one in ADMINISTRATIONS]
    assert sorted(pairs) == sorted((one.id, route) for one in catalogue().product for route in one.routes)
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("one", ADMINISTRATIONS, ids=lambda one: f"{one.product} {one.route}")
def test_every_statement_of_a_pair_has_its_own_source(one):
    for said in (one.home, one.adjustable, one.onset, one.duration, one.bioavailability, one.evidence):
        assert said.text
        assert said.source.citation
        assert said.source.grade != "unverified"


@pytest.mark.parametrize("one", ADMINISTRATIONS, ids=lambda one: f"{one.product} {one.route}")
def test_exposure_comes_from_a_line_of_the_pharmacology_library(one):
    lines = {(line.molecule, line.route) for line in reference_set()}
    assert (one.pharmacology_molecule, one.pharmacology_route) in lines


@pytest.mark.parametrize(
    ("molecule", "route", "product"),
    [
        ("racemic ketamine", "IV", "ketamine-injection"),
        ("racemic ketamine", "IM", "ketamine-injection"),
        ("racemic ketamine", "nasal", "ketamine-nasal-compounded"),
        ("esketamine", "nasal", "spravato"),
        ("racemic ketamine", "sublingual", "ketamine-sublingual"),
        ("racemic ketamine", "oral", "ketamine-oral"),
        ("racemic ketamine", "rectal", "ketamine-rectal"),
        ("esketamine", "IV", None),
    ],
)
def test_molecule_and_route_name_one_product(molecule, route, product):
    assert product_given_as(molecule, route) == product


def test_spravato_never_goes_home_and_compounded_nasal_is_off_by_default():
    assert catalogue().administration_of("spravato", "nasal").given_at == ("clinic",)
    assert catalogue().administration_of("ketamine-nasal-compounded", "nasal").given_at == ("clinic",)


def test_what_is_research_only_says_why_and_by_whom():
    research = [one for one in catalogue().indication if one.standing == "research only"]
    assert {one.id for one in research} == {"NEURODEGENERATIVE", "OTHER"}
    assert all(one.reason and one.source for one in research)


def test_evidence_speaks_of_pairs_that_exist():
    pairs = {(one.product, one.route) for one in ADMINISTRATIONS}
    assert all((said.product, said.route) in pairs for one in catalogue().indication for said in one.evidence)
