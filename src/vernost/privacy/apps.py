from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "vernost.privacy"
    default_auto_field = "django.db.models.BigAutoField"
