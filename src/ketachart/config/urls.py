"""Every part's pages."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("ketachart.web.urls")),
    path("", include("ketachart.policy.urls")),
    path("", include("ketachart.people.urls")),
    path("", include("ketachart.treatment.urls")),
    path("", include("ketachart.desk.urls")),
    path("", include("ketachart.scales.urls")),
    path("", include("ketachart.intake.urls")),
    path("", include("ketachart.formulary.urls")),
    path("", include("ketachart.course.urls")),
    path("", include("ketachart.schedule.urls")),
    path("", include("ketachart.education.urls")),
    path("", include("ketachart.aftercare.urls")),
    path("", include("ketachart.registry.urls")),
    path("", include("ketachart.devices.urls")),
]

handler400 = "ketachart.web.errors.bad_request"
handler403 = "ketachart.web.errors.permission_denied"
handler404 = "ketachart.web.errors.page_not_found"
handler500 = "ketachart.web.errors.server_error"
