"""What every page of the shell shows: clinic, role, whether everything is invented."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from ketachart.record.models import Clinic
from ketachart.record.roles import ROLES


def shell(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(request, "actor", None)
    clinic = _clinic(request, actor)
    return {
        "clinic_name": clinic.name if clinic else "",
        "clinic_timezone": clinic.timezone if clinic else "",
        "synthetic_clinic": clinic.is_synthetic if clinic else False,
        "role_label": ROLES.get(actor.role, actor.role) if actor else "",
        "csrf_cookie_name": settings.CSRF_COOKIE_NAME,
    }


def _clinic(request: HttpRequest, actor: Any) -> Clinic | None:
    """The signed-in person's clinic; for visitors the one clinic of this installation, if it is the only one."""
    if actor is not None:
        clinic: Clinic | None = request.user.clinic  # type: ignore[union-attr]
        return clinic
    clinics = list(Clinic.objects.order_by("created_at")[:2])
    return clinics[0] if len(clinics) == 1 else None
