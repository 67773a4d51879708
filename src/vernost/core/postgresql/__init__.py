"""Django's PostgreSQL, with the wall of `core.wall` before every statement."""
