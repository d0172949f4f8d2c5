"""Runs one plugin as the cc-lb host runs it, in a worker process of its own.

This module stays light: worker processes import it.
"""
