"""Ask for an attachment, decide on it, end it, hand the management over (comptes-structures.md §5.3, §5.4)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.enums import EtatCompte
from accounts.models import Compte
from accounts.rules import est_adresse_de_formation
from accounts.services import comptes
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


def _faits(rattachement: Rattachement) -> dict[str, Any]:
    """What is told of an attachment; ``place``: the seat of its account."""
    return {
        "cohort_id": rattachement.cohort_id,
        "rattachement_id": rattachement.pk,
        "place": rattachement.compte.place,
    }


def _services(structure: Structure, ids: Iterable[int]) -> list[Service]:
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


def _creer_services(
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


def _vivant(compte: Compte, structure: Structure) -> Rattachement | None:
    return Rattachement.objects.filter(compte=compte, structure=structure, statut__in=VIVANTS).first()


def _refuser_si_vivant(compte: Compte, structure: Structure) -> None:
    lien = _vivant(compte, structure)
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
    choisis = _services(structure, services)
    lien = Rattachement.objects.create(
        cohort=structure.cohort,
        place=compte.place,
        compte=compte,
        structure=structure,
        role=Role.UTILISATEUR,
        commentaire=commentaire[:MOTIF_MAXIMUM],
    )
    demandes = _creer_services(
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
    publish("rattachement.demande", **_faits(lien))
    return lien


@transaction.atomic
def demander_services(
    rattachement: Rattachement, services: Iterable[int], *, commentaire: str = "", periodes: Periodes | None = None
) -> list[Service]:
    """An attached account asks for more services. Raises ``RattachementRefuse``."""
    _reprendre(rattachement)
    if rattachement.statut != StatutRattachement.VALIDEE:
        raise RattachementRefuse("Demandez d'abord le rattachement à la structure.", "structure")
    choisis = _services(rattachement.structure, services)
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
    demandes = _creer_services(
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
        lien = _vivant(compte, structure)
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


def _deja_traite(rattachement: Rattachement) -> DejaTraite:
    rattachement.refresh_from_db(fields=["statut", "traite_le", "traite_par"])
    return deja_traite(rattachement)


def _reprendre(rattachement: Rattachement) -> None:
    """Lock its structure, then read it again: several people decide at once. Raises ``DejaTraite``."""
    if not verrous.lien(rattachement):
        raise DejaTraite(
            f"{rattachement.structure.raison_sociale} vient de changer d'identifiant : la demande de "
            f"{rattachement.compte} l'a suivie. Répondez-y depuis la nouvelle structure."
        )


def _pas_la_sienne(rattachement: Rattachement, par: Compte | None) -> None:
    if par is not None and par.pk == rattachement.compte_id:
        raise RattachementRefuse("On ne valide pas sa propre demande : un autre gestionnaire doit y répondre.")


def _decider(rattachement: Rattachement, statut: StatutRattachement, par: Compte | None, motif: str = "") -> None:
    """Compare-and-set: of two managers, one decides and the other is told."""
    _pas_la_sienne(rattachement, par)
    change = Rattachement.objects.filter(pk=rattachement.pk, statut=StatutRattachement.EN_COURS_DE_VALIDATION).update(
        statut=statut, motif=motif, traite_le=clock.now(), traite_par=par
    )
    if not change:
        raise _deja_traite(rattachement)
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
    _reprendre(rattachement)
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
    publish("rattachement.valide", **_faits(rattachement))


@transaction.atomic
def refuser(rattachement: Rattachement, *, par: Compte | None, motif: str, nom: str = "") -> None:
    """Refuse a request, with a reason (§13.9). Raises ``RattachementRefuse``, ``DejaTraite``."""
    motif = motif.strip()[:MOTIF_MAXIMUM]
    if not motif:
        raise RattachementRefuse("Indiquez le motif du refus : le demandeur le lira.", "motif")
    _reprendre(rattachement)
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
    publish("rattachement.refuse", **_faits(rattachement))


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
    _pas_la_sienne(rattachement, par)
    _reprendre(rattachement)
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


def _creer_utilisateur(structure: Structure, login: str, prenom: str, nom: str, par: Compte | None) -> Compte:
    """Account of a user who has none, to be activated by the link sent to him (§4.6)."""
    if not (prenom and nom):
        raise RattachementRefuse(
            f"Aucun compte n'a l'adresse de connexion « {login} ». Corrigez-la ou, si cette personne n'a pas de "
            "compte, donnez aussi son prénom et son nom : il sera créé.",
            "login_email",
        )
    if not est_adresse_de_formation(login):
        raise RattachementRefuse(
            "Une vraie adresse ne recevrait rien : aucun courriel ne sort du bac à sable. Saisissez-en une qui se "
            "termine par .example.",
            "login_email",
        )
    place = par.place if par is not None else structure.place
    return comptes.creer(structure.cohort, place=place, login_email=login, prenom=prenom, nom=nom, pour_autrui=True)


@transaction.atomic
def rattacher_directement(
    structure: Structure,
    login_email: str,
    choix: Iterable[Choix],
    *,
    par: Compte | None,
    services: Iterable[int] = (),
    prenom: str = "",
    nom: str = "",
) -> Rattachement:
    """A manager attaches a user by login address, without request (§5.3). Raises ``RattachementRefuse``.

    With ``prenom`` and ``nom``, an account is created for who has none (§4.6); else it is refused.
    """
    login = login_email.strip().lower()
    compte = Compte.objects.filter(login_email=login).first()
    if compte is None:
        compte = _creer_utilisateur(structure, login, prenom.strip(), nom.strip(), par)
    elif compte.etat == EtatCompte.TECHNIQUE:
        raise RattachementRefuse(f"« {login} » est un compte technique : il ne se rattache pas.", "login_email")
    if compte.etat == EtatCompte.DESACTIVE:
        raise RattachementRefuse(f"Le compte {login} est désactivé : il doit d'abord être réactivé.", "login_email")
    verrous.structures(structure)
    lien = _vivant(compte, structure)
    droits = habilitations.verifier(structure, choix)
    choisis = _services(structure, services)
    if lien is not None and lien.statut == StatutRattachement.EN_COURS_DE_VALIDATION:
        lien.compte, lien.structure = compte, structure
        valider(lien, droits, par=par)
        return lien
    if lien is not None:
        raise RattachementRefuse(f"{compte} est déjà rattaché à {structure.raison_sociale}.", "login_email")
    lien = Rattachement.objects.create(
        cohort=structure.cohort,
        place=compte.place,
        compte=compte,
        structure=structure,
        role=Role.UTILISATEUR,
        statut=StatutRattachement.VALIDEE,
        traite_le=clock.now(),
        traite_par=par,
    )
    _creer_services(lien, choisis, StatutRattachement.VALIDEE)
    habilitations.ecrire(lien, droits)
    codes = {s.pk: s.code for s in choisis}
    textes = sorted(habilitations.libelle(un, codes) for un in droits)
    noter_acte(structure, TypeActe.RATTACHEMENT_DIRECT, par=par, objet=login, apres={"habilitations": textes})
    ecrire_a_l_utilisateur(
        lien,
        f"Rattachement à {structure.raison_sociale} – Validé",
        f"{par or 'Le gestionnaire'} vous a rattaché à {structure.raison_sociale}.\nVos habilitations :\n"
        + ("\n".join(f"– {t}" for t in textes) or "– aucune"),
    )
    apres_habilitation(lien, {un.profil for un in droits if un.niveau == "MODIFICATION"})
    publish("rattachement.valide", **_faits(lien))
    return lien


@transaction.atomic
def dupliquer(source: Rattachement, cible: Rattachement, *, par: Compte | None) -> bool:
    """« Duplication des droits »: give ``cible`` what ``source`` holds, on the same structure."""
    _reprendre(source)
    if source.structure_id != cible.structure_id or source.statut != StatutRattachement.VALIDEE:
        raise RattachementRefuse("Les droits se dupliquent entre deux utilisateurs de la même structure.")
    if source.pk == cible.pk:
        raise RattachementRefuse("Choisissez deux utilisateurs différents.", "cible")
    choix = habilitations.detenues(source)
    return habilitations.poser(cible, choix, par=par, acte=TypeActe.DROITS_DUPLIQUES)


def _pas_le_gestionnaire(rattachement: Rattachement) -> None:
    if rattachement.role == Role.GESTIONNAIRE_PRINCIPAL:
        raise RattachementRefuse(
            f"{rattachement.compte} est le gestionnaire principal de {rattachement.structure} : une structure en garde "
            "toujours un. Transférez d'abord ce rôle à un autre utilisateur."
        )
    if rattachement.role == Role.TECHNIQUE:
        raise RattachementRefuse("Un compte technique se gère dans le domaine « Raccordements ».")


@transaction.atomic
def _changer(
    rattachement: Rattachement,
    de: StatutRattachement,
    vers: StatutRattachement,
    acte: TypeActe,
    par: Compte | None,
    phrase: str,
) -> None:
    _reprendre(rattachement)
    _pas_le_gestionnaire(rattachement)
    if rattachement.statut != de:
        raise _deja_traite(rattachement)
    Rattachement.objects.filter(pk=rattachement.pk).update(statut=vers, traite_le=clock.now(), traite_par=par)
    rattachement.statut = vers
    structure = rattachement.structure
    noter_acte(structure, acte, par=par, objet=rattachement.compte.login_email)
    ecrire_a_l_utilisateur(rattachement, f"Rattachement à {structure.raison_sociale} – {vers.label}", phrase)
    publish("rattachement.change", **_faits(rattachement))


def desactiver(rattachement: Rattachement, *, par: Compte | None) -> None:
    """Suspend a user's attachment: his rights are kept, without effect."""
    _pas_le_gestionnaire(rattachement)
    if par is not None and par.pk == rattachement.compte_id:
        raise RattachementRefuse(
            "On ne désactive pas son propre rattachement. Pour partir, détachez-vous dans « Mes rattachements »."
        )
    _changer(
        rattachement,
        StatutRattachement.VALIDEE,
        StatutRattachement.DESACTIVEE,
        TypeActe.RATTACHEMENT_DESACTIVE,
        par,
        f"Votre rattachement à {rattachement.structure} est désactivé : vous n'y avez plus accès.",
    )


