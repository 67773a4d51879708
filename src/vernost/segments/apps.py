from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "vernost.segments"

    def ready(self) -> None:
        from vernost.segments import value_fits  # noqa: PLC0415 - needs Django's settings
        from vernost.segments.rules.value import kept  # noqa: PLC0415 - as above

        kept.read_by(value_fits.of)
