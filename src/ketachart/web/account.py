"""A signed-in person's own page: who the record says they are, password, this device."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ketachart.web.gates import allow


@allow("web.signed_in")
def account(request: HttpRequest) -> HttpResponse:
    return render(request, "web/account.html")
