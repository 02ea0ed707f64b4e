"""Every structure against its own rate matrix and the matrix exponential, written down independently."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from ketachart.pharmacology.engine import Input, concentrations
from ketachart.pharmacology.model_file import model_file
from ketachart.pharmacology.person import Person
from ketachart.pharmacology.salts import MOLAR_MASS_G_PER_MOL
from ketachart.pharmacology.structures import BUILD, EXTEND
from ketachart.pharmacology.structures.gut_and_liver import extraction
from ketachart.pharmacology.variability import values_of, varying

PERSON = Person(weight_kg=82.0, age_years=66.0, ancestry="asian")
TIMES = np.array([0.05, 0.25, 0.7, 1.3, 2.9, 6.0, 13.0, 30.0])


class Rates:
    """A linear system by named compartments: `flow` moves, `loss` removes, `make` adds without removing."""

    def __init__(self, *names):
        self.names = names
        self.matrix = np.zeros((len(names), len(names)))

    def _at(self, name):
        return self.names.index(name)

    def flow(self, source, target, rate, share=1.0):
        self.matrix[self._at(source), self._at(source)] -= rate
        self.matrix[self._at(target), self._at(source)] += share * rate

    def exchange(self, one, other, flow, volume_one, volume_other):
        self.flow(one, other, flow / volume_one)
        self.flow(other, one, flow / volume_other)

    def loss(self, source, rate):
        self.matrix[self._at(source), self._at(source)] -= rate

    def make(self, source, target, rate):
        self.matrix[self._at(target), self._at(source)] += rate

    def amounts(self, start, mg, duration, times):
        """Amounts (T, S) after `mg` into `start`, at once or evenly over `duration`."""
        size = len(self.names)
        wide = np.zeros((size + 1, size + 1))
        wide[:size, :size] = self.matrix
        if duration:
            wide[self._at(start), size] = mg / duration
        found = []
        for time in times:
            state = np.zeros(size + 1)
            if duration:
                state[size] = 1.0
                state = expm(wide * min(time, duration)) @ state
                state[size] = 0.0
                state = expm(wide * max(time - duration, 0.0)) @ state
            else:
                state[self._at(start)] = mg
                state = expm(wide * time) @ state
            found.append(state[:size])
        return np.array(found)


def one(model_id, etas=None):
    values = values_of(model_file(model_id), PERSON, etas)
    return values, {name: float(value[0]) for name, value in values.items()}


def otto_rates(v, *extra):
    rates = Rates("central", "p2", "p3", "nk", "nk2", *extra)
    rates.flow("central", "nk", v["CL"] / v["V1"])
    rates.exchange("central", "p2", v["Q2"], v["V1"], v["V2"])
    rates.exchange("central", "p3", v["Q3"], v["V1"], v["V3"])
    rates.loss("nk", v["CLN"] / v["VN1"])
    rates.exchange("nk", "nk2", v["QN"], v["VN1"], v["VN2"])
    return rates


def perez_rates(v):
    rates = Rates("nose", "gut_swallowed", "gut_oral", "central", "p1", "p2", "portal", "nk", "nk2")
    rates.flow("nose", "central", v["ka_nose"])
    rates.flow("gut_swallowed", "portal", v["ka_swallowed"])
    rates.flow("gut_oral", "portal", v["ka_oral"])
    rates.exchange("central", "p1", v["Q1"], v["Vc"], v["Vp1"])
    rates.exchange("central", "p2", v["Q2"], v["Vc"], v["Vp2"])
    rates.exchange("central", "portal", v["Qh"], v["Vc"], v["Vh"])
    rates.loss("portal", v["kel"])
    rates.flow("portal", "nk", v["kmet"])
    rates.loss("nk", v["CLN"] / v["VN1"])
    rates.exchange("nk", "nk2", v["QN"], v["VN1"], v["VN2"])
    return rates


def simons_rates(v):
    rates = Rates(
        "mucosa",
        "gut_swallowed",
        "gut_liver",
        "central",
        "p2",
        "p3",
        "m1",
        "m2",
        "nk",
        "nk2",
        "h1",
        "h2",
        "hnk",
        "hnk2",
    )
    rates.flow("mucosa", "central", v["ka_mucosa"])
    rates.flow("gut_swallowed", "gut_liver", v["ka_swallowed"])
    rates.flow("gut_liver", "m1", 1 / v["MTT_gut"])
    rates.flow("central", "m1", v["CL"] / v["V1"])
    rates.exchange("central", "p2", v["Q2"], v["V1"], v["V2"])
    rates.exchange("central", "p3", v["Q3"], v["V1"], v["V3"])
    step = 2 / v["MTT_norketamine"]
    rates.flow("m1", "m2", step)
    rates.flow("m2", "nk", step, v["fm_norketamine"])
    rates.flow("nk", "h1", v["CLN"] / v["V1"])
    rates.exchange("nk", "nk2", v["QN"], v["V1"], v["VN2"])
    step = 2 / v["MTT_hydroxynorketamine"]
    rates.flow("h1", "h2", step)
    rates.flow("h2", "hnk", step, v["fm_hydroxynorketamine"])
    rates.loss("hnk", v["CLH"] / v["VH1"])
    rates.exchange("hnk", "hnk2", v["QH"], v["VH1"], v["VH2"])
    return rates


def ashraf_rates(v):
    passed = {name: float(value[0]) for name, value in extraction({k: np.array([x]) for k, x in v.items()}).items()}
    flow, fg, fh = passed["QH"], passed["F_gut"], passed["F_liver"]
    gut_nk, liver_nk = passed["F_gut_norketamine"], passed["F_liver_norketamine"]
    rates = Rates("gut_oral", "central", "p2", "p3", "nk", "nk2")
    # quasi-steady state written as in the control stream: what flows into the liver, and what passes it
    rates.loss("gut_oral", v["ka"])
    rates.make("gut_oral", "central", fh * fg * v["ka"])
    rates.make("gut_oral", "nk", liver_nk * (gut_nk * (1 - fg) + (1 - fh) * fg) * v["ka"])
    rates.loss("central", flow / v["V1"])
    rates.make("central", "central", fh * flow / v["V1"])
    rates.make("central", "nk", liver_nk * (1 - fh) * flow / v["V1"])
    rates.loss("nk", flow / v["VN1"])
    rates.make("nk", "nk", liver_nk * flow / v["VN1"])
    rates.exchange("central", "p2", v["Q2"], v["V1"], v["V2"])
    rates.exchange("central", "p3", v["Q3"], v["V1"], v["V3"])
    rates.exchange("nk", "nk2", v["QN"], v["VN1"], v["VN2"])
    return rates


def expected(model_id, v, channel, duration):
    start = {"iv": "central"}.get(channel, channel)
    if model_id == "perez-ruixo-2021":
        rates, volumes = perez_rates(v), {"central": v["Vc"], "nk": v["VN1"]}
    elif model_id == "simons-2022":
        mass = MOLAR_MASS_G_PER_MOL
        rates = simons_rates(v)
        volumes = {
            "central": v["V1"],
            "nk": v["V1"] * mass["ketamine"] / mass["norketamine"],
            "hnk": v["VH1"] * mass["ketamine"] / mass["hydroxynorketamine"],
        }
    elif model_id == "ashraf-2018":
        rates, volumes = ashraf_rates(v), {"central": v["V1"], "nk": v["VN1"]}
    else:
        rates, volumes = otto_rates(v), {"central": v["V1"], "nk": v["VN1"]}
    amounts = rates.amounts(start, 10.0, duration, TIMES)
    return np.array([1000 * amounts[:, rates.names.index(name)] / volume for name, volume in volumes.items()])


def agree(found, wanted, tolerance):
    """Relative agreement; far below an analyte's peak, agreement relative to the peak."""
    for curve, truth in zip(found, wanted, strict=True):
        np.testing.assert_allclose(curve, truth, rtol=tolerance, atol=tolerance * float(truth.max()))


