"""Refusals and failures as pages (or JSON) that say what to do."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from ketachart.record.errors import Refused
from ketachart.web.forms import refusal_text
from ketachart.web.gates import public, wants_json

TITLES = {
    400: "The server could not read this",
    403: "This is not open to you",
    404: "There is nothing at this address",
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


class RefusedMiddleware:
    """A command's refusal that no view has put into a form becomes a page or JSON with the right status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        if wants_json(request):
            return JsonResponse({"errors": [exception.as_json()]}, status=exception.status)
        fix = exception.fix or ""
        return problem_page(request, exception.status, problem=refusal_text(Refused(exception.problem)), fix=fix)


@public
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_page(request, 400)


@public
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, Refused):
        return problem_page(request, 403, problem=exception.problem, fix=exception.fix or "")
    return problem_page(request, 403)


@public
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_page(request, 404)


@public
def server_error(request: HttpRequest) -> HttpResponse:
    return problem_page(request, 500)


@public
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return problem_page(
        request,
        403,
        problem="The form was too old, or the browser did not send its cookie.",
        fix="Go back, reload the page and send the form again. Cookies must be allowed for this address.",
    )
