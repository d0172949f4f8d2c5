"""The numbers and names of the cc-lb 0.1.0 contract.

Source: cc-lb-plugin-wire 0.1.1 ``src/limits.rs`` and ``src/wire_function.rs``,
cc-lb-runtime-protocol 0.1.0 ``src/self_check.rs``.
"""

from typing import Final

CRATE: Final = "cc-lb-runtime-protocol"
CRATE_VERSION: Final = "0.1.0"

SELF_CHECK_EXPORT: Final = "cc_lb_self_check"
SELF_CHECK_WALL_MS: Final = 200
"""Wall-clock limit of the call, in milliseconds. Compilation and linking are not counted."""
SELF_CHECK_FUEL: Final = 10_000_000
"""Fuel limit of the call, in the engine's units (about one a WebAssembly instruction)."""
SELF_CHECK_OUTPUT_MAX_BYTES: Final = 8192
IMPLEMENTED_FUNCTIONS_MAX: Final = 16
"""The most wire functions in a request, and the most failures in a response."""

WIRE_FUNCTIONS: Final = (
    "shape",
    "normalize_error",
    "build_signer",
    "sign",
    "on_unauthorized",
    "observe",
    "filter",
)
"""Every wire function of the contract, in the order in which the host names them."""

IDENTITY_SECTION: Final = "cc_lb.plugin.v1"
"""The custom section that holds a plugin's identity."""
