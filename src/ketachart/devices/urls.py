from django.urls import path

from ketachart.devices import api, views

app_name = "devices"
urlpatterns = [
    path("devices/", views.devices, name="devices"),
    path("devices/register/", views.register, name="register"),
    path("devices/codes/", views.codes, name="codes"),
    path("devices/waiting/", views.waiting, name="waiting"),
    path("devices/waiting/<uuid:waiting_id>/", views.waiting_line, name="waiting_line"),
    path("devices/waiting/<uuid:waiting_id>/match/", views.match, name="match"),
    path("devices/waiting/<uuid:waiting_id>/dismiss/", views.dismiss, name="dismiss"),
    path("devices/waiting/<uuid:waiting_id>/take-in/", views.take_in, name="take_in"),
    path("devices/<uuid:device_id>/", views.device, name="device"),
    path("devices/<uuid:device_id>/place/", views.place, name="place"),
    path("devices/<uuid:device_id>/retire/", views.retire, name="retire"),
    path("devices/sessions/<uuid:session_id>/monitor.json", api.monitor, name="monitor"),
    path("devices/sessions/<uuid:session_id>/trace.json", api.trace, name="trace"),
    path("devices/sessions/<uuid:session_id>/telemetry.csv", api.export, name="export"),
    path("devices/sessions/<uuid:session_id>/confirm.json", api.confirm, name="confirm"),
    path("devices/sessions/<uuid:session_id>/artefact.json", api.artefact, name="artefact"),
]
