"""Decisions of the contact centre that need no database: order, outcomes, presence, scripts."""
