"""The surface of scripts and administrators."""
