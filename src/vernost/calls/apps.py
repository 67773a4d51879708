from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "vernost.calls"
