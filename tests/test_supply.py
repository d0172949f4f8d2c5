"""What the project is made of is named by what it is, not by where it lies."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.image import named_base

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("runtime.txt", "dev.txt")


def test_a_release_names_its_base_image_by_digest() -> None:
    assert re.fullmatch(r"python:3\.\d+-slim@sha256:[0-9a-f]{64}", named_base())
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert f"\nARG BASE={named_base().partition('@')[0]}\n" in dockerfile
    release = (ROOT / ".github/workflows/release.yml").read_text("utf-8")
    assert "BASE=${{ steps.time.outputs.base }}" in release
    images = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    assert images
    assert set(images) == {"${BASE}"}
    assert re.findall(r"pip3? install(?![^&]*--require-hashes)", dockerfile) == []
    assert not re.search(r"\b(?:curl|wget|ADD|apt-get|git clone)\b", dockerfile)


@pytest.mark.parametrize("name", LOCKS)
def test_every_dependency_is_locked_by_hash(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if not re.match(r"\s*(#|$)", line)]
    assert len(lines) > 10
    for line in lines:
        assert re.match(r"[A-Za-z0-9_.-]+==\S+", line), line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), line
        assert "://" not in line


@pytest.mark.skipif(os.name != "posix", reason="runs a step of a workflow in its shell")
@pytest.mark.parametrize("is_newest", [True, False])
def test_a_newer_base_image_is_told(tmp_path: Path, is_newest: bool) -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/audit.yml").read_text("utf-8"))["jobs"]
    [script] = [step["run"] for step in jobs["base"]["steps"] if "run" in step]
    tag, _, digest = named_base().partition("@")
    told = digest if is_newest else f"sha256:{'0' * 64}"
    docker = tmp_path / "docker"
    # As older releases of docker/buildx, util/imagetools/printers.go: such a format is passed over.
    answer = f'case "$*" in *" {{{{.Manifest"*) echo Name: a table ;; *) echo {told} ;; esac'
    docker.write_text(f'#!/bin/sh\necho "$*" >&2\n{answer}\n', "utf-8")
    docker.chmod(0o755)
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=ROOT,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.startswith(f"buildx imagetools inspect {tag} --format ")
    assert done.returncode == (0 if is_newest else 1)
    assert done.stdout == (
        ""
        if is_newest
        else f"::error file=requirements/base-image.txt::There is a newer base image:"
        f" {tag}@{told}\n"
    )
