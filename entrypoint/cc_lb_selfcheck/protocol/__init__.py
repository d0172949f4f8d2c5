"""The cc-lb 0.1.0 self-check contract: limits, request, response, errors, order of checks.

Pure: no I/O, no engine, no GitHub.
"""
