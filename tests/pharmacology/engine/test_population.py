"""Bands of populations: the same for any split, right against keeping everybody."""

from __future__ import annotations

import numpy as np
import pytest
from bench.pharmacology.common_case import INFUSION, bank_from, parameters, sampler
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ketachart.pharmacology.engine import EngineError, Input, area, concentrations, fast
from ketachart.pharmacology.engine.matrix import from_rate_matrix
from ketachart.pharmacology.engine.percentiles import HIGHEST, LOWEST, Histogram, percentiles
from ketachart.pharmacology.engine.population import (
    Drawn,
    bands,
    chunks_of,
    count_chunks,
    generator,
    kept_concentrations,
)

TIMES = np.linspace(0, 8, 25)
needs_numba = pytest.mark.skipif(not fast.available(), reason="numba is not installed")


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(1, 60)), elements=st.floats(0, 1e5)),
    st.lists(st.floats(0, 100), min_size=1, max_size=4),
)
def test_percentiles_are_those_of_numpy(values, levels):
    before = values.copy()
    np.testing.assert_allclose(percentiles(values, levels), np.percentile(values, levels, axis=-1), rtol=1e-12, atol=0)
    np.testing.assert_array_equal(values, before)


def counted(values: np.ndarray) -> Histogram:
    histogram = Histogram.empty(*values.shape[:2])
    histogram.add(values)
    return histogram


values_of_a_row = hnp.arrays(
    np.float64,
    st.tuples(st.just(1), st.just(2), st.integers(1, 40)),
    elements=st.one_of(st.floats(LOWEST, HIGHEST / 2), st.just(0.0)),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(values_of_a_row, min_size=2, max_size=4), st.randoms())
def test_histograms_merge_in_any_order(parts, random):
    whole = counted(np.concatenate(parts, axis=2))
    shuffled = list(parts)
    random.shuffle(shuffled)
    merged = counted(shuffled[0])
    for part in shuffled[1:]:
        merged = counted(part).merged(merged)
    np.testing.assert_array_equal(merged.counts, whole.counts)
    np.testing.assert_array_equal(Histogram.from_sparse(*whole.sparse()).counts, whole.counts)


@settings(max_examples=40, deadline=None)
@given(values_of_a_row)
def test_a_histogram_is_right_to_a_bin_and_its_second_pass_exactly(values):
    levels = [0, 5, 50, 95, 100]
    exact = np.percentile(values, levels, axis=-1)
    histogram = counted(values)
    np.testing.assert_allclose(
        histogram.exact(levels, lambda: [values[:, :, :7], values[:, :, 7:]]), exact, rtol=1e-12, atol=0
    )
    nearest = np.percentile(values, levels, axis=-1, method="lower")
    np.testing.assert_allclose(histogram.percentiles(levels), nearest, rtol=1 / 128, atol=LOWEST)


def test_a_second_pass_over_other_people_is_refused():
    values = np.full((1, 1, 5), 3.0)
    with pytest.raises(EngineError, match="second pass"):
        counted(values).exact([50], lambda: [values[:, :, :3]])


def test_bands_agree_with_keeping_everybody():
    people = 9000  # two chunks, the second not full
    everybody = kept_concentrations(sampler, INFUSION, TIMES, people, seed=4)
    expected = np.percentile(everybody, [5, 50, 95], axis=-1)
    exact = bands(sampler, INFUSION, TIMES, people, seed=4, exact=True, with_numba=False)
    np.testing.assert_allclose(exact.values, expected, rtol=1e-9)
    close = bands(sampler, INFUSION, TIMES, people, seed=4, with_numba=False)
    np.testing.assert_allclose(close.values, expected, rtol=1 / 128, atol=1e-9)
    np.testing.assert_array_equal(close.of("norketamine", 95.0), close.values[2, 1])


