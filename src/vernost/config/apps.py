from django.apps import AppConfig

from vernost.config import registries, subscriptions


class ConfigConfig(AppConfig):
    name = "vernost.config"

    def ready(self) -> None:
        registries.load_fact_tables()
        registries.load_references()
        registries.load_field_targets()
        registries.load_rights()
        registries.load_undos()
        registries.load_timeline_kinds()
        subscriptions.subscribe_all()
