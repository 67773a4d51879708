"""Vernost keeps the customers of car dealers and car services."""

__version__ = "0.1.0"
