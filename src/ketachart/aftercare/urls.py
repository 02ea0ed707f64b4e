from django.urls import path

from ketachart.aftercare import views

app_name = "aftercare"
urlpatterns = [
    path("check-ins/", views.work_list, name="work_list"),
    path("check-ins/<uuid:check_in_id>/", views.check_in, name="check_in"),
    path("check-ins/<uuid:check_in_id>/call/", views.call, name="call"),
    path("check-ins/<uuid:check_in_id>/not-reached/", views.note_call, name="note_call"),
    path("check-ins/<uuid:check_in_id>/review/", views.review, name="review"),
    path("people/<uuid:patient_id>/check-ins/", views.patient, name="patient"),
    path("my/check-in/", views.mine, name="mine"),
]
