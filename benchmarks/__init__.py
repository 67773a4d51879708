"""What `vernost bench` runs: each module has `run(*, customers, tell) -> dict`, and its baselines beside it."""
