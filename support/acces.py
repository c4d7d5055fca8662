"""May this account open this application, and if not, what is missing (comptes-structures.md §5.2)."""

from dataclasses import dataclass

from accounts.profils import CATALOGUE, Profil
from accounts.requete import Requete
from structures.acces import droits_de
from structures.permissions import ACTES, structures_permises
from support.recherche import Fiche, adresse
from support.vocabulaire import Application

_NOMS = {ligne.profil: ligne.libelle for ligne in CATALOGUE}
ABSENTE = "Cette application n'est pas simulée dans cette version."
SANS_COMPTE = "Connectez-vous pour l'ouvrir."


@dataclass(frozen=True, slots=True)
class Resultat:
    """A found entry as shown: ``url`` when it opens, else ``refus`` says why not."""

    fiche: Fiche
    url: str = ""
    refus: str = ""


def exigence_profil(profil: Profil, *, modification: bool = False) -> str:
    """« Factures émises consultation » ou « modification »: the names of comptes-structures.md §5.2."""
    if modification:
        return f"« {_NOMS[profil]} modification »"
    return f"« {_NOMS[profil]} consultation » ou « {_NOMS[profil]} modification »"


def _manque(request: Requete, application: Application) -> str:
    if not application.compte:
        return ""
    if request.compte is None:
        return SANS_COMPTE
    droits = droits_de(request)
    if application.acte and not structures_permises(droits, application.acte):
        besoin = str(ACTES[application.acte].exigence)
    elif application.profil and not droits.structures(application.profil, modification=application.modification):
        besoin = exigence_profil(application.profil, modification=application.modification)
    else:
        return ""
    return f"Il vous manque un droit : {besoin}, sur une structure au moins. Son gestionnaire principal peut le donner."


def resultat(request: Requete, fiche: Fiche) -> Resultat:
    if fiche.application is None:
        return Resultat(fiche)
    url = adresse(fiche.application)
    if not url:
        return Resultat(fiche, refus=ABSENTE)
    manque = _manque(request, fiche.application)
    return Resultat(fiche, refus=manque) if manque else Resultat(fiche, url)
