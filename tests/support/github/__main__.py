"""The fake as a program: `python -m tests.support.github --port 8080 --state state.json`.

Prints its address on a line of its own and serves until SIGTERM or SIGINT; then it writes what it
remembers as JSON (`snapshot` tells the shape) to `--dump`, or prints it. `GET /__state` shows the
same at any time.
"""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from .fake import FakeGitHub


def main(arguments: list[str]) -> int:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.github", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--storage-host", default="localhost", help="the storage's name")
    parser.add_argument("--prefix", default="", help="/api/v3 plays Enterprise Server")
    parser.add_argument("--public-url", help="what clients call the API by, if not by this address")
    parser.add_argument("--state", type=Path, help="JSON to start from")
    parser.add_argument("--dump", type=Path, help="where to write the state at the end")
    options = parser.parse_args(arguments)

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    fake = FakeGitHub(
        prefix=options.prefix,
        host=options.host,
        storage_host=options.storage_host,
        port=options.port,
        public_url=options.public_url,
    )
    with fake:
        if options.state is not None:
            fake.load(json.loads(options.state.read_text("utf-8")))
        print(fake.url, flush=True)
        ended.wait()
        left = json.dumps(fake.dump(), indent=1)
    if options.dump is None:
        print(left)
    else:
        options.dump.write_text(left + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
