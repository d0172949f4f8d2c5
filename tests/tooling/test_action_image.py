"""action.yml may name two images, and whatever it names, the generator keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools import action_image, generate
from tools.refusal import Refusal

ROOT = Path(__file__).resolve().parents[2]
DIGEST = "sha256:" + "0123456789abcdef" * 4
PUBLISHED = f"docker://ghcr.io/org/cc-lb-selfcheck@{DIGEST}"
GENERATED = (ROOT / "action.yml").read_text("utf-8")


def naming(image: str) -> str:
    return GENERATED.replace(action_image.image_of(GENERATED), image)


@pytest.mark.parametrize("image", ["Dockerfile", PUBLISHED])
def test_both_forms_are_up_to_date(image: str) -> None:
    assert action_image.image_of(naming(image)) == image
    assert generate.action_yml(naming(image)) == naming(image)


@pytest.mark.parametrize(
    "image",
    [
        "docker://ghcr.io/org/cc-lb-selfcheck:v1",
        "docker://ghcr.io/org/cc-lb-selfcheck",
        f"docker://ghcr.io/another/cc-lb-selfcheck@{DIGEST}",
        f"docker://ghcr.io/org/cc-lb-selfcheck@{DIGEST[:-1]}",
        "Dockerfile2",
        "",
    ],
)
def test_no_other_image_is_kept(image: str) -> None:
    with pytest.raises(Refusal, match="it has to be"):
        generate.action_yml(naming(image))


def test_two_images_are_none() -> None:
    with pytest.raises(Refusal, match="names the image Dockerfile, Dockerfile;"):
        action_image.image_of("  image: Dockerfile\n  image: Dockerfile\n")
