"""Manifests as data: the files as they are written, and overlays as kubectl renders them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
K8S = ROOT / "k8s"
KUSTOMIZE_API = "kustomize.config.k8s.io/"
WORKLOADS = ("Deployment", "StatefulSet")

Manifest = Mapping[str, Any]


def documents(text: str) -> list[Manifest]:
    return [document for document in yaml.safe_load_all(text) if document]


def written(folder: Path = K8S) -> Iterator[tuple[Path, Manifest]]:
    """Every Kubernetes object in the files below a folder; no kustomization, patch or data."""
    for path in sorted(folder.rglob("*.yaml")):
        for document in documents(path.read_text()):
            kind = str(document.get("apiVersion", ""))
            if kind and not kind.startswith(KUSTOMIZE_API) and not _is_patch(path):
                yield path, document


def _is_patch(path: Path) -> bool:
    kustomization = path.with_name("kustomization.yaml")
    if not kustomization.exists():
        return False
    patches = yaml.safe_load(kustomization.read_text()).get("patches", [])
    return path.name in {patch.get("path") for patch in patches}


def rendered(overlay: str, scratch: Path) -> list[Manifest]:
    """An overlay by `kubectl kustomize`, with secrets made for the occasion."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed, so overlays cannot be rendered")
    copy = scratch / "k8s"
    if not copy.exists():
        shutil.copytree(K8S, copy, ignore=shutil.ignore_patterns("secrets"))
        subprocess.run([ROOT / "scripts/kind-secrets", copy / "overlays/kind"], check=True)
    done = subprocess.run(
        [kubectl, "kustomize", copy / overlay],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr.lower(), done.stderr
    return documents(done.stdout)


def workloads(manifests: Iterable[Manifest]) -> dict[str, Manifest]:
    return {m["metadata"]["name"]: m for m in manifests if m["kind"] in WORKLOADS}


def pod(workload: Manifest) -> Manifest:
    return workload["spec"]["template"]["spec"]


def container(workload: Manifest) -> Manifest:
    """Its only container."""
    (only,) = pod(workload)["containers"]
    return only


def of_kind(manifests: Iterable[Manifest], kind: str) -> list[Manifest]:
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def key_sources(workload: Manifest) -> list[Manifest]:
    """The Secrets that its keys come from: the active ones, then those being rotated out."""
    (keys,) = (volume for volume in pod(workload)["volumes"] if volume["name"] == "keys")
    return [source["secret"] for source in keys["projected"]["sources"]]
