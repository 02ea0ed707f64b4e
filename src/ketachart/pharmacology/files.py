"""Predictions as Parquet tables (optional extra `ketachart[tables]`)."""

from __future__ import annotations

import json
from pathlib import Path

from ketachart.pharmacology.prediction import Prediction


def write_parquet(prediction: Prediction, path: str | Path) -> None:
    """Write the rows of a prediction as Parquet; model, citation and warnings go into the file's metadata.

    Raises
    ------
    ModuleNotFoundError
        Without pyarrow.
    """
    import pyarrow as pa  # type: ignore[import-untyped, unused-ignore]
    import pyarrow.parquet as pq  # type: ignore[import-untyped, unused-ignore]

    rows = prediction.rows()
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    about = {key: value for key, value in prediction.to_dict().items() if key not in ("analytes", "also", "times_h")}
    pq.write_table(table.replace_schema_metadata({"ketachart": json.dumps(about)}), str(path))
