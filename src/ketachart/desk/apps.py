from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "ketachart.desk"
    label = "desk"
