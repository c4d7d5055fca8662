"""What is seen in an attachment without opening it: kept, flagged, never run (factures.md §2.8)."""

from __future__ import annotations

import io
import re
import zipfile

from invoices.formats.pdf import EXTENSIONS_EXECUTABLES, examine

LONGUEUR = 200
_PROGRAMMES = (
    (b"MZ", "un programme Windows"),
    (b"\x7fELF", "un programme Linux"),
    (b"\xcf\xfa\xed\xfe", "un programme macOS"),
    (b"\xca\xfe\xba\xbe", "un programme Java ou macOS"),
    (b"#!", "un script"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MACRO_OLE = "VBA".encode("utf-16-le")
_SCRIPT = re.compile(rb"<script|javascript:|\son\w{3,20}\s*=", re.IGNORECASE)
_ATTENDUS = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF8",),
    "zip": (b"PK",),
    "docx": (b"PK",),
    "xlsx": (b"PK",),
    "odt": (b"PK",),
    "ods": (b"PK",),
}
EICAR = b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
"""The end of the test string, in two pieces so that no scanner takes this module for the test file."""


def signaler(nom: str, contenu: bytes) -> str:
    """What deserves a look before this file is opened, in French, at most 200 characters; empty when nothing does."""
    trouves = list(dict.fromkeys(_reperes(nom, contenu)))
    return " ; ".join(trouves)[:LONGUEUR]


def _reperes(nom: str, contenu: bytes) -> list[str]:
    extension = nom.rpartition(".")[2].lower() if "." in nom else ""
    trouves = ["Signature du fichier d'essai antivirus"] if EICAR in contenu else []
    trouves += [f"Contient {quoi}" for magie, quoi in _PROGRAMMES if contenu.startswith(magie)]
    if extension in EXTENSIONS_EXECUTABLES:
        trouves.append(f"Fichier exécutable (.{extension})")
    if b"%PDF-" in contenu[:1024]:
        trouves += _pdf(contenu)
    elif contenu.startswith(b"PK"):
        trouves += _zip(contenu)
    elif contenu.startswith(_OLE):
        trouves += ["Macros dans le document"] if _MACRO_OLE in contenu else []
    elif extension in ("svg", "htm", "html", "xhtml", "xml") and _SCRIPT.search(contenu):
        trouves.append("Script dans la page")
    if extension == "xml" and b"<!DOCTYPE" in contenu[:65_536]:
        trouves.append("Déclaration DOCTYPE dans le XML")
    attendus = _ATTENDUS.get(extension)
    if attendus and contenu and not any(magie in contenu[:1024] for magie in attendus):
        trouves.append(f"Le contenu n'est pas celui d'un fichier .{extension}")
    return trouves


def _pdf(contenu: bytes) -> list[str]:
    examen = examine(contenu)
    if examen.chiffre:
        return ["PDF protégé par un mot de passe"]
    if not examen.lisible:
        return ["PDF abîmé"]
    trouves = ["JavaScript dans le PDF"] if examen.javascript else []
    trouves += ["Le PDF demande à lancer un programme"] if examen.lancement else []
    if examen.pieces_executables:
        trouves.append("Programme joint au PDF : " + ", ".join(n[:40] for n in examen.pieces_executables[:3]))
    return trouves


def _zip(contenu: bytes) -> list[str]:
    """Names alone: nothing is inflated."""
    try:
        with zipfile.ZipFile(io.BytesIO(contenu)) as archive:
            infos = archive.infolist()[:2000]
    except Exception:  # whatever a damaged archive makes the library say
        return ["Archive abîmée"]
    noms = [info.filename for info in infos]
    trouves = ["Macros dans le document"] if any(n.endswith("vbaProject.bin") for n in noms) else []
    programmes = [n for n in noms if n.rpartition(".")[2].lower() in EXTENSIONS_EXECUTABLES]
    if programmes:
        trouves.append("Programme dans l'archive : " + ", ".join(n.rpartition("/")[2][:40] for n in programmes[:3]))
    if any(info.flag_bits & 1 for info in infos):
        trouves.append("Archive protégée par un mot de passe")
    return trouves