@transaction.atomic
def reactiver(rattachement: Rattachement, *, par: Compte | None) -> None:
    """Give a suspended attachment its effect back."""
    verrous.structures(rattachement.structure)
    if _vivant(rattachement.compte, rattachement.structure) is not None:
        raise RattachementRefuse(f"{rattachement.compte} a déjà un autre rattachement à cette structure.")
    _pas_la_sienne(rattachement, par)
    _changer(
        rattachement,
        StatutRattachement.DESACTIVEE,
        StatutRattachement.VALIDEE,
        TypeActe.RATTACHEMENT_REACTIVE,
        par,
        f"Votre rattachement à {rattachement.structure} est de nouveau actif.",
    )


@transaction.atomic
def detacher(rattachement: Rattachement, *, par: Compte | None) -> None:
    """End an attachment, by a manager or by the user himself; its rights go with it."""
    _reprendre(rattachement)
    de = StatutRattachement(rattachement.statut)
    if de not in (StatutRattachement.VALIDEE, StatutRattachement.DESACTIVEE):
        raise _deja_traite(rattachement)
    _changer(
        rattachement,
        de,
        StatutRattachement.SUPPRIMEE,
        TypeActe.RATTACHEMENT_SUPPRIME,
        par,
        f"Vous n'êtes plus rattaché à {rattachement.structure}.",
    )
    Habilitation.objects.filter(rattachement=rattachement).delete()
    RattachementService.objects.filter(rattachement=rattachement, statut__in=VIVANTS).update(
        statut=StatutRattachement.SUPPRIMEE, traite_le=clock.now(), traite_par=par
    )


