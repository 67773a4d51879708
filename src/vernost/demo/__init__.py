"""A believable dealer group with a known truth, for the demo, tests and benchmarks.

It shares no code and no constants with the product: what the product estimates is made here by another
model, described in docs/explanation/demo-dealership.md.
"""

from vernost.demo.dealership import EARLIEST, LATEST, generate

__all__ = ["EARLIEST", "LATEST", "generate"]
