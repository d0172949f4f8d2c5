"""The user that workers run as, where root starts them."""

from __future__ import annotations

from typing import Final

WORKER_UID: Final = 61_184
"""The first of the numbers that systemd keeps for users who exist only while a service runs."""
