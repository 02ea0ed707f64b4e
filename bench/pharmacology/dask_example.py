"""Past one machine: spread the chunks of a population over Dask workers. The result is the same to the last bit.

python bench/pharmacology/dask_example.py [scheduler address]
"""

from __future__ import annotations

import sys
from functools import reduce

import numpy as np
from bench.pharmacology.common_case import INFUSION, TIMES_H, sampler
from dask.distributed import Client

from ketachart.pharmacology.engine.percentiles import Histogram
from ketachart.pharmacology.engine.population import chunks_of, count_chunks


def bands_on(client: Client, people: int, seed: int, tasks: int) -> np.ndarray:
    """Percentiles 5, 50, 95 of the common case, (3, A, T)."""
    shares = np.array_split(np.arange(chunks_of(people)), tasks)
    counted = client.map(
        lambda share: count_chunks(sampler, INFUSION, TIMES_H, people, seed=seed, chunks=share).sparse(), shares
    )
    return reduce(Histogram.merged, (Histogram.from_sparse(*part) for part in client.gather(counted))).percentiles(
        [5, 50, 95]
    )


if __name__ == "__main__":
    with Client(sys.argv[1] if len(sys.argv) > 1 else None) as client:
        values = bands_on(client, 1_000_000, seed=1, tasks=16)
        peak = values[:, 0].argmax(axis=-1)
        print("ketamine, highest of the 5, 50, 95 % bands, ng/mL:", values[:, 0].max(axis=-1), "at", TIMES_H[peak], "h")
