import pytest

from ketachart.intake import queries as intake
from ketachart.intake.screening_commands import decide_eligibility
from tests.intake.conftest import AT, IV_TRD, cleared, patient  # noqa: F401  (fixtures)


@pytest.fixture
def decided(actor, cleared):  # noqa: F811
    """Found eligible for the infusion: its texts are theirs."""
    prescriber = actor("prescriber")
    sha = intake.screening(prescriber, cleared.id, IV_TRD, at=AT).sha256
    decide_eligibility(
        prescriber, patient_id=cleared.id, intended=IV_TRD, outcome="eligible", reasons="Fits", seen_sha256=sha, at=AT
    )
    return cleared
