from django.urls import path

from ketachart.desk import views

app_name = "desk"
urlpatterns = [
    path("today/", views.today, name="today"),
    path("people/<uuid:patient_id>/", views.patient, name="patient"),
    path("mine/", views.mine, name="mine"),
]
