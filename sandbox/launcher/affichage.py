"""What the terminal shows once everything runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

RULE = "─" * 72


def _row(label: str, value: str) -> str:
    return f"  {label:<22}{value}"


def banner(*, port: int, lan: str | None, demo: dict[str, Any], data: Path, logs: Path, sftp: int | None = None) -> str:
    here = f"http://127.0.0.1:{port}"
    class_room = f"http://{lan}:{port}" if lan else here
    lines = ["", RULE, "  Bac à sable : environnement de formation, données fictives, site non officiel", RULE]
    lines.append(_row("Sur ce poste", f"{here}/"))
    if lan:
        lines.append(_row("Sur le réseau local", f"{class_room}/"))
    lines += ["", _row("Formateur", f"{here}/formateur/")]
    if demo:
        lines.append(_row("  identifiant", str(demo.get("formateur", ""))))
        lines.append(_row("  mot de passe", str(demo.get("mot_de_passe") or "celui que vous avez choisi")))
        lines += ["", _row("Stagiaires", f"{class_room}/rejoindre/{demo.get('code', '')}/")]
        lines.append(_row("  code de la session", str(demo.get("code", ""))))
    else:
        lines.append(_row("  créer un formateur", "bac-a-sable manage createtrainer ADRESSE"))
    if sftp is not None:
        lines += ["", _row("Partenaires EDI", f"sftp -P {sftp} IDENTIFIANT@{lan or '127.0.0.1'}")]
    lines += ["", _row("Données", str(data)), _row("Journaux", str(logs)), _row("Arrêter", "Ctrl-C"), RULE, ""]
    return "\n".join(lines)
