"""One page for everything that went wrong outside a form: what, and what to do. JSON for programs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from ketachart.record.errors import Refused
from ketachart.web.forms import refusal_text

TITLES = {
    400: "The server could not read this",
    403: "This is not open to you",
    404: "There is nothing at this address",
    405: "This address only takes a form that is sent",
    409: "Somebody else was faster",
    413: "That was too large",
    422: "Not saved: something needs another look",
    429: "Too many tries",
    500: "Something broke on our side",
}
WAYS_ON = {
    400: "Go back, check what you typed and send it again.",
    403: "If you need it for your work, ask the clinic lead to change your role.",
    404: "Check the address, or go home and look from there. Records of another clinic cannot be opened from here.",
    405: "Go back to the page with the form and send it from there.",
    409: "Reload the page to see what changed, then decide again.",
    413: "Send a smaller file.",
    422: "Go back: what you typed is still in the form.",
    429: "Wait a few minutes, then try again.",
    500: "Nothing was half saved. Try again; if it happens again, tell the person who runs this installation.",
}


def problem_page(request: HttpRequest, status: int, problem: str = "", fix: str = "") -> HttpResponse:
    """One page for every refusal outside a form; JSON for programs."""
    title = TITLES.get(status, TITLES[400])
    way_on = fix or WAYS_ON.get(status, WAYS_ON[400])
    if wants_json(request):
        error = {"field": None, "problem": problem or title, "fix": way_on}
        return JsonResponse({"errors": [error]}, status=status)
    context = {"status": status, "title": title, "problem": problem, "way_on": way_on}
    if getattr(request, "actor", None) is None:
        return render(request, "web/problem_public.html", context, status=status)
    return render(request, "web/problem.html", context, status=status)


def refused_page(request: HttpRequest, refused: Refused) -> HttpResponse:
    """A command's refusal that no form shows, with the status it asks for."""
    if wants_json(request):
        return JsonResponse({"errors": [refused.as_json()]}, status=refused.status)
    return problem_page(request, refused.status, problem=refusal_text(Refused(refused.problem)), fix=refused.fix or "")


def wants_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json" or request.headers.get("Accept", "").startswith(
        "application/json"
    )
