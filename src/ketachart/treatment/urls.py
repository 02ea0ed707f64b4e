from django.urls import path

from ketachart.treatment import alarm_views, api, paper_views, views
from ketachart.treatment.rems import views as rems_views

app_name = "treatment"
urlpatterns = [
    path("rooms/", views.board, name="board"),
    path("rooms/alarms/", alarm_views.burden, name="alarm_burden"),
    path("mine/call/", alarm_views.call, name="call"),
    path("mine/call.json", alarm_views.call_status, name="call_status"),
    path("rooms/board.json", api.board, name="board_data"),
    path("people/<uuid:patient_id>/sessions/", views.sessions, name="sessions"),
    path("people/<uuid:patient_id>/sessions/open/", views.open_session, name="open"),
    path("treatment/sessions/<uuid:session_id>/", views.room, name="room"),
    path("treatment/sessions/<uuid:session_id>/bootstrap.json", api.bootstrap, name="bootstrap"),
    path("treatment/sessions/<uuid:session_id>/prediction.json", api.prediction, name="prediction"),
    path("treatment/sessions/<uuid:session_id>/gates.json", api.gates, name="gates"),
    path("treatment/sessions/<uuid:session_id>/override.json", api.override, name="override_data"),
    path("treatment/sessions/<uuid:session_id>/gate/", views.gate_page, name="gate_page"),
    path("treatment/sessions/<uuid:session_id>/prepare/", views.prepare, name="prepare"),
    path("treatment/sessions/<uuid:session_id>/consent/", views.bind_consent, name="bind_consent"),
    path("treatment/sessions/<uuid:session_id>/prepare/<slug:step>/", views.prepare_step, name="prepare_step"),
    path("treatment/sessions/<uuid:session_id>/discharge/", views.discharge, name="discharge"),
    path("treatment/sessions/<uuid:session_id>/discharge/<slug:step>/", views.discharge_step, name="discharge_step"),
    path("treatment/sessions/<uuid:session_id>/override/<slug:gate>/", views.override, name="override"),
    path("treatment/sessions/<uuid:session_id>/record/", views.record, name="record"),
    path("treatment/sessions/<uuid:session_id>/record.pdf", paper_views.record_as_pdf, name="record_pdf"),
    path("treatment/rems/", rems_views.queue, name="rems"),
    path("treatment/sessions/<uuid:session_id>/rems/", rems_views.form, name="rems_form"),
    path("treatment/sessions/<uuid:session_id>/rems.pdf", rems_views.form_as_pdf, name="rems_pdf"),
    path("treatment/sessions/<uuid:session_id>/aftercare/", views.aftercare, name="aftercare"),
]
