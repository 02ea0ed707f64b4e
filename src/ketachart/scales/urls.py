"""Addresses of the scales."""

from django.urls import path

from ketachart.scales import attention_views, delivery_views, library_views, patient_views, views

app_name = "scales"

urlpatterns = [
    path("my/questionnaires/", patient_views.mine, name="mine"),
    path("my/questionnaires/<uuid:assignment_id>/", patient_views.start, name="start"),
    path("my/questionnaires/<uuid:assignment_id>/question/<slug:item_id>/", patient_views.question, name="question"),
    path("my/questionnaires/<uuid:assignment_id>/help/<slug:item_id>/", patient_views.help_now, name="help_now"),
    path("my/questionnaires/<uuid:assignment_id>/kept/", patient_views.kept, name="kept"),
    path("my/questionnaires/<uuid:assignment_id>/review/", patient_views.review, name="review"),
    path("my/questionnaires/<uuid:assignment_id>/done/", patient_views.done, name="done"),
    path("people/<uuid:patient_id>/scales/", views.patient, name="patient"),
    path("people/<uuid:patient_id>/scales/assign/", views.assign, name="assign"),
    path("people/<uuid:patient_id>/scales/enter/<slug:instrument_id>/", views.enter, name="enter"),
    path("people/<uuid:patient_id>/scales/missing/", delivery_views.missing_of_person, name="missing_person"),
    path("scales/missing/", delivery_views.missing_of_clinic, name="missing"),
    path("scales/reminders/", delivery_views.reminders, name="reminders"),
    path("people/<uuid:patient_id>/reminded/", delivery_views.reminded, name="reminded"),
    path("attention/<uuid:attention_id>/give/", delivery_views.give, name="give"),
    path("scales/assignments/<uuid:assignment_id>/cancel/", views.cancel, name="cancel"),
    path("scales/responses/<uuid:response_id>/", views.response, name="response"),
    path("scales/library/", library_views.show, name="library"),
    path("scales/library/text/", library_views.load, name="load_text"),
    path("scales/library/text/<slug:instrument_id>/withdraw/", library_views.withdraw, name="withdraw_text"),
    path("scales/library/pack/<slug:pack>/", library_views.switch, name="switch_pack"),
    path("attention/", attention_views.inbox, name="attention"),
    path("attention/<uuid:attention_id>/", attention_views.item, name="attention_item"),
    path("attention/<uuid:attention_id>/take/", attention_views.take, name="take"),
    path("attention/help-numbers/", attention_views.help_numbers, name="help_numbers"),
]