@transaction.atomic
def annuler(rattachement: Rattachement, *, par: Compte) -> None:
    """The requester withdraws his request while nobody has answered."""
    _reprendre(rattachement)
    change = Rattachement.objects.filter(
        pk=rattachement.pk, compte=par, statut=StatutRattachement.EN_COURS_DE_VALIDATION
    ).update(statut=StatutRattachement.SUPPRIMEE, traite_le=clock.now(), traite_par=par)
    if not change:
        raise _deja_traite(rattachement)
    RattachementService.objects.filter(rattachement=rattachement, statut__in=VIVANTS).update(
        statut=StatutRattachement.SUPPRIMEE, traite_le=clock.now(), traite_par=par
    )
    noter_acte(rattachement.structure, TypeActe.RATTACHEMENT_SUPPRIME, par=par, objet=f"Demande de {par.login_email}")


@transaction.atomic
def transferer(structure: Structure, *, vers: Rattachement, par: Compte | None, nom: str = "") -> None:
    """« Transfert du rôle du gestionnaire principal » (§5.4): roles swap, the former one keeps his profiles.

    Raises ``RattachementRefuse``.
    """
    verrous.structures(structure)
    verrous.compte(vers.compte)
    vers.refresh_from_db(fields=["statut", "role"])
    ancien = Rattachement.objects.filter(
        structure=structure, role=Role.GESTIONNAIRE_PRINCIPAL, statut=StatutRattachement.VALIDEE
    ).first()
    if par is not None and (ancien is None or ancien.compte_id != par.pk):
        raise DejaTraite("Vous n'êtes plus le gestionnaire principal de cette structure.")
    if vers.structure_id != structure.pk or vers.statut != StatutRattachement.VALIDEE:
        raise RattachementRefuse(f"{vers.compte} n'est pas rattaché à {structure.raison_sociale}.", "vers")
    if vers.role == Role.TECHNIQUE or vers.compte.etat != EtatCompte.ACTIF:
        raise RattachementRefuse(f"Le compte de {vers.compte} n'est pas actif : il ne peut pas gérer.", "vers")
    if ancien is not None and ancien.pk == vers.pk:
        raise RattachementRefuse(f"{vers.compte} est déjà le gestionnaire principal.", "vers")
    if ancien is not None:
        Rattachement.objects.filter(pk=ancien.pk).update(role=Role.UTILISATEUR)
    Rattachement.objects.filter(pk=vers.pk).update(role=Role.GESTIONNAIRE_PRINCIPAL)
    vers.role = Role.GESTIONNAIRE_PRINCIPAL
    habilitations.ecrire(vers, habilitations.du_gp(structure))
    RattachementService.objects.filter(Q(rattachement=vers), statut=StatutRattachement.EN_COURS_DE_VALIDATION).update(
        statut=StatutRattachement.VALIDEE, traite_le=clock.now(), traite_par=par
    )
    noter_acte(
        structure,
        TypeActe.GESTIONNAIRE_TRANSFERE,
        par=par,
        nom=nom,
        objet=str(vers.compte),
        avant={"gestionnaire": str(ancien.compte) if ancien else "aucun"},
        apres={"gestionnaire": str(vers.compte)},
    )
    ecrire_a_l_utilisateur(
        vers,
        f"Vous êtes gestionnaire principal de {structure.raison_sociale}",
        f"{(ancien.compte if ancien else nom) or 'Le portail'} vous a transféré le rôle de gestionnaire principal.",
    )
    publish("gestionnaire.transfere", **_faits(vers))


def renvoyer_activation(rattachement: Rattachement, *, par: Compte) -> None:
    """A manager sends again the activation link of a user of the structure."""
    if rattachement.compte.etat != EtatCompte.EN_ATTENTE_ACTIVATION:
        raise RattachementRefuse(f"Le compte de {rattachement.compte} est déjà activé.")
    comptes.renvoyer_activation(rattachement.compte)
    noter_acte(rattachement.structure, TypeActe.ACTIVATION_RENVOYEE, par=par, objet=rattachement.compte.login_email)
