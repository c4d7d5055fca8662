"""What is done with the users of a structure: attach, give rights over, suspend, detach, hand over (§5.3, §5.4)."""

from collections.abc import Iterable

from django.db import transaction

from accounts.enums import EtatCompte
from accounts.models import Compte
from accounts.rules import est_adresse_de_formation
from accounts.services import comptes
from sandbox import clock
from sandbox.events.registry import publish
from structures.enums import Role, StatutRattachement, TypeActe
from structures.models import Habilitation, Rattachement, RattachementService, Structure
from structures.services import habilitations, verrous
from structures.services.actes import noter_acte
from structures.services.courriers import ecrire_a_l_utilisateur
from structures.services.habilitations import Choix
from structures.services.promesses import apres_habilitation
from structures.services.rattachements import (
    VIVANTS,
    DejaTraite,
    RattachementRefuse,
    creer_services,
    faits,
    lien_vivant,
    pas_la_sienne,
    repondu_entretemps,
    reprendre,
    services_ouverts,
    valider,
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
    lien = lien_vivant(compte, structure)
    droits = habilitations.verifier(structure, choix)
    choisis = services_ouverts(structure, services)
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
    creer_services(lien, choisis, StatutRattachement.VALIDEE)
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
    publish("rattachement.valide", **faits(lien))
    return lien


@transaction.atomic
def dupliquer(source: Rattachement, cible: Rattachement, *, par: Compte | None) -> bool:
    """« Duplication des droits »: give ``cible`` what ``source`` holds, on the same structure."""
    reprendre(source)
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
    reprendre(rattachement)
    _pas_le_gestionnaire(rattachement)
    if rattachement.statut != de:
        raise repondu_entretemps(rattachement)
    Rattachement.objects.filter(pk=rattachement.pk).update(statut=vers, traite_le=clock.now(), traite_par=par)
    rattachement.statut = vers
    structure = rattachement.structure
    noter_acte(structure, acte, par=par, objet=rattachement.compte.login_email)
    ecrire_a_l_utilisateur(rattachement, f"Rattachement à {structure.raison_sociale} – {vers.label}", phrase)
    publish("rattachement.change", **faits(rattachement))


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
    if lien_vivant(rattachement.compte, rattachement.structure) is not None:
        raise RattachementRefuse(f"{rattachement.compte} a déjà un autre rattachement à cette structure.")
    pas_la_sienne(rattachement, par)
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
    reprendre(rattachement)
    de = StatutRattachement(rattachement.statut)
    if de not in (StatutRattachement.VALIDEE, StatutRattachement.DESACTIVEE):
        raise repondu_entretemps(rattachement)
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
    RattachementService.objects.filter(rattachement=vers, statut=StatutRattachement.EN_COURS_DE_VALIDATION).update(
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
    publish("gestionnaire.transfere", **faits(vers))


def renvoyer_activation(rattachement: Rattachement, *, par: Compte) -> None:
    """A manager sends again the activation link of a user of the structure."""
    if rattachement.compte.etat != EtatCompte.EN_ATTENTE_ACTIVATION:
        raise RattachementRefuse(f"Le compte de {rattachement.compte} est déjà activé.")
    comptes.renvoyer_activation(rattachement.compte)
    noter_acte(rattachement.structure, TypeActe.ACTIVATION_RENVOYEE, par=par, objet=rattachement.compte.login_email)
