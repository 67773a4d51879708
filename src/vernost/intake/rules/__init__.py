"""Decisions about files and rows, without a database."""
