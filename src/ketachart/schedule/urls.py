from datetime import date

from django.urls import path, register_converter

from ketachart.schedule import views


class DayConverter:
    """2026-11-22 in an address."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

app_name = "schedule"
urlpatterns = [
    path("schedule/", views.today, name="today"),
    path("schedule/<day:day>/", views.day, name="day"),
    path("schedule/<day:day>/week/", views.week, name="week"),
    path("people/<uuid:patient_id>/appointments/", views.patient, name="patient"),
    path("people/<uuid:patient_id>/appointments/book/", views.book, name="book"),
    path("people/<uuid:patient_id>/appointments/series/", views.book_series, name="book_series"),
    path("appointments/<uuid:appointment_id>/", views.appointment, name="appointment"),
    path("my/visits/", views.mine, name="mine"),
]
