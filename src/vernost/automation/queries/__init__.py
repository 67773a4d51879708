"""Reads about the work of the system itself."""
