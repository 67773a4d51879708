from django.apps import AppConfig


class AutomationConfig(AppConfig):
    name = "vernost.automation"
