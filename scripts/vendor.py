#!/usr/bin/env python3
"""Copie dans le dépôt les fichiers des paquets npm que le navigateur charge.

    scripts/vendor.py             télécharge, vérifie les empreintes, écrit les fichiers
    scripts/vendor.py --maj       idem, mais recalcule les empreintes (après un changement de version)
    scripts/vendor.py --verifier  compare seulement les fichiers présents aux empreintes, sans réseau

Chaque `vendor.toml` décrit les paquets du dossier où il se trouve ; la licence de chaque paquet est copiée à côté
de ses fichiers. Node ne sert qu'ici : ni l'application, ni les tests, ni l'image Docker n'en ont besoin.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MANIFESTS = (ROOT / "static/vendor/vendor.toml", ROOT / "tests/e2e/vendor/vendor.toml")
# A source map that is not shipped makes hashed static files fail, and browsers ask for it in vain.
SOURCE_MAP = re.compile(rb"\n?(?:/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)\n?")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def target(manifest: Path, package: dict[str, Any], member: str) -> Path:
    return manifest.parent / package["nom"] / Path(member).name


def clean(member: str, data: bytes) -> bytes:
    return SOURCE_MAP.sub(b"\n", data) if member.endswith((".css", ".js")) else data


def download(package: dict[str, Any], folder: str) -> tuple[Path, str]:
    command = ["npm", "pack", f"{package['nom']}@{package['version']}", "--json", "--ignore-scripts"]
    command += ["--pack-destination", folder]
    out = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout
    answer = json.loads(out)
    fact = next(iter(answer.values())) if isinstance(answer, dict) else answer[0]
    return Path(folder) / fact["filename"], fact["integrity"]


def extract(archive: Path, members: list[str]) -> dict[str, bytes]:
    found = {}
    with tarfile.open(archive) as tar:
        for member in members:
            stream = tar.extractfile(f"package/{member}")
            if stream is None:
                raise SystemExit(f"{archive.name} : {member} n'est pas un fichier")
            found[member] = clean(member, stream.read())
    return found


def refresh(manifest: Path, package: dict[str, Any], *, update: bool) -> list[str]:
    """Write the package's files; return the disagreements with the recorded hashes."""
    with tempfile.TemporaryDirectory() as folder:
        archive, integrity = download(package, folder)
        contents = extract(archive, list(package["fichiers"]))
    if update:
        package["integrite"] = integrity
        package["fichiers"] = {member: sha256(data) for member, data in contents.items()}
    problems = [] if package["integrite"] == integrity else [f"{package['nom']} : l'archive a changé ({integrity})"]
    problems += [
        f"{package['nom']} : {member} ne correspond pas à son empreinte"
        for member, data in contents.items()
        if package["fichiers"][member] != sha256(data)
    ]
    if not problems:
        for member, data in contents.items():
            path = target(manifest, package, member)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return problems


def verify(manifest: Path, package: dict[str, Any]) -> list[str]:
    problems = []
    for member, expected in package["fichiers"].items():
        path = target(manifest, package, member)
        if not path.is_file():
            problems.append(f"{path.relative_to(ROOT)} : absent")
        elif sha256(path.read_bytes()) != expected:
            problems.append(f"{path.relative_to(ROOT)} : modifié à la main")
    return problems


def dump(manifest: Path, packages: list[dict[str, Any]]) -> None:
    """Rewrite the manifest, keeping the comments at its head."""
    head = [line for line in manifest.read_text().splitlines() if line.startswith("#")]
    blocks = ["\n".join(head)]
    for package in packages:
        lines = ["[[paquet]]", *(f'{key} = "{package[key]}"' for key in ("nom", "version", "licence", "integrite"))]
        lines += ["[paquet.fichiers]", *(f'"{member}" = "{digest}"' for member, digest in package["fichiers"].items())]
        blocks.append("\n".join(lines))
    manifest.write_text("\n\n".join(blocks) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description="Copie dans le dépôt les fichiers des paquets npm.")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--maj", action="store_true", help="recalcule les empreintes")
    choice.add_argument("--verifier", action="store_true", help="compare sans réseau")
    options = parser.parse_args()
    problems = []
    for manifest in MANIFESTS:
        packages = tomllib.loads(manifest.read_text())["paquet"]
        for package in packages:
            if options.verifier:
                problems += verify(manifest, package)
            else:
                problems += refresh(manifest, package, update=options.maj)
                print(f"{package['nom']} {package['version']} : {len(package['fichiers'])} fichiers")
        if options.maj and not problems:
            dump(manifest, packages)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
