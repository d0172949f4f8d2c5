"""The identity rules: which payloads the host takes, and which rule refuses the others."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cc_lb_selfcheck.protocol.identity import IdentityRefused, read_identity
from tests.support.modules import IDENTITY_MAGIC, identity_payload

FIELDS: dict[str, object] = {
    "magic": list(IDENTITY_MAGIC),
    "abi_envelope": 1,
    "plugin_name": "p",
    "plugin_version": "1",
}


def payload(**changes: object) -> bytes:
    return json.dumps(FIELDS | changes).encode()


@pytest.mark.parametrize(
    "good",
    [
        identity_payload("plugin_1-a", "0.1.0"),
        payload(abi_envelope=2**32 - 1),
        payload(plugin_name="a" * 64),
        payload(plugin_version="é" * 16),
        b" \n" + payload() + b"\t",
        json.dumps(list(FIELDS.values())).encode(),
    ],
)
def test_what_the_host_takes(good: bytes) -> None:
    identity = read_identity([good])
    assert identity.name
    assert identity.version


@pytest.mark.parametrize(
    ("payloads", "variant", "rule"),
    [
        ([], "MissingCustomSection", "section-missing"),
        ([payload(), b""], "DuplicateCustomSection", "section-twice"),
        ([b"{", payload()], "MalformedPayload", "no-json"),
        ([b" " * 65537], "SectionTooLarge", "section-too-large"),
        ([b" " * 65536], "MalformedPayload", "no-json"),
        ([b"\xff"], "MalformedPayload", "no-json"),
        ([payload() + b"\0"], "MalformedPayload", "no-json"),
        ([b"\xef\xbb\xbf" + payload()], "MalformedPayload", "no-json"),
        (
            [payload(plugin_version="x").replace(b'"x"', b'"\\ud800"')],
            "MalformedPayload",
            "no-json",
        ),
        ([payload(abi_envelope=float("nan"))], "MalformedPayload", "no-json"),
        ([b"[" * 65000], "MalformedPayload", "no-json"),
        ([b"1"], "MalformedPayload", "no-object"),
        ([b"[1,2,3]"], "MalformedPayload", "no-object"),
        ([payload(extra=True)], "MalformedPayload", "field-unknown"),
        ([payload().replace(b"abi_envelope", b"plugin_name")], "MalformedPayload", "field-twice"),
        ([b"{}"], "MalformedPayload", "field-missing"),
        ([payload(magic=[204, 27])], "MalformedPayload", "field-type"),
        ([payload(magic="zBtwEAABAAA=")], "MalformedPayload", "field-type"),
        ([payload(magic={})], "MalformedPayload", "field-type"),
        ([payload(magic=[256, *IDENTITY_MAGIC[1:]])], "MalformedPayload", "field-type"),
        ([payload(abi_envelope=1.0)], "MalformedPayload", "field-type"),
        ([payload(abi_envelope=True)], "MalformedPayload", "field-type"),
        ([payload(abi_envelope=2**32)], "MalformedPayload", "field-type"),
        ([payload(abi_envelope=7).replace(b": 7", b": -0")], "MalformedPayload", "field-type"),
        ([payload(plugin_name=None)], "MalformedPayload", "field-type"),
        ([payload(magic=[0] * 8)], "MagicMismatch", "magic"),
        ([payload(plugin_name="")], "Validation", "name-empty"),
        ([payload(plugin_name="Capital")], "Validation", "name-pattern"),
        ([payload(plugin_name="a" * 65)], "Validation", "name-pattern"),
        ([payload(plugin_name="a\n")], "Validation", "name-pattern"),
        ([payload(plugin_name="1a")], "Validation", "name-pattern"),
        ([payload(plugin_version="")], "Validation", "version-empty"),
        ([payload(plugin_version="é" * 17)], "Validation", "version-too-long"),
    ],
)
def test_what_the_host_refuses(payloads: list[bytes], variant: str, rule: str) -> None:
    with pytest.raises(IdentityRefused) as refused:
        read_identity(payloads)
    assert (refused.value.variant, refused.value.rule) == (variant, rule)


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.sampled_from([*FIELDS]), inner),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_any_payload_is_judged(data: bytes) -> None:
    try:
        identity = read_identity([data])
    except IdentityRefused as refused:
        assert refused.variant
    else:
        assert len(identity.name) <= 64
