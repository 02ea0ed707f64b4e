"""Addresses of education."""

from django.urls import path

from ketachart.education import views

app_name = "education"

urlpatterns = [
    path("learn/", views.topics, name="topics"),
    path("learn/<slug:text_id>/", views.topic, name="topic"),
    path("mine/learn/", views.mine, name="mine"),
    path("mine/learn/<slug:text_id>/", views.my_text, name="my_text"),
    path("mine/learn/<slug:text_id>/read/", views.mark_read, name="mark_read"),
    path("people/<uuid:patient_id>/texts/", views.texts, name="texts"),
    path("people/<uuid:patient_id>/texts/<slug:text_id>/", views.text, name="text"),
    path("people/<uuid:patient_id>/texts/<slug:text_id>/<slug:version>/", views.past_version, name="past_version"),
]
