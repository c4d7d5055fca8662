"""Comptes rendus of flows (api.md §7, §10.3)."""

from api.entree import Date, Entree, Texte
from api.erreurs import refus
from api.fichiers import encoder
from api.registre import Appel, Contenu, operation
from api.sortie import instant
from invoices.documents import compte_rendu as en_pdf
from invoices.models import Flux
from invoices.services import compte_rendu
from invoices.syntaxes import CODE_APPLICATION

INTROUVABLE = "POQ_MSG_01.003"


class ConsulterCR(Entree):
    numeroFluxDepot: Texte = ""
    dateDepot: Date | None = None
    syntaxeFlux: Texte = ""


_EXEMPLE = {"numeroFluxDepot": "CPP0011117000000000000042"}


def _flux(appel: Appel, numero: str) -> Flux:
    """A flow of the structures of the account; that of another one is like an unknown one."""
    trouve = (
        Flux.objects.select_related("compte", "fournisseur", "cohort")
        .filter(numero=numero, fournisseur__in=appel.droits.rattachees)
        .first()
    )
    if trouve is None:
        raise refus(INTROUVABLE, "Flux introuvable.")
    return trouve


@operation(
    "consulterCRDetaille",
    "transverses",
    "consulterCRDetaille",
    "Lire le compte rendu détaillé d'un flux",
    ConsulterCR,
    exemple=_EXEMPLE,
)
def consulter_cr_detaille(appel: Appel, entree: ConsulterCR) -> Contenu:
    lu = compte_rendu.detaille(_flux(appel, entree.numeroFluxDepot))
    del lu["bacASable"]
    return lu


@operation(
    "consulterCR",
    "transverses",
    "consulterCR",
    "Lire l'état d'un flux et son compte rendu en PDF",
    ConsulterCR,
    exemple=_EXEMPLE,
)
def consulter_cr(appel: Appel, entree: ConsulterCR) -> Contenu:
    flux = _flux(appel, entree.numeroFluxDepot)
    return {
        "codeInterfaceFlux": flux.forme.interface,
        "codeAppliPartenaire": CODE_APPLICATION,
        "designationPartenaire": flux.fournisseur.raison_sociale if flux.fournisseur else None,
        "dateDepotFlux": instant(flux.depose_le),
        "dateHeureEtatCourantFlux": instant(flux.traite_le or flux.commence_le or flux.depose_le),
        "etatCourantFlux": flux.etat,
        "fichierCR": encoder(en_pdf.rendre(flux)) if flux.etat_final else None,
        "nomFichierFlux": flux.nom_officiel,
        "numeroFluxDepot": flux.numero,
    }