def test_the_same_people_whatever_the_split():
    people = 40_000
    whole = count_chunks(sampler, INFUSION, TIMES, people, seed=9, chunks=range(chunks_of(people)))
    halves = [count_chunks(sampler, INFUSION, TIMES, people, seed=9, chunks=part) for part in ([3, 0], [4, 2, 1])]
    np.testing.assert_array_equal(halves[1].merged(halves[0]).counts, whole.counts)
    assert whole.people == people
    assert not np.array_equal(
        whole.counts, count_chunks(sampler, INFUSION, TIMES, people, seed=10, chunks=range(5)).counts
    )


@needs_numba
def test_numba_gives_the_bits_of_numpy():
    bank = bank_from(parameters(np.random.default_rng(2), 3000))
    lags = np.random.default_rng(3).uniform(0, 1, 3000)
    for inputs in (INFUSION, [*INFUSION, Input("iv", 1.03, 10.0), Input("iv", lags, 5.0, 0.5)], []):
        for times in (TIMES, np.sort(np.random.default_rng(1).uniform(0.5, 9, 60))):
            numpy = concentrations(bank, inputs, times, with_numba=False)
            numba = concentrations(bank, inputs, times, with_numba=True)
            np.testing.assert_array_equal(numba, numpy)


@needs_numba
def test_bands_are_the_same_to_the_bit_for_any_number_of_workers_and_with_numba():
    one = bands(sampler, INFUSION, TIMES, 50_000, seed=1, with_numba=False)
    for workers in (1, 2, 3):
        again = bands(sampler, INFUSION, TIMES, 50_000, seed=1, workers=workers, with_numba=True)
        np.testing.assert_array_equal(again.values, one.values)
    exact = bands(sampler, INFUSION, TIMES, 9000, seed=1, exact=True, with_numba=True)
    np.testing.assert_array_equal(exact.values, bands(sampler, INFUSION, TIMES, 9000, seed=1, exact=True).values)


def test_summaries_are_kept_in_the_order_of_people():
    def areas(bank, inputs):
        return area(bank, inputs, 0.0, np.inf)

    found = bands(sampler, INFUSION, TIMES, 9000, seed=4, summary=areas, workers=2).summaries
    assert found.shape == (3, 9000)
    first = sampler(generator(4, 0), 8192)
    np.testing.assert_allclose(found[:, :8192], first.auc_per_mg("iv") * 35, rtol=1e-10)


def test_a_sampler_may_bring_its_own_inputs_and_progress_is_told():
    def late(random, people):
        return Drawn(sampler(random, people), [Input("iv", random.uniform(0, 1, people), 10.0)])

    told = []
    found = bands(late, [], TIMES, 9000, seed=1, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]
    assert found.values[2, 0].max() > found.values[0, 0].max() > 0


def test_models_without_modes_have_bands_too():
    def chained(random, people):
        rate = 2 * np.exp(0.2 * random.standard_normal(people))
        matrix = np.zeros((people, 3, 3))
        for i in range(3):
            matrix[:, i, i] = -rate
            if i:
                matrix[:, i, i - 1] = rate
        return from_rate_matrix(matrix, {"iv": [1, 0, 0]}, {"ketamine": [0, 0, 10.0]})

    found = bands(chained, [Input("iv", 0, 10)], TIMES, 200, seed=1, exact=True)
    everybody = kept_concentrations(chained, [Input("iv", 0, 10)], TIMES, 200, seed=1)
    np.testing.assert_allclose(found.values, np.percentile(everybody, [5, 50, 95], axis=-1), rtol=1e-12)


def test_a_sampler_that_draws_too_few_is_refused():
    with pytest.raises(EngineError, match="drew 5 people"):
        bands(lambda random, people: sampler(random, 5), INFUSION, TIMES, 100, seed=1)


def test_two_local_dask_workers_give_the_same_bits():
    distributed = pytest.importorskip("dask.distributed")
    from bench.pharmacology.common_case import TIMES_H
    from bench.pharmacology.dask_example import bands_on

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        spread = bands_on(client, 20_000, seed=6, tasks=3)
    alone = bands(sampler, INFUSION, TIMES_H, 20_000, seed=6, with_numba=False)
    np.testing.assert_array_equal(spread, alone.values)
