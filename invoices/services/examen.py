"""What one document of a flow says by itself: read, then held against schema, norm and profile.

Nothing here reads or writes the database: it is done before the transaction that creates the invoice, for it is nine
tenths of the time of an integration.
"""

from dataclasses import dataclass, field

from invoices.formats.avertissements import avertir
from invoices.formats.saxon import valider_en16931
from invoices.models.flux import Constat
from invoices.services import recevabilite
from invoices.services.constats import constat, de_chorus, de_en16931
from invoices.services.recevabilite import Irrecevable, Lu, panne
from invoices.syntaxes import SyntaxeFlux
from sandbox.documents import store

AVERTISSEMENTS_MAX = 40
SANS_LIGNES = frozenset({"MINIMUM", "BASIC WL"})
"""Profiles that fail the rules of the norm by design: they are not EN 16931 (flux-edi.md §8.3)."""


@dataclass(slots=True)
class Examen:
    """``lu`` is None when the document could not be read: ``refus`` says why."""

    lu: Lu | None
    refus: list[Constat] = field(default_factory=list)
    avertissements: list[Constat] = field(default_factory=list)


def examiner(empreinte: str, fichier: str, forme: SyntaxeFlux, *, strict: bool, lu: Lu | None = None) -> Examen:
    """Read a stored document, unless it was just read, and what refuses or warns whatever the world; never raises.

    ``strict``: deviations from schema, EN 16931 and profile refuse (api.md A-09).
    """
    try:
        lu = lu or recevabilite.reprendre(empreinte, fichier, forme, strict=strict)
    except Irrecevable as irrecevable:
        return Examen(None, irrecevable.constats)
    except (OSError, store.FichierAbsent) as erreur:
        return Examen(None, [constat("IRR_EXTRAC", "fichier", panne(erreur))])
    remarques, severes = _remarques(lu, forme)
    if strict:
        return Examen(lu, severes, remarques)
    return Examen(lu, [], [*remarques, *severes][:AVERTISSEMENTS_MAX])


def _remarques(lu: Lu, forme: SyntaxeFlux) -> tuple[list[Constat], list[Constat]]:
    """What never refuses, and what refuses in a strict session: schema, EN 16931, Factur-X profile (api.md A-09)."""
    mixte = not forme.structuree and not forme.en_pdf
    remarques = [de_chorus(c, ubl=forme.ubl) for c in avertir(lu.facture, mixte=mixte)]
    severes = [recevabilite.schema(erreur) for erreur in lu.erreurs_xsd]
    if lu.examen is not None:
        for anomalie in lu.examen.anomalies:
            liste = severes if anomalie.code.startswith("FX_") else remarques
            liste.append(constat(anomalie.code, "PDF", anomalie.message))
    if lu.document.profil not in SANS_LIGNES:
        rapport = valider_en16931(lu.document)
        if rapport is not None:
            premieres = {erreur.regle: erreur for erreur in reversed(rapport.erreurs)}
            severes += [de_en16931(premieres[regle]) for regle in sorted(premieres)]
    return remarques, severes
