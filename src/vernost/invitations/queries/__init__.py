"""Reads of invitations, ready to show."""
