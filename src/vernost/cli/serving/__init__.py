"""Serving the product: web, worker, and the process that keeps them alive."""
