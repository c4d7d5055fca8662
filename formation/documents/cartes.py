"""The seats' cards: A4, eight a page, readable in black and white. Same session, same bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from formation.documents.pdf import en_pdf
from formation.services import packs, sessions
from sandbox.cohorts.models import Cohort, Participant
from sandbox.web import qr

PAR_PAGE = 8


@dataclass(frozen=True, slots=True)
class Carte:
    numero: str
    pin: str
    siret: str
    courriel: str
    qr: SafeString


def _groupe(siret: str) -> str:
    return " ".join(part for part in (siret[:3], siret[3:6], siret[6:9], siret[9:]) if part)


def produire(cohort: Cohort, postes: Sequence[Participant], *, adresse: str, liens: Mapping[int, str]) -> bytes:
    """PDF of the cards; ``adresse`` is typed by hand, ``liens`` are those of the QR codes, by seat."""
    try:
        pack = packs.lire(cohort.pack)
    except packs.PackInvalide:
        pack = None
    cartes = [
        Carte(
            numero=poste.libelle,
            pin=poste.pin,
            siret=_groupe(sessions.siret_du_poste(pack, poste.numero)) if pack else "",
            courriel=sessions.courriel_du_poste(poste.numero),
            qr=qr.svg(liens[poste.numero], f"QR code du poste {poste.libelle}"),
        )
        for poste in postes
    ]
    planches = [cartes[debut : debut + PAR_PAGE] for debut in range(0, len(cartes), PAR_PAGE)]
    return en_pdf(
        render_to_string(
            "formation/documents/cartes.html",
            {"session": cohort, "planches": planches, "adresse": adresse.split("://", 1)[-1].rstrip("/")},
        )
    )
