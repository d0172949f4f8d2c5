"""The engine's compilation cache, as a worker uses it.

The engine reads its configuration file, and opens the directory beside it, at each compilation, and
takes what goes wrong with them for a fault of the artifact (extism 1.41.0 ``src/plugin.rs``). So
where a plugin does not compile and they are not as they were, the worker asks again without them.
"""

from __future__ import annotations

import os
from typing import Final

_USABLE: Final = os.R_OK | os.W_OK | os.X_OK


class CacheInUse:
    """A cache by its configuration file, of whose name ``engine.toml`` the directory has the stem;
    without a file there is none.
    """

    def __init__(self, config: str) -> None:
        self._config = config
        self._told = self._read()

    def use(self) -> None:
        """Let the engine use it."""
        os.environ["EXTISM_CACHE_CONFIG"] = self._config

    def give_up(self) -> None:
        """Let the engine go without."""
        self._config = ""
        self.use()

    def is_sound(self) -> bool:
        """Tell whether it is as it was, and can be used; also where there is none."""
        if not self._config:
            return True
        directory = self._config.removesuffix(".toml")
        is_told = self._told != b"" and self._read() == self._told
        return is_told and os.access(directory, _USABLE)

    def _read(self) -> bytes:
        try:
            with open(self._config, "rb") as file:  # noqa: PTH123 - before pathlib is loaded
                return file.read()
        except OSError:
            return b""
