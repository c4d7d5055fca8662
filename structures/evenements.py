"""Handlers of the due events of simulated persons: ids in, one service called."""

from accounts.enums import Niveau
from sandbox.events.models import DueEvent
from sandbox.events.registry import register
from structures import queries, robots
from structures.enums import EtatService, StatutRattachement
from structures.models import Personnage, Rattachement, Service, Structure
from structures.services import habilitations, rattachements, subdivisions
from structures.services.promesses import DEMANDER, MALADRESSE, REPONDRE, REPONDRE_SERVICES


def _gestionnaire(lien: Rattachement, event: DueEvent) -> Personnage | None:
    """The simulated person who manages the structure now, None when it is a real one."""
    lien.cohort = lien.structure.cohort = event.cohort
    gestion = queries.gestionnaire_principal(lien.structure)
    if gestion is None:
        return None
    return Personnage.objects.select_related("compte").filter(compte=gestion.compte).first()


def _reponse(joue: Personnage, lien: Rattachement) -> robots.Reponse:
    return robots.repondre(
        joue.script, place_du_demandeur=lien.compte.place, place_de_la_structure=lien.structure.place
    )


@register(REPONDRE)
def repondre(event: DueEvent) -> str | None:
    """The simulated gestionnaire accepts or refuses, unless somebody has answered in the meantime."""
    lien = Rattachement.objects.select_related("compte", "structure").filter(pk=event.cible or 0).first()
    if lien is None or lien.statut != StatutRattachement.EN_COURS_DE_VALIDATION:
        return None
    joue = _gestionnaire(lien, event)
    if joue is None:
        return None
    reponse = _reponse(joue, lien)
    if reponse.accepte:
        rattachements.valider(lien, habilitations.profils_seuls(reponse.profils), par=joue.compte)
        return "Rattachement validé"
    rattachements.refuser(lien, par=joue.compte, motif=reponse.motif)
    return "Rattachement refusé"


@register(REPONDRE_SERVICES)
def repondre_services(event: DueEvent) -> str | None:
    """The same answer for services asked for afterwards; the rights already held stay as they are."""
    lien = Rattachement.objects.select_related("compte", "structure").filter(pk=event.cible or 0).first()
    if lien is None or lien.statut != StatutRattachement.VALIDEE:
        return None
    joue = _gestionnaire(lien, event)
    demandes = lien.services.filter(statut=StatutRattachement.EN_COURS_DE_VALIDATION)
    attente = set(demandes.values_list("service_id", flat=True))
    if joue is None or not attente:
        return None
    reponse = _reponse(joue, lien)
    acceptes = attente if reponse.accepte else set()
    rattachements.traiter_services(lien, acceptes=acceptes, par=joue.compte, motif=reponse.motif)
    return "Services validés" if reponse.accepte else "Services refusés"


@register(DEMANDER)
def demander(event: DueEvent) -> str | None:
    """A colleague asks to be attached to the structure of his script, once it exists."""
    joue = Personnage.objects.select_related("compte").filter(pk=event.cible or 0).first()
    structure = Structure.objects.actives().filter(identifiant=joue.script.get("siret")).first() if joue else None
    if joue is None or structure is None:
        return None
    structure.cohort = joue.compte.cohort = event.cohort
    try:
        rattachements.demander(joue.compte, structure, commentaire=joue.script.get("commentaire", ""))
    except rattachements.RattachementRefuse:
        return None
    return "Rattachement demandé"


@register(MALADRESSE)
def maladresse(event: DueEvent) -> str | None:
    """A colleague with too many rights closes a service by mistake, if he still can."""
    peut = queries.en_vigueur().filter(
        rattachement=event.cible or 0,
        profil=event.payload["profil"],
        niveau=Niveau.MODIFICATION,
    )
    lien = Rattachement.objects.select_related("compte").filter(pk=event.cible or 0).first()
    if lien is None or not peut.exists():
        return None
    service = (
        Service.objects.filter(structure=lien.structure_id, code=event.payload["service"], etat=EtatService.ACTIF)
        .select_related("structure")
        .first()
    )
    if service is None:
        return None
    service.structure.cohort = event.cohort
    return "Service désactivé" if subdivisions.desactiver(service, par=lien.compte) else None
