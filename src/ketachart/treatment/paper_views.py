"""What leaves the house on paper."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ketachart.record import clock
from ketachart.record.access import note_read
from ketachart.record.models import Clinic
from ketachart.treatment import queries
from ketachart.treatment.record_pdf import record_pdf
from ketachart.web.gates import SignedInRequest, allow


@allow("treatment.read")
@require_safe
def record_as_pdf(request: SignedInRequest, session_id: UUID) -> HttpResponse:
    """The record as it stands now. The file's name holds no name: it will lie in a downloads folder."""
    view, at = queries.view_session(request.actor, session_id), clock.now()
    note_read(request.actor, view.patient.id, "record of a session, PDF")
    clinic = Clinic.objects.get(pk=request.actor.clinic_id)
    body = record_pdf(view, clinic_name=clinic.name, at=at, paper=paper_in(clinic.timezone))
    name = f"session-{timezone.localtime(view.session.opened_at):%Y-%m-%d}-{str(session_id)[-6:]}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(body, content_type="application/pdf", headers=headers)


def paper_in(clinic_timezone: str) -> str:
    """Letter in the Americas, A4 elsewhere."""
    return "us-letter" if clinic_timezone.startswith("America/") else "a4"
