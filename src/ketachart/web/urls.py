"""Addresses of the shell. config/urls.py: path("", include("ketachart.web.urls"))."""

from __future__ import annotations

from django.urls import include, path

from ketachart.web import account, gallery, sign_in, views

shell = (
    [
        path("manifest.webmanifest", views.manifest, name="manifest"),
        path("sw.js", views.service_worker, name="service_worker"),
        path("design/", gallery.gallery, name="design"),
        path("account/", account.account, name="account"),
    ],
    "web",
)

urlpatterns = [
    path("", views.home, name="home"),
    path("", include(shell)),
    *sign_in.urlpatterns,
]
