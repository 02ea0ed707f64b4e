from django.urls import path

from ketachart.course import advice_views, views

app_name = "course"
urlpatterns = [
    path("people/<uuid:patient_id>/plan/", views.patient_courses, name="patient"),
    path("people/<uuid:patient_id>/plan/course/", views.open_course, name="open"),
    path("courses/<uuid:course_id>/routes/", advice_views.route_advice, name="route_advice"),
    path("courses/<uuid:course_id>/plan/", views.write_plan, name="write_plan"),
    path("courses/<uuid:course_id>/plan/computed/", views.computed_plan, name="computed"),
    path("courses/<uuid:course_id>/baseline/", views.pin_baseline, name="pin_baseline"),
    path("courses/<uuid:course_id>/decision/", views.decide, name="decide"),
    path("courses/<uuid:course_id>/sessions/<uuid:session_id>/decision/", views.decide, name="decide_after"),
    path("plans/<uuid:plan_id>/", views.plan, name="plan"),
    path("plans/<uuid:plan_id>/countersign/", views.countersign, name="countersign"),
    path("plans/<uuid:plan_id>/withdraw/", views.withdraw, name="withdraw"),
]
