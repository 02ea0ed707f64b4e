"""`manage check` fails when a view has no gate."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from ketachart.web.gates import undecorated_views


@register(Tags.security)
def every_view_has_a_gate(**_: Any) -> list[CheckMessage]:
    return [
        Error(
            f"the view at /{address} has no gate",
            hint='Decorate it with @allow("part.verb") or @public from ketachart.web.gates.',
            id="web.E001",
        )
        for address in undecorated_views()
    ]
