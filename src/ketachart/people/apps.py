from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "ketachart.people"
    label = "people"
