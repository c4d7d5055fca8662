"""Ask for an attachment, withdraw it, decide on it (comptes-structures.md §5.3)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from accounts.models import Compte
from sandbox import clock
from sandbox.events.registry import publish
from structures.enums import EtatService, Role, StatutRattachement, TypeActe
from structures.models import Habilitation, Rattachement, RattachementService, Service, Structure
from structures.services import habilitations, verrous
from structures.services.actes import noter_acte
from structures.services.courriers import ecrire_a_l_utilisateur, ecrire_aux_responsables
from structures.services.habilitations import Choix
from structures.services.promesses import (
    apres_demande,
    apres_demande_de_services,
    apres_habilitation,
    apres_refus,
)

MOTIF_MAXIMUM = 255
Periodes = Mapping[int, tuple[date | None, date | None]]
"""First and last day asked for, by service; a service left out has none (§5.3)."""
VALIDEE = StatutRattachement.VALIDEE
VIVANTS = (StatutRattachement.EN_COURS_DE_VALIDATION, VALIDEE)


class RattachementRefuse(Exception):
    """What is asked cannot be done; ``champ`` is the field concerned, the message is French."""

    def __init__(self, message: str, champ: str = "") -> None:
        super().__init__(message)
        self.champ = champ


class DejaTraite(RattachementRefuse):
    """Somebody decided before; the message says who did what."""


def faits(rattachement: Rattachement) -> dict[str, Any]:
    """What is told of an attachment; ``place``: the seat of its account."""
    return {
        "cohort_id": rattachement.cohort_id,
        "rattachement_id": rattachement.pk,
        "place": rattachement.compte.place,
    }


def services_ouverts(structure: Structure, ids: Iterable[int]) -> list[Service]:
    """The active services among these ids. Raises when one is not of this structure, or is closed."""
    voulus = set(ids)
    trouves = list(Service.objects.filter(structure=structure, pk__in=voulus, etat=EtatService.ACTIF).order_by("code"))
    if len(trouves) != len(voulus):
        raise RattachementRefuse("L'un des services choisis n'existe plus ou n'est plus actif.", "services")
    return trouves


def _verifier_periodes(services: Sequence[Service], periodes: Periodes) -> None:
    """Raises ``RattachementRefuse`` on a period that ends before it begins, or is over."""
    for service in services:
        debut, fin = periodes.get(service.pk, (None, None))
        if debut and fin and fin < debut:
            raise RattachementRefuse(
                f"Service {service.code} : la fin ({fin:%d/%m/%Y}) précède le début ({debut:%d/%m/%Y}).", "periode"
            )
        if fin and fin < clock.today():
            raise RattachementRefuse(
                f"Service {service.code} : la période est déjà finie ({fin:%d/%m/%Y}). Donnez une fin à venir, ou "
                "laissez-la vide.",
                "periode",
            )


def creer_services(
    rattachement: Rattachement,
    services: Sequence[Service],
    statut: str,
    commentaire: str = "",
    periodes: Periodes | None = None,
) -> list[RattachementService]:
    lues = periodes or {}
    _verifier_periodes(services, lues)
    return RattachementService.objects.bulk_create(
        RattachementService(
            cohort=rattachement.cohort,
            place=rattachement.place,
            rattachement=rattachement,
            service=service,
            statut=statut,
            commentaire=commentaire,
            debut=lues.get(service.pk, (None, None))[0],
            fin=lues.get(service.pk, (None, None))[1],
            traite_le=clock.now() if statut == StatutRattachement.VALIDEE else None,
        )
        for service in services
    )


def _clore_les_finis(rattachement: Rattachement, services: Iterable[Service]) -> None:
    """What is over makes room for a new request; its rights, without effect already, do not come back with it."""
    finis = RattachementService.objects.filter(
        rattachement=rattachement, service__in=list(services), statut=VALIDEE, fin__lt=clock.today()
    )
    ids = list(finis.values_list("service_id", flat=True))
    if ids:
        finis.update(statut=StatutRattachement.SUPPRIMEE)
        Habilitation.objects.filter(rattachement=rattachement, service__in=ids).delete()


def lien_vivant(compte: Compte, structure: Structure) -> Rattachement | None:
    return Rattachement.objects.filter(compte=compte, structure=structure, statut__in=VIVANTS).first()


def _refuser_si_vivant(compte: Compte, structure: Structure) -> None:
    lien = lien_vivant(compte, structure)
    if lien is None:
        return
    if lien.statut == StatutRattachement.VALIDEE:
        raise RattachementRefuse(f"Ce compte est déjà rattaché à {structure.raison_sociale}.", "structure")
    jour = lien.demande_le.astimezone(structure.cohort.zone)
    raise RattachementRefuse(
        f"Une demande de rattachement à {structure.raison_sociale} est déjà en cours de validation depuis le "
        f"{jour:%d/%m/%Y}. Son gestionnaire doit d'abord y répondre.",
        "structure",
    )


@transaction.atomic
def demander(
    compte: Compte,
    structure: Structure,
    *,
    services: Iterable[int] = (),
    commentaire: str = "",
    periodes: Periodes | None = None,
) -> Rattachement:
    """Ask to be attached to a structure, and to some of its services, each for a period if wished.

    Raises ``RattachementRefuse``.
    """
    verrous.structures(structure)
    if not structure.est_active:
        raise RattachementRefuse(
            f"{structure.raison_sociale} n'est pas active sur le portail : on ne peut pas s'y rattacher.", "structure"
        )
    _refuser_si_vivant(compte, structure)
    choisis = services_ouverts(structure, services)
    lien = Rattachement.objects.create(
        cohort=structure.cohort,
        place=compte.place,
        compte=compte,
        structure=structure,
        role=Role.UTILISATEUR,
        commentaire=commentaire[:MOTIF_MAXIMUM],
    )
    demandes = creer_services(
        lien, choisis, StatutRattachement.EN_COURS_DE_VALIDATION, commentaire[:MOTIF_MAXIMUM], periodes
    )
    noter_acte(structure, TypeActe.RATTACHEMENT_DEMANDE, par=compte, objet=compte.login_email)
    detail = f"\nServices demandés : {', '.join(d.etiquette for d in demandes)}." if demandes else ""
    message = f"\nSon message : « {commentaire} »." if commentaire else ""
    ecrire_aux_responsables(
        structure,
        f"Demande de rattachement à {structure.raison_sociale}",
        f"{compte} ({compte.login_email}) demande son rattachement à {structure.raison_sociale}.{detail}{message}\n\n"
        "Validez ou refusez cette demande dans « Approbations ».",
        sauf=compte,
    )
    apres_demande(lien)
    publish("rattachement.demande", **faits(lien))
    return lien


@transaction.atomic
def demander_services(
    rattachement: Rattachement, services: Iterable[int], *, commentaire: str = "", periodes: Periodes | None = None
) -> list[Service]:
    """An attached account asks for more services. Raises ``RattachementRefuse``."""
    reprendre(rattachement)
    if rattachement.statut != StatutRattachement.VALIDEE:
        raise RattachementRefuse("Demandez d'abord le rattachement à la structure.", "structure")
    choisis = services_ouverts(rattachement.structure, services)
    if not choisis:
        raise RattachementRefuse("Choisissez au moins un service.", "services")
    _clore_les_finis(rattachement, choisis)
    vivants = set(
        RattachementService.objects.filter(rattachement=rattachement, statut__in=VIVANTS).values_list(
            "service_id", flat=True
        )
    )
    neufs = [s for s in choisis if s.pk not in vivants]
    if not neufs:
        raise RattachementRefuse("Ces services vous sont déjà rattachés, ou sont déjà demandés.", "services")
    demandes = creer_services(
        rattachement, neufs, StatutRattachement.EN_COURS_DE_VALIDATION, commentaire[:MOTIF_MAXIMUM], periodes
    )
    structure, compte = rattachement.structure, rattachement.compte
    codes = ", ".join(s.code for s in neufs)
    noter_acte(structure, TypeActe.RATTACHEMENT_DEMANDE, par=compte, objet=f"{compte.login_email} – {codes}")
    ecrire_aux_responsables(
        structure,
        f"Demande de rattachement à un service de {structure.raison_sociale}",
        f"{compte} ({compte.login_email}) demande son rattachement à : {', '.join(d.etiquette for d in demandes)}.",
        sauf=compte,
    )
    apres_demande_de_services(rattachement)
    return neufs


@transaction.atomic
def demander_plusieurs(
    compte: Compte,
    demandes: Iterable[tuple[Structure, Iterable[int]]],
    *,
    commentaire: str = "",
    periodes: Periodes | None = None,
) -> list[Rattachement]:
    """Ask for several structures at once, all or none; where the account is attached already, for more services.

    Raises ``RattachementRefuse``.
    """
    liens, demandes = [], list(demandes)
    verrous.structures(*(structure for structure, _ in demandes))
    for structure, services in demandes:
        lien = lien_vivant(compte, structure)
        if lien is not None and lien.est_valide:
            lien.compte, lien.structure = compte, structure
            demander_services(lien, services, commentaire=commentaire, periodes=periodes)
        else:
            lien = demander(compte, structure, services=services, commentaire=commentaire, periodes=periodes)
        liens.append(lien)
    return liens


def deja_traite(rattachement: Rattachement) -> DejaTraite:
    """Who answered, and what: to be raised, or read out."""
    qui = rattachement.traite_par or "un autre gestionnaire"
    return DejaTraite(
        f"La demande de {rattachement.compte} n'attend plus : elle est déjà au statut "
        f"« {rattachement.get_statut_display()} » ({qui})."
    )


def repondu_entretemps(rattachement: Rattachement) -> DejaTraite:
    rattachement.refresh_from_db(fields=["statut", "traite_le", "traite_par"])
    return deja_traite(rattachement)


def reprendre(rattachement: Rattachement) -> None:
    """Lock its structure, then read it again: several people decide at once. Raises ``DejaTraite``."""
    if not verrous.lien(rattachement):
        raise DejaTraite(
            f"{rattachement.structure.raison_sociale} vient de changer d'identifiant : la demande de "
            f"{rattachement.compte} l'a suivie. Répondez-y depuis la nouvelle structure."
        )


def pas_la_sienne(rattachement: Rattachement, par: Compte | None) -> None:
    if par is not None and par.pk == rattachement.compte_id:
        raise RattachementRefuse("On ne valide pas sa propre demande : un autre gestionnaire doit y répondre.")


def _decider(rattachement: Rattachement, statut: StatutRattachement, par: Compte | None, motif: str = "") -> None:
    """Compare-and-set: of two managers, one decides and the other is told."""
    pas_la_sienne(rattachement, par)
    change = Rattachement.objects.filter(pk=rattachement.pk, statut=StatutRattachement.EN_COURS_DE_VALIDATION).update(
        statut=statut, motif=motif, traite_le=clock.now(), traite_par=par
    )
    if not change:
        raise repondu_entretemps(rattachement)
    rattachement.statut, rattachement.motif = statut, motif


def _traiter_services(
    rattachement: Rattachement, acceptes: set[int], par: Compte | None, motif: str
) -> list[RattachementService]:
    """Accept these services among those asked for, refuse the others; returns the accepted ones."""
    attente = list(
        RattachementService.objects.filter(
            rattachement=rattachement, statut=StatutRattachement.EN_COURS_DE_VALIDATION
        ).select_related("service")
    )
    for demande in attente:
        oui = demande.service_id in acceptes
        demande.statut = StatutRattachement.VALIDEE if oui else StatutRattachement.REFUSEE
        demande.motif = "" if oui else motif
        demande.traite_le, demande.traite_par = clock.now(), par
    RattachementService.objects.bulk_update(attente, ["statut", "motif", "traite_le", "traite_par"])
    return [d for d in attente if d.statut == StatutRattachement.VALIDEE]


def courrier_valide(structure: Structure, droits: Iterable[str], codes: Sequence[str]) -> tuple[str, str]:
    """Subject and body of the good news."""
    nom = structure.raison_sociale
    detail = f"\nServices : {', '.join(codes)}." if codes else ""
    return (
        f"Rattachement à {nom} – Validé",
        f"Votre rattachement à {nom} est validé.{detail}\nVos habilitations :\n"
        + ("\n".join(f"– {texte}" for texte in droits) or "– aucune")
        + "\n\nSi les applications n'apparaissent pas, déconnectez-vous puis reconnectez-vous.",
    )


def courrier_refuse(structure: Structure, motif: str) -> tuple[str, str]:
    nom = structure.raison_sociale
    return (
        f"Rattachement à {nom} – Refusé",
        f"Votre demande de rattachement à {nom} est refusée.\nMotif : « {motif} »",
    )


@transaction.atomic
def valider(
    rattachement: Rattachement,
    choix: Iterable[Choix],
    *,
    par: Compte | None,
    services: Iterable[int] | None = None,
    nom: str = "",
) -> None:
    """Accept a request with these rights; ``services``: those accepted among the ones asked for (all by default).

    Raises ``RattachementRefuse``, ``DejaTraite``, ``habilitations.HabilitationRefusee``.
    """
    reprendre(rattachement)
    structure = rattachement.structure
    droits = habilitations.verifier(structure, choix)
    _decider(rattachement, StatutRattachement.VALIDEE, par)
    demandes = set(
        RattachementService.objects.filter(
            rattachement=rattachement, statut=StatutRattachement.EN_COURS_DE_VALIDATION
        ).values_list("service_id", flat=True)
    )
    acceptes = demandes if services is None else demandes & set(services)
    retenus = _traiter_services(rattachement, acceptes, par, "Service non accordé par le gestionnaire.")
    droits = [un for un in droits if un.service_id not in demandes - acceptes]
    habilitations.ecrire(rattachement, droits)
    textes = sorted(habilitations.libelle(un, {d.service_id: d.service.code for d in retenus}) for un in droits)
    noter_acte(
        structure,
        TypeActe.RATTACHEMENT_VALIDE,
        par=par,
        nom=nom,
        objet=rattachement.compte.login_email,
        apres={"habilitations": textes, "services": [d.service.code for d in retenus]},
    )
    ecrire_a_l_utilisateur(rattachement, *courrier_valide(structure, textes, [d.etiquette for d in retenus]))
    apres_habilitation(rattachement, {un.profil for un in droits if un.niveau == "MODIFICATION"})
    publish("rattachement.valide", **faits(rattachement))


@transaction.atomic
def refuser(rattachement: Rattachement, *, par: Compte | None, motif: str, nom: str = "") -> None:
    """Refuse a request, with a reason (§13.9). Raises ``RattachementRefuse``, ``DejaTraite``."""
    motif = motif.strip()[:MOTIF_MAXIMUM]
    if not motif:
        raise RattachementRefuse("Indiquez le motif du refus : le demandeur le lira.", "motif")
    reprendre(rattachement)
    _decider(rattachement, StatutRattachement.REFUSEE, par, motif)
    _traiter_services(rattachement, set(), par, motif)
    structure = rattachement.structure
    noter_acte(
        structure,
        TypeActe.RATTACHEMENT_REFUSE,
        par=par,
        nom=nom,
        objet=rattachement.compte.login_email,
        apres={"motif": motif},
    )
    ecrire_a_l_utilisateur(rattachement, *courrier_refuse(structure, motif))
    apres_refus(rattachement, par)
    publish("rattachement.refuse", **faits(rattachement))


@transaction.atomic
def traiter_services(
    rattachement: Rattachement,
    *,
    acceptes: Iterable[int],
    choix: Iterable[Choix] = (),
    par: Compte | None,
    motif: str = "",
) -> None:
    """Decide on the services asked for by an account already attached; a refusal needs a reason."""
    pas_la_sienne(rattachement, par)
    reprendre(rattachement)
    structure = rattachement.structure
    voulus = set(acceptes)
    attente = set(
        RattachementService.objects.filter(
            rattachement=rattachement, statut=StatutRattachement.EN_COURS_DE_VALIDATION
        ).values_list("service_id", flat=True)
    )
    if not attente:
        raise DejaTraite("Ces services n'attendent plus : un autre gestionnaire a déjà répondu.")
    motif = motif.strip()[:MOTIF_MAXIMUM]
    if attente - voulus and not motif:
        raise RattachementRefuse("Indiquez le motif du refus : le demandeur le lira.", "motif")
    retenus = _traiter_services(rattachement, voulus, par, motif)
    codes = {d.service_id: d.service.code for d in retenus}
    gardes = [un for un in habilitations.detenues(rattachement) if un.service_id is None or un.service_id not in codes]
    neufs = [un for un in habilitations.verifier(structure, choix) if un.service_id in codes]
    if rattachement.role != Role.GESTIONNAIRE_PRINCIPAL:
        habilitations.ecrire(rattachement, [*gardes, *neufs])
    noter_acte(
        structure,
        TypeActe.RATTACHEMENT_VALIDE if retenus else TypeActe.RATTACHEMENT_REFUSE,
        par=par,
        objet=rattachement.compte.login_email,
        apres={"services": sorted(codes.values()), "motif": motif},
    )
    suite = f"\nMotif du refus des autres : « {motif} »" if attente - set(codes) else ""
    ecrire_a_l_utilisateur(
        rattachement,
        f"Services de {structure.raison_sociale}",
        f"Services validés : {', '.join(sorted(d.etiquette for d in retenus)) or 'aucun'}.{suite}",
    )


@transaction.atomic
def annuler(rattachement: Rattachement, *, par: Compte) -> None:
    """The requester withdraws his request while nobody has answered."""
    reprendre(rattachement)
    change = Rattachement.objects.filter(
        pk=rattachement.pk, compte=par, statut=StatutRattachement.EN_COURS_DE_VALIDATION
    ).update(statut=StatutRattachement.SUPPRIMEE, traite_le=clock.now(), traite_par=par)
    if not change:
        raise repondu_entretemps(rattachement)
    RattachementService.objects.filter(rattachement=rattachement, statut__in=VIVANTS).update(
        statut=StatutRattachement.SUPPRIMEE, traite_le=clock.now(), traite_par=par
    )
    noter_acte(rattachement.structure, TypeActe.RATTACHEMENT_SUPPRIME, par=par, objet=f"Demande de {par.login_email}")
