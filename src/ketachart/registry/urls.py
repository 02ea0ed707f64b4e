from django.urls import path

from ketachart.registry import views

app_name = "registry"
urlpatterns = [
    path("people/<uuid:patient_id>/outcome/", views.outcome, name="outcome"),
    path("my/progress/", views.mine, name="mine"),
]
