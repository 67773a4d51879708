from django.apps import AppConfig

from vernost.config import registries, subscriptions


class ConfigConfig(AppConfig):
    name = "vernost.config"

    def ready(self) -> None:
        registries.load_fact_tables()
        registries.load_references()
<<<<<<< HEAD
        registries.load_rights()
        registries.load_undos()
=======
        registries.load_timeline_kinds()
>>>>>>> 4db4a06 (Give the customer one whole card, with a timeline of everything and households)
        subscriptions.subscribe_all()
