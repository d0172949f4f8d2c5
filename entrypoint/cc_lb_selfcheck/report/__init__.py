"""The report: one model, and renderings of it."""
