"""What a partner deposits in ``in``: a flow of invoices, or a life-cycle file. Nothing is lost without a word."""

from edi import rules
from edi.models import AccesSftp
from edi.services import acces as acces_service
from edi.services import statuts
from invoices import syntaxes
from invoices.enums import ModeDepot
from invoices.formats import archives
from invoices.services import flux

TAILLE_MAXIMUM = flux.TAILLE_MAXIMUM_EDI
"""Of a flow by EDI, all in all (flux-edi.md §3)."""


_BASE = 50
"""Characters of the name of a file without its extension: longer, it is no name of a flow anyway."""


class DepotImpossible(Exception):
    """Nothing was kept; the message says why, in French."""


def recevoir(acces: AccesSftp, nom: str, contenu: bytes) -> str:
    """Keep a complete file, in the world of its access; returns what it became.

    Whatever is wrong with it is said by its compte rendu. Raises ``DepotImpossible`` when it cannot be kept.
    """
    compte = acces_service.deposant(acces)
    if compte is None:
        raise DepotImpossible(
            f"{acces.fiche.structure} n'a plus de gestionnaire principal : personne ne peut signer ce dépôt."
        )
    court = nom.replace("\x00", "")[: rules.NOM_MAXIMUM]
    if court.startswith(rules.STATUTS):
        return statuts.recevoir(acces, compte, court, contenu).nom
    lu = syntaxes.lire_nom(court)
    annoncee = next((s for s in syntaxes.SYNTAXES.values() if lu and s.numero == lu.interface), None)
    try:
        recu = flux.deposer_flux(
            acces.cohort,
            compte=compte,
            fournisseur=acces.fiche.structure,
            nom=_nom_de_fichier(court, contenu),
            contenu=contenu,
            place=acces.place,
            mode=ModeDepot.EDI,
            syntaxe=annoncee.code if annoncee else "",
            nom_flux=court,
            raccordement=acces.fiche,
        )
    except flux.FluxRefuse as refus:
        raise DepotImpossible(str(refus)) from refus
    return recu.numero


def _nom_de_fichier(nom: str, contenu: bytes) -> str:
    """The name of a flow has no extension (flux-edi.md §3): that of its content is put back for who reads the file."""
    if syntaxes.sans_extension(nom) != nom:
        return nom
    nom = nom[:_BASE]
    if archives.est_archive(contenu):
        return f"{nom}.tar.gz"
    return f"{nom}.pdf" if b"%PDF-" in contenu[:1024] else f"{nom}.xml"
