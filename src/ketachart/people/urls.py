from django.urls import path

from ketachart.people import views

app_name = "people"
urlpatterns = [
    path("people/", views.people, name="list"),
    path("people/new/", views.register, name="register"),
    path("people/<uuid:patient_id>/details/", views.details, name="details"),
    path("people/<uuid:patient_id>/details/amend/", views.amend, name="amend"),
    path("people/<uuid:patient_id>/support/new/", views.add_support_person, name="add_support_person"),
    path(
        "people/<uuid:patient_id>/support/<uuid:support_person_id>/end/",
        views.end_support_person,
        name="end_support_person",
    ),
    path("people/<uuid:patient_id>/sign-in/", views.give_sign_in, name="give_sign_in"),
    path("people/<uuid:patient_id>/access/", views.access, name="access"),
    path("staff/", views.staff, name="staff"),
    path("staff/new/", views.add_staff, name="add_staff"),
    path("staff/<uuid:user_id>/end/", views.end_staff, name="end_staff"),
    path("staff/<uuid:user_id>/credentials/new/", views.add_credential, name="add_credential"),
    path("rooms/new/", views.open_room, name="open_room"),
    path("rooms/<uuid:room_id>/close/", views.close_room, name="close_room"),
]