CASES = [
    ("otto-2021", "iv"),
    ("perez-ruixo-2021", "iv"),
    ("perez-ruixo-2021", "nose"),
    ("perez-ruixo-2021", "gut_swallowed"),
    ("perez-ruixo-2021", "gut_oral"),
    ("simons-2022", "iv"),
    ("simons-2022", "mucosa"),
    ("simons-2022", "gut_swallowed"),
    ("ashraf-2018", "iv"),
    ("ashraf-2018", "gut_oral"),
]


@pytest.mark.parametrize("duration", [0.0, 0.53])
@pytest.mark.parametrize(("model_id", "channel"), CASES)
def test_typical_person_agrees_with_the_matrix_exponential(model_id, channel, duration):
    arrays, v = one(model_id)
    found = concentrations(BUILD[model_file(model_id).structure](arrays), [Input(channel, 0.0, 10.0, duration)], TIMES)[
        :, :, 0
    ]
    # the delay chains of Simons have equal steps, which are kept a hair apart
    agree(found, expected(model_id, v, channel, duration), 1e-8 if model_id == "simons-2022" else 1e-9)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(CASES),
    st.lists(st.floats(-1.2, 1.2), min_size=20, max_size=20),
    st.just(0.0) | st.floats(0.01, 3.0),
)
def test_any_person_agrees_with_the_matrix_exponential(case, etas, duration):
    model_id, channel = case
    names = varying(model_file(model_id))
    chosen = {name: np.array([eta]) for name, eta in zip(names, etas, strict=False)}
    arrays, v = one(model_id, chosen)
    found = concentrations(BUILD[model_file(model_id).structure](arrays), [Input(channel, 0.0, 10.0, duration)], TIMES)[
        :, :, 0
    ]
    # rates that nearly meet are kept 1e-7 apart
    agree(found, expected(model_id, v, channel, duration), 1e-6)


@pytest.mark.parametrize(
    ("model_id", "channel", "plasma", "norketamine"),
    [
        ("racemic-oral-venous", "oral gut", "F_oral", "first_pass"),
        ("racemic-rectal", "rectal depot", "F", "first_pass"),
        ("racemic-intramuscular-venous", "intramuscular depot", "F", None),
    ],
)
def test_absorption_on_otto_agrees_with_the_matrix_exponential(model_id, channel, plasma, norketamine):
    model = model_file(model_id)
    values, v = one(model_id)
    base, b = one("otto-2021")
    bank = EXTEND[model.structure](BUILD["mammillary"](base), values, model.routes[0])
    rates = otto_rates(b, "depot")
    ka = v.get("ka", v.get("ka_oral"))
    rates.loss("depot", ka)
    rates.make("depot", "central", v[plasma] * ka)
    if norketamine:
        rates.make("depot", "nk", (1 - v[plasma]) * v[norketamine] * ka)
    amounts = rates.amounts("depot", 25.0, 0.3, TIMES)
    found = concentrations(bank, [Input(channel, 0.0, 25.0, 0.3)], TIMES)[:, :, 0]
    np.testing.assert_allclose(found[0], 1000 * amounts[:, 0] / b["V1"], rtol=2e-9)
    np.testing.assert_allclose(found[1], 1000 * amounts[:, 3] / b["VN1"], rtol=2e-9)
