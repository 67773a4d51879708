"""Reads of the analytics pages: figures of the whole base, and the people behind each of them.

Modules that build expressions are imported where they are used: a process must not wait for Ibis to wake.
"""
