"""Compte rendu of a flow: the fields of `consulterCRDetaille`, and what the screen and the mail say (api.md §7)."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from invoices.enums import EtatElement, EtatFlux
from invoices.formats.libelles import LIBELLE_MAX
from invoices.models import ElementFlux, Flux

TECHNIQUE, FONCTIONNELLE = "Technique", "Fonctionnelle"


def detaille(flux: Flux) -> dict[str, Any]:
    """What a caller of the API reads, then what the sandbox adds."""
    elements = list(flux.elements.select_related("facture"))
    date_etat = flux.traite_le or flux.commence_le or flux.depose_le
    return {
        "codeInterfaceDepotFlux": flux.forme.interface,
        "dateDepotFlux": _instant(flux.depose_le),
        "dateHeureEtatCourantFlux": _instant(date_etat),
        "etatCourantDepotFlux": flux.etat,
        "nomFichier": flux.nom_officiel,
        "listeErreurTechnique": [
            {"codeErreur": c["code"], "natureErreur": TECHNIQUE, "libelleErreur": libelle(c)} for c in flux.compte_rendu
        ],
        "listeErreurDP": [
            {
                "numeroDP": element.numero,
                "identifiantFournisseur": element.fournisseur,
                "identifiantDestinataire": element.destinataire,
                "libelleErreurDP": "|".join(libelle(c) for c in element.refus)[:LIBELLE_MAX],
            }
            for element in elements
            if element.etat == EtatElement.REJETEE
        ],
        "bacASable": {
            "numeroFluxDepot": flux.numero,
            "syntaxeFlux": flux.syntaxe,
            "fichierDepose": flux.nom_fichier,
            "etat": flux.get_etat_display(),
            "factures": [_facture(element) for element in elements],
        },
    }


def _instant(valeur: datetime) -> str:
    """As the service writes it: milliseconds, offset of the session (api.md §4)."""
    return timezone.localtime(valeur).isoformat(timespec="milliseconds")


def _facture(element: ElementFlux) -> dict[str, Any]:
    return {
        "fichier": element.fichier,
        "numero": element.numero,
        "resultat": element.get_etat_display(),
        "erreurs": [_constat(c) for c in element.refus],
        "avertissements": [_constat(c) for c in element.avertissements],
    }


def _constat(constat: dict[str, str]) -> dict[str, str]:
    return {"code": constat["code"], "champ": constat["champ"], "libelle": libelle(constat)}


def libelle(constat: dict[str, str]) -> str:
    """As the compte rendu words it; a flow of an earlier version has its message alone."""
    return constat.get("libelle") or constat["message"]


def refus(flux: Flux, maximum: int) -> list[str]:
    """The first reasons, technical then invoice by invoice, in plain words."""
    phrases = [str(c["message"]) for c in flux.compte_rendu]
    for element in flux.elements.filter(etat=EtatElement.REJETEE)[:maximum]:
        qui = f"Facture {element.numero} : " if element.numero and flux.etat == EtatFlux.INTEGRE_PARTIEL else ""
        phrases += [qui + str(c["message"]) for c in element.refus]
    return phrases[:maximum]


def consigne(flux: Flux) -> str:
    """What to do after a refusal, said the same way by the page and by the mail."""
    if flux.etat == EtatFlux.INCIDENTE:
        return "Aucune facture n'a été créée : déposez à nouveau le flux entier, sans rien y changer."
    pris = any(element.numero_pris for element in flux.elements.filter(etat=EtatElement.REJETEE)) or any(
        c.get("code") == "SBX_010" for c in flux.compte_rendu
    )
    if flux.etat == EtatFlux.INTEGRE_PARTIEL:
        debut = "Les factures correctes sont intégrées : corrigez les autres, et ne déposez à nouveau que celles-ci."
    else:
        debut = "Aucune facture n'a été créée : corrigez le fichier dans votre logiciel et déposez-le à nouveau."
    if pris:
        return f"{debut} Donnez à la facture un autre numéro : le sien est déjà pris."
    return f"{debut} Le même numéro de facture peut servir."
