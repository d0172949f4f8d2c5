"""Starts the command, and a first worker before the command's heavy imports."""

from __future__ import annotations

import sys


def main() -> None:
    """Run ``cc-lb-selfcheck``."""
    from cc_lb_selfcheck.host.process import WorkerProcess

    wants_check = "check" in sys.argv[1:2] and not {"--help", "-h"} & set(sys.argv)
    first_worker = WorkerProcess() if wants_check else None
    try:
        from cc_lb_selfcheck.cli import run

        run(first_worker)
    finally:
        if first_worker is not None:
            first_worker.close()


if __name__ == "__main__":
    main()
