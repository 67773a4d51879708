"""The one failure of this package."""


class EmbeddedServerError(Exception):
    """The server cannot be made, started or stopped; the message tells a person what to do."""
