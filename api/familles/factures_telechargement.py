"""telechargerGroupeFacture: the files that « Télécharger » of the portal gives (api.md §6.9)."""

import tempfile
from collections.abc import Iterable
from typing import Annotated

from api import espaces
from api.entree import AuPlus, Entier, Entree, Texte
from api.erreurs import INEXISTANTE, TropGrosse, refus
from api.fichiers import encoder
from api.registre import GCU, Appel, Contenu, operation
from invoices import queries_espaces
from invoices import queries_recues as recues
from invoices.documents import lots
from invoices.enums import AVANT_ENVOI, Espace
from invoices.models import Facture
from invoices.services import telechargements
from invoices.services.telechargements import Choix, Fabrication, Format, TelechargementRefuse
from sandbox.documents import store

# mypy: disable-error-code="valid-type"

OUI_NON = {"oui": True, "non": False, "": False}


class IdFacture(Entree):
    idFacture: Entier | None = None


class TelechargerGroupe(Entree):
    idUtilisateurCourant: Entier | None = None
    idEspace: Entier | None = None
    format: Texte = ""
    avecPiecesJointesComplementaires: Texte = ""
    listeFacture: Annotated[tuple[IdFacture, ...], AuPlus()] = ()


@operation(
    "telechargerGroupeFacture",
    "factures",
    "telecharger/groupe",
    "Télécharger des factures : PDF, ZIP ou pivot",
    TelechargerGroupe,
    libelle=GCU,
    ecrit=True,
    exemple={"format": "PDF", "avecPiecesJointesComplementaires": "Non", "listeFacture": [{"idFacture": 42}]},
)
def telecharger_groupe(appel: Appel, entree: TelechargerGroupe) -> Contenu:
    """Weighed before anything is made; its trace is left once it is made (T34)."""
    choix = _choix(entree)
    ids = list(dict.fromkeys(element.idFacture for element in entree.listeFacture if element.idFacture))
    if not ids:
        raise refus("SBX_013", "Le champ « listeFacture » est obligatoire.")
    if len(ids) > telechargements.MAXIMUM:
        raise refus(
            "SBX_013",
            f"Le champ « listeFacture » dépasse {telechargements.MAXIMUM} factures.",
            f"{len(ids)} factures sont demandées : procédez en plusieurs fois.",
        )
    trouvees = _trouver(appel, ids, entree.idEspace)
    try:
        telechargements.verifier(ids, choix)
    except TelechargementRefuse as lourd:
        raise TropGrosse(str(lourd)) from lourd
    with tempfile.TemporaryFile() as sortie:
        try:
            lots.fabriquer(Fabrication(ids, choix, str(ids[0]), sortie, lambda _: None))
        except (TelechargementRefuse, store.FichierAbsent) as absent:
            raise refus(*INEXISTANTE, str(absent)) from absent
        sortie.seek(0)
        resultat = encoder(sortie.read())
    for espace, factures in trouvees.items():
        telechargements.tracer(factures, compte=appel.compte, espace=espace)
    return {"fichierResultat": resultat}


def _choix(entree: TelechargerGroupe) -> Choix:
    if not entree.format:
        raise refus("SBX_013", "Le champ « format » est obligatoire.")
    avec_pieces = OUI_NON.get(entree.avecPiecesJointesComplementaires.lower())
    for champ, reconnu in (
        ("format", entree.format.upper() in Format.values),
        ("avecPiecesJointesComplementaires", avec_pieces is not None),
    ):
        if not reconnu:
            raise refus(
                "SBX_014",
                f"La valeur du champ « {champ} » n'est pas reconnue.",
                "format : PDF ou PIVOT ; avecPiecesJointesComplementaires : Oui ou Non.",
            )
    return Choix(format=entree.format.upper(), avec_pieces=bool(avec_pieces))


def _trouver(appel: Appel, ids: Iterable[int], id_espace: int | None) -> dict[Espace, list[Facture]]:
    """Each invoice in the first application in which the account sees it. Raises ``Refus`` when one is in none."""
    restent = set(ids)
    trouvees: dict[Espace, list[Facture]] = {}
    for espace in espaces.de_facturation(id_espace):
        vues = list(queries_espaces.visibles(appel.droits, espace).filter(pk__in=restent))
        restent -= {facture.pk for facture in vues}
        if espace == Espace.RECUES and restent:
            for facture in recues.parties(appel.droits).filter(pk__in=restent):
                facture.quittee_le = facture.parti_le  # type: ignore[attr-defined]
                vues.append(facture)
                restent.discard(facture.pk)
        trouvees[espace] = vues
    if restent:
        inconnues = ", ".join(str(pk) for pk in sorted(restent))
        raise refus(*INEXISTANTE, f"Factures inconnues de ce compte technique : {inconnues}."[:300])
    brouillons = [f.pk for vues in trouvees.values() for f in vues if f.statut in AVANT_ENVOI]
    if brouillons:
        raise refus(
            "SBX_071",
            "Le statut actuel de la facture ne permet pas cette action.",
            f"Un brouillon n'a pas encore de document : {', '.join(map(str, brouillons))}."[:300],
        )
    return trouvees
