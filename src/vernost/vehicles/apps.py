from django.apps import AppConfig


class VehiclesConfig(AppConfig):
    name = "vernost.vehicles"
