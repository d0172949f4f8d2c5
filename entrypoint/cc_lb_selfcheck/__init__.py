"""The cc-lb host's self-check, run on plugin artifacts and explained to their authors.

This module stays light: the engine's worker processes import it, and they must start fast.
"""

__version__ = "0.1.0"
HOMEPAGE = "https://github.com/org/cc-lb-selfcheck"
