"""Refusals and failures become pages (or JSON) that say what to do."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from ketachart.record.errors import Refused
from ketachart.web.gates import public
from ketachart.web.problems import problem_page, refused_page


class RefusedMiddleware:
    """A command's refusal that no view has put into a form becomes a page or JSON with the right status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            allowed = response.headers["Allow"]
            response = problem_page(request, 405)
            response.headers["Allow"] = allowed
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        return refused_page(request, exception)


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
