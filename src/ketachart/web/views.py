"""Pages of the shell itself: home, manifest, service worker."""

from __future__ import annotations

import json
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from ketachart.web.gates import public
from ketachart.web.navigation import home_for, public_links
from ketachart.web.offline import offline_settings

WORKER = Path(__file__).parent / "static/web/worker/service_worker.js"


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Each role's own first page; for visitors the front door."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor is None:
        return render(request, "web/welcome.html", {"links": public_links()})
    return HttpResponseRedirect(reverse(home_for(actor.permissions)))


@public
@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    icons = [
        {"src": static("web/icons/mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
        {"src": static("web/icons/app-192.png"), "sizes": "192x192", "type": "image/png", "purpose": "any maskable"},
        {"src": static("web/icons/app-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any maskable"},
    ]
    body = {
        "name": "Ketachart",
        "short_name": "Ketachart",
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f3f5f2",
        "theme_color": "#0b5963",
        "icons": icons,
    }
    return JsonResponse(body, content_type="application/manifest+json")


@public
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """At /sw.js, because a worker governs only what lies beneath its own address."""
    settings = json.dumps(offline_settings(), separators=(",", ":"))
    body = f"self.SETTINGS = {settings};\n{WORKER.read_text()}"
    return HttpResponse(body, content_type="text/javascript", headers={"Cache-Control": "no-cache"})
