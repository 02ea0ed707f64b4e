from django.urls import path

from ketachart.policy import views

app_name = "policy"
urlpatterns = [
    path("knowledge/", views.library, name="library"),
    path("knowledge/compare/", views.compare, name="compare"),
    path("knowledge/read/<path:key>/", views.passage, name="passage"),
    path("policy/", views.values, name="values"),
    path("policy/<str:setting_id>/", views.setting, name="setting"),
    path("policy/<str:setting_id>/set/", views.set_value, name="set_value"),
    path("policy/<str:setting_id>/withdraw/", views.withdraw_value, name="withdraw_value"),
]
