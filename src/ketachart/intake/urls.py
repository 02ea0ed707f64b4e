"""Addresses of intake."""

from django.urls import path

from ketachart.intake import consent_views, history_views, inquiry_views, public_views, screening_views

app_name = "intake"

urlpatterns = [
    path("inquire/", public_views.inquire, name="inquire"),
    path("inquire/thanks/", public_views.thanks, name="thanks"),
    path("inquire/<slug:clinic_slug>/", public_views.inquire, name="inquire_at"),
    path("inquiries/", inquiry_views.inbox, name="inbox"),
    path("inquiries/handled/", inquiry_views.handled, name="handled"),
    path("inquiries/waiting/<slug:code>/", inquiry_views.waiting, name="waiting"),
    path("inquiries/waiting/entry/<uuid:entry_id>/", inquiry_views.change_waiting, name="change_waiting"),
    path("inquiries/<uuid:inquiry_id>/", inquiry_views.inquiry, name="inquiry"),
    path("inquiries/<uuid:inquiry_id>/register/", inquiry_views.register, name="register"),
    path("inquiries/<uuid:inquiry_id>/contacted/", inquiry_views.contacted, name="contacted"),
    path("inquiries/<uuid:inquiry_id>/decline/", inquiry_views.decline, name="decline"),
    path("inquiries/<uuid:inquiry_id>/same/<uuid:other_id>/", inquiry_views.same_inquiry, name="same_inquiry"),
    path("inquiries/<uuid:inquiry_id>/patient/<uuid:patient_id>/", inquiry_views.same_patient, name="same_patient"),
    path("services/", inquiry_views.services, name="services"),
    path("people/<uuid:patient_id>/history/", history_views.history, name="history"),
    path("people/<uuid:patient_id>/history/<slug:section>/", history_views.record, name="record"),
    path("people/<uuid:patient_id>/history/<slug:section>/versions/", history_views.versions, name="versions"),
    path("people/<uuid:patient_id>/screening/", screening_views.screening, name="screening"),
    path("people/<uuid:patient_id>/screening/tests/", screening_views.tests, name="tests"),
    path("people/<uuid:patient_id>/screening/trials/", screening_views.trials, name="trials"),
    path("people/<uuid:patient_id>/screening/override/", screening_views.override, name="override"),
    path("screening/overrides/<uuid:override_id>/sign/", screening_views.sign_second, name="sign_second"),
    path("screening/decisions/<uuid:decision_id>/", screening_views.decision, name="decision"),
    path("people/<uuid:patient_id>/consent/", consent_views.consents, name="consents"),
    path(
        "people/<uuid:patient_id>/consent/<slug:product>/<slug:route>/<slug:indication>/",
        consent_views.sign_on_tablet,
        name="sign_on_tablet",
    ),
    path(
        "people/<uuid:patient_id>/consent/<slug:product>/<slug:route>/<slug:indication>/home/",
        consent_views.sign_on_tablet,
        {"place": "home"},
        name="sign_home_on_tablet",
    ),
    path("my/consent/", consent_views.my_consents, name="my_consents"),
    path(
        "my/consent/<slug:product>/<slug:route>/<slug:indication>/home/",
        consent_views.sign,
        {"place": "home"},
        name="sign_home",
    ),
    path("my/consent/<slug:product>/<slug:route>/<slug:indication>/", consent_views.sign, name="sign"),
    path("consent/<uuid:consent_id>/", consent_views.consent, name="consent"),
    path("consent/<uuid:consent_id>/withdraw/", consent_views.withdraw, name="withdraw"),
]
