"""Fiche de raccordement: write a draft, move it through its states (comptes-structures.md §9.4, §13.11)."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django.db import transaction

from accounts.models import Compte
from sandbox import clock
from sandbox.documents import store
from sandbox.events.models import DueEvent
from sandbox.events.registry import publish
from sandbox.events.scheduling import Promesse, cancel, schedule
from sandbox.mail.services import send
from structures import queries
from structures.enums import Environnement, EtatRaccordement, ModeRaccordement, TypeActe
from structures.models import FicheRaccordement, Structure
from structures.raccordement import (
    FAMILLES,
    INTERFACES,
    PREAVIS,
    QUALIFIEES,
    TRANSITIONS,
    Action,
    Manque,
    Transition,
    connues,
    familles_de,
    manques,
    proche,
)
from structures.services import piste, verrous
from structures.services.actes import noter_acte
from structures.services.courriers import PREFIXE

SIGNALEMENT = "raccordement.certificat"
MOTIF_MAXIMUM = 255
CHAMPS = (
    *("environnement", "emetteur", "recepteur", "pour_qui", "contact_nom", "contact_email", "contact_telephone"),
    *("protocole", "adresses_ip", "certificat_fin", "code_partenaire", "interfaces", "application"),
    *("compte_technique", "flux"),
)
"""What the form of a draft writes, the certificate apart."""


class FicheRefusee(Exception):
    """What is asked cannot be done; ``champ`` is the field concerned, the message is French."""

    def __init__(self, message: str, champ: str = "") -> None:
        super().__init__(message)
        self.champ = champ


class EtatDepasse(FicheRefusee):
    """The fiche is no longer in a state where this can be done: somebody did it, or something else, before."""


class FicheIncomplete(FicheRefusee):
    """The fiche cannot be sent yet; ``manques`` says field by field what is missing."""

    def __init__(self, manquent: list[Manque]) -> None:
        super().__init__("La fiche est enregistrée, mais elle n'est pas complète : elle n'a pas été soumise.")
        self.manques = manquent


def ouvrir(structure: Structure, *, mode: str, environnement: str, par: Compte) -> tuple[FicheRaccordement, bool]:
    """The draft of this structure, mode and environment, and whether it is new: there is one at a time.

    Raises ``FicheRefusee`` when the structure is not active.
    """
    with transaction.atomic():
        verrous.structures(structure)
        if not structure.est_active:
            raise FicheRefusee(f"{structure.raison_sociale} n'est pas active sur le portail.", "structure")
        cles = {"structure": structure, "mode": mode, "environnement": environnement}
        deja = FicheRaccordement.objects.filter(etat=EtatRaccordement.BROUILLON, **cles).first()
        if deja is not None:
            return deja, False
        fiche = FicheRaccordement.objects.create(
            cohort=structure.cohort,
            place=structure.place,
            cree_par=par,
            contact_nom=str(par),
            contact_email=par.contact_email,
            contact_telephone=par.telephone,
            **cles,
        )
        noter_acte(structure, TypeActe.RACCORDEMENT, par=par, objet=nom_de(fiche), apres=_etat(fiche))
        if mode == ModeRaccordement.API:
            piste.preparer(par)  # its sandbox application, which the fiche will ask for
    return fiche, True


def nom_de(fiche: FicheRaccordement) -> str:
    return f"Fiche n° {fiche.pk} ({fiche.get_mode_display()}, {fiche.get_environnement_display()})"


def _etat(fiche: FicheRaccordement) -> dict[str, str]:
    return {"etat": str(fiche.get_etat_display())}


def _familles(flux: list[str], interfaces: list[str]) -> list[str]:
    """Those ticked, and those that the interfaces carry, in the order of the table."""
    return connues({f for f in flux if f in FAMILLES and FAMILLES[f].offerte} | familles_de(interfaces), FAMILLES)


@transaction.atomic
def enregistrer(
    fiche: FicheRaccordement, valeurs: Mapping[str, Any], *, certificat: tuple[str, bytes] | None = None
) -> FicheRaccordement:
    """Write a draft, complete or not; ``certificat``: (name, bytes) of a new one. Raises ``EtatDepasse``."""
    _encore(fiche, (EtatRaccordement.BROUILLON,))
    for champ in CHAMPS:
        if champ in valeurs:
            setattr(fiche, champ, valeurs[champ])
    fiche.interfaces = connues(set(fiche.interfaces), INTERFACES) if fiche.mode == ModeRaccordement.EDI else []
    fiche.flux = _familles(fiche.flux, fiche.interfaces)
    if certificat is not None:
        _poser_certificat(fiche, *certificat)
    fiche.modifie_le = clock.now()
    fiche.save()
    return fiche


def _poser_certificat(fiche: FicheRaccordement, nom: str, contenu: bytes) -> None:
    fiche.certificat, fiche.certificat_nom = store.store(contenu), nom[-150:]


def _encore(fiche: FicheRaccordement, etats: tuple[str, ...]) -> None:
    """Lock the row and check its state: a page left open must not write over a decision."""
    actuelle = FicheRaccordement.objects.select_for_update().get(pk=fiche.pk)
    if actuelle.etat not in etats:
        fiche.etat = actuelle.etat
        raise EtatDepasse(
            f"Cette fiche est déjà au statut « {actuelle.get_etat_display()} » : rien n'a été fait cette fois."
        )


def qualifiee(fiche: FicheRaccordement) -> bool:
    """A fiche of the same structure and mode has been through in qualification (§9.1)."""
    return FicheRaccordement.objects.filter(
        structure=fiche.structure_id, mode=fiche.mode, environnement=Environnement.QUALIFICATION, etat__in=QUALIFIEES
    ).exists()


def manquants(fiche: FicheRaccordement) -> list[Manque]:
    """What keeps this fiche from being sent today; a production fiche reads one line more."""
    prete = fiche.environnement == Environnement.QUALIFICATION or qualifiee(fiche)
    return manques(fiche, le=clock.today(), qualifiee=prete)


def soumettre(fiche: FicheRaccordement, *, par: Compte) -> None:
    """Raises ``FicheIncomplete``, ``EtatDepasse``."""
    if manquent := manquants(fiche):
        raise FicheIncomplete(manquent)
    avancer(fiche, Action.SOUMETTRE, par=par)


@transaction.atomic
def renouveler(fiche: FicheRaccordement, nom: str, contenu: bytes, fin: date, *, par: Compte) -> None:
    """A new certificate for a fiche « À renouveler ». Raises ``FicheRefusee``, ``EtatDepasse``."""
    if proche(fin, clock.today()):
        raise FicheRefusee(
            f"Ce certificat se termine dans moins de {PREAVIS.days} jours : il faudrait déjà le renouveler.",
            "certificat_fin",
        )
    _encore(fiche, TRANSITIONS[Action.RENOUVELER].depuis)
    _poser_certificat(fiche, nom, contenu)
    fiche.certificat_fin = fin
    fiche.save(update_fields=["certificat", "certificat_nom", "certificat_fin"])
    avancer(fiche, Action.RENOUVELER, par=par)


@transaction.atomic
def avancer(
    fiche: FicheRaccordement, action: Action, *, par: Compte | None = None, nom: str = "", motif: str = ""
) -> None:
    """Play a row of the table: state, act of management, message. Raises ``FicheRefusee``, ``EtatDepasse``."""
    transition = TRANSITIONS[action]
    motif = motif.strip()[:MOTIF_MAXIMUM]
    if transition.motif and not motif:
        raise FicheRefusee("Indiquez le motif du refus : le demandeur le lira.", "motif")
    _encore(fiche, transition.depuis)
    avant = _etat(fiche)
    fiche.etat, fiche.modifie_le = transition.vers, clock.now()
    if transition.motif or action == Action.SOUMETTRE:
        fiche.motif = motif
    fiche.save(update_fields=["etat", "motif", "modifie_le"])
    noter_acte(
        fiche.structure,
        TypeActe.RACCORDEMENT,
        par=par,
        nom=nom,
        objet=nom_de(fiche),
        avant=avant,
        apres=_etat(fiche) | ({"motif": motif} if motif else {}),
    )
    _ecrire(fiche, transition, motif)
    _promettre(fiche)
    publish(
        "raccordement.avance",
        cohort_id=fiche.cohort_id,
        fiche_id=fiche.pk,
        place=fiche.place,
        action=str(action),
    )


def _promettre(fiche: FicheRaccordement) -> None:
    """An active EDI fiche will be signalled before its certificate ends; any other is left in peace."""
    cancel([SIGNALEMENT], fiche.pk)
    if fiche.etat != EtatRaccordement.ACTIVE or fiche.mode != ModeRaccordement.EDI or fiche.certificat_fin is None:
        return
    fois = DueEvent.objects.filter(kind=SIGNALEMENT, cible=fiche.pk).count() + 1
    matin = datetime.combine(fiche.certificat_fin - PREAVIS, time(8), tzinfo=fiche.cohort.zone)
    schedule(
        fiche.cohort,
        Promesse(
            kind=SIGNALEMENT,
            cle=f"{SIGNALEMENT}:{fiche.pk}:{fois}",
            cible=fiche.pk,
            place=fiche.place,
            du_le=max(matin, clock.now()),
        ),
    )


def signaler(fiche: FicheRaccordement) -> bool:
    """The certificate ends soon: « À renouveler ». False when the fiche is no longer active, or was renewed."""
    if fiche.etat != EtatRaccordement.ACTIVE or fiche.certificat_fin is None:
        return False
    if not proche(fiche.certificat_fin, clock.today()):
        return False
    avancer(fiche, Action.SIGNALER)
    return True


_SUITES: dict[Action, str] = {
    Action.SOUMETTRE: "Elle va être instruite par l'AIFE, que joue votre formateur.",
    Action.ABANDONNER: "Le brouillon est abandonné.",
    Action.INSTRUIRE: "L'AIFE (votre formateur) l'examine.",
    Action.VALIDER: "Elle sera activée quand l'AIFE (votre formateur) aura ouvert le raccordement.",
    Action.REFUSER: "Corrigez-la, puis soumettez-la de nouveau.",
    Action.REPRENDRE: "Elle est de nouveau modifiable.",
    Action.ACTIVER: "Le raccordement est ouvert : les échanges peuvent commencer.",
    Action.SIGNALER: "Son certificat arrive à échéance : joignez-en un nouveau sur la fiche.",
    Action.RENOUVELER: "Le nouveau certificat est pris en compte.",
    Action.CLOTURER: "Le raccordement est fermé.",
}
"""What happens next, in the message that tells a change."""


def _ecrire(fiche: FicheRaccordement, transition: Transition, motif: str) -> None:
    """To whoever wrote the fiche, else to the gestionnaire principal."""
    gestion = None if fiche.cree_par else queries.gestionnaire_principal(fiche.structure)
    compte = fiche.cree_par or (gestion.compte if gestion else None)
    if compte is None:
        return
    detail = f"\nMotif : « {motif} »" if motif else ""
    send(
        fiche.cohort,
        compte.contact_email,
        f"{PREFIXE} Raccordement {fiche.get_mode_display()} de {fiche.structure} – {fiche.get_etat_display()}",
        f"Bonjour {compte},\n\n{nom_de(fiche)} de {fiche.structure} est désormais au statut "
        f"« {fiche.get_etat_display()} ».{detail}\n{_SUITES[transition.action]}",
        type="raccordement",
        place=compte.place,
        lien=f"/portail/raccordements/fiches/{fiche.pk}/",
        lien_libelle="Ouvrir la fiche",
    )
