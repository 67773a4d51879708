"""Decisions about customers: what two cards of one customer become."""
