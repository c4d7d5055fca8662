"""Bank accounts of a structure: add, change, choose the default, close (comptes-structures.md §4.2)."""

from datetime import date
from typing import Any

from django.db import transaction

from accounts.models import Compte
from sandbox import clock
from sandbox.documents.store import store
from sandbox.events.registry import publish
from structures.enums import TypeActe
from structures.identifiants import BanqueInvalide, en_groupes, verifier_bic, verifier_iban
from structures.models import CoordonneesBancaires, Structure
from structures.services import verrous
from structures.services.actes import noter_acte

MODIFIABLES = ("nom", "bic", "etablissement", "affactureur", "debut", "fin")
"""Not the IBAN: invoices already sent name this account."""


class BanqueRefusee(Exception):
    """The account cannot be written; ``champ`` is the field concerned, the message is French."""

    def __init__(self, message: str, champ: str = "") -> None:
        super().__init__(message)
        self.champ = champ


def _texte(valeur: Any) -> Any:
    return f"{valeur:%d/%m/%Y}" if isinstance(valeur, date) else valeur


def _dates(debut: date | None, fin: date | None) -> None:
    if debut and fin and fin < debut:
        raise BanqueRefusee("La fin de validité précède son début.", "fin")


def _bic(bic: str, iban: str) -> str:
    if not bic.strip():
        return ""
    try:
        return verifier_bic(bic, iban)
    except BanqueInvalide as faux:
        raise BanqueRefusee(str(faux), "bic") from faux


def _rib(contenu: bytes | None) -> str:
    """Digest of the kept file, empty without one."""
    if contenu is None:
        return ""
    if not contenu.startswith(b"%PDF-"):
        raise BanqueRefusee("Ce fichier n'est pas un PDF : joignez le RIB au format PDF.", "rib")
    return store(contenu)


def _noter(compte: CoordonneesBancaires, acte: TypeActe, par: Compte | None, **trace: Any) -> None:
    noter_acte(compte.structure, acte, par=par, objet=f"{compte.nom} – {en_groupes(compte.iban)}", **trace)


@transaction.atomic
def ajouter(
    structure: Structure,
    *,
    par: Compte | None,
    nom: str,
    iban: str,
    bic: str = "",
    etablissement: str = "",
    affactureur: str = "",
    debut: date | None = None,
    fin: date | None = None,
    defaut: bool = False,
    rib: bytes | None = None,
    rib_nom: str = "",
) -> CoordonneesBancaires:
    """Add an account; the first one becomes the default. Raises ``BanqueRefusee``."""
    try:
        numero = verifier_iban(iban)
    except BanqueInvalide as faux:
        raise BanqueRefusee(str(faux), "iban") from faux
    code = _bic(bic, numero)
    _dates(debut, fin)
    verrous.structures(structure)
    actifs = CoordonneesBancaires.objects.filter(structure=structure, actif=True)
    if actifs.filter(iban=numero).exists():
        raise BanqueRefusee("Cet IBAN est déjà enregistré pour cette structure.", "iban")
    ancien = actifs.filter(defaut=True)
    devient = defaut or not ancien.exists()
    empreinte = _rib(rib)
    if devient:
        ancien.update(defaut=False)
    compte = CoordonneesBancaires.objects.create(
        cohort=structure.cohort,
        place=structure.place,
        structure=structure,
        nom=nom,
        iban=numero,
        bic=code,
        etablissement=etablissement,
        affactureur=affactureur,
        debut=debut,
        fin=fin,
        defaut=devient,
        rib=empreinte,
        rib_nom=rib_nom[:150] if empreinte else "",
    )
    _noter(compte, TypeActe.BANQUE_AJOUTEE, par)
    publish("banque.ajoutee", cohort_id=structure.cohort_id, structure_id=structure.pk, place=structure.place)
    return compte


@transaction.atomic
def modifier(
    compte: CoordonneesBancaires, *, par: Compte | None, rib: bytes | None = None, rib_nom: str = "", **champs: Any
) -> bool:
    """Change what may change, and replace the RIB when one is given; False when nothing differs."""
    _dates(champs.get("debut", compte.debut), champs.get("fin", compte.fin))
    if "bic" in champs:
        champs["bic"] = _bic(champs["bic"], compte.iban)
    if empreinte := _rib(rib):
        champs |= {"rib": empreinte, "rib_nom": rib_nom[:150]}
    voulus = (*MODIFIABLES, "rib", "rib_nom")
    changes = {cle: champs[cle] for cle in voulus if cle in champs and champs[cle] != getattr(compte, cle)}
    if not changes:
        return False
    avant = {cle: _texte(getattr(compte, cle)) for cle in changes if cle != "rib"}
    for cle, valeur in changes.items():
        setattr(compte, cle, valeur)
    compte.save(update_fields=list(changes))
    apres = {cle: _texte(valeur) for cle, valeur in changes.items() if cle != "rib"}
    _noter(compte, TypeActe.BANQUE_MODIFIEE, par, avant=avant, apres=apres)
    return True


def _relire(compte: CoordonneesBancaires) -> None:
    """Alone on the structure, then as it is now: its others may have changed what this one is."""
    verrous.structures(compte.structure)
    compte.refresh_from_db(fields=["actif", "defaut"])


@transaction.atomic
def definir_par_defaut(compte: CoordonneesBancaires, *, par: Compte | None) -> bool:
    """Proposed first on invoices; False when it was. Raises ``BanqueRefusee`` when it cannot be used today."""
    _relire(compte)
    if not CoordonneesBancaires.objects.valides(clock.today()).filter(pk=compte.pk).exists():
        raise BanqueRefusee("Ce compte n'est pas utilisable aujourd'hui : il ne peut pas être celui par défaut.")
    if compte.defaut:
        return False
    CoordonneesBancaires.objects.filter(structure=compte.structure_id, defaut=True).update(defaut=False)
    CoordonneesBancaires.objects.filter(pk=compte.pk).update(defaut=True)
    compte.defaut = True
    _noter(compte, TypeActe.BANQUE_MODIFIEE, par, avant={"defaut": False}, apres={"defaut": True})
    return True


@transaction.atomic
def desactiver(compte: CoordonneesBancaires, *, par: Compte | None) -> bool:
    """No longer offered on invoices; the oldest usable one becomes the default. False when it was closed already."""
    _relire(compte)
    if not compte.actif:
        return False
    CoordonneesBancaires.objects.filter(pk=compte.pk).update(actif=False, defaut=False)
    if compte.defaut:
        suivant = (
            CoordonneesBancaires.objects.valides(clock.today())
            .filter(structure=compte.structure_id)
            .order_by("pk")
            .first()
        )
        if suivant is not None:
            CoordonneesBancaires.objects.filter(pk=suivant.pk).update(defaut=True)
    compte.actif = compte.defaut = False
    _noter(compte, TypeActe.BANQUE_DESACTIVEE, par)
    return True
