"""Writes of the system itself. Empty on purpose: nights load the analytic engines, webhooks and imports do not."""
