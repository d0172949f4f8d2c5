"""Workflows for a repository that has none yet."""
