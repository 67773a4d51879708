from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "vernost.sales"
