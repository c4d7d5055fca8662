"""The trainer takes the seat of a gestionnaire and answers a request himself (formation.md SIM-2, Table C)."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from formation.services.gestes import verrouiller
from sandbox.cohorts.journal import noter
from sandbox.cohorts.models import Cohort
from structures import queries
from structures.enums import Role, StatutRattachement
from structures.models import Personnage, Rattachement
from structures.services import habilitations, rattachements

FORMATEUR = "Le formateur"


@dataclass(frozen=True, slots=True)
class Attente:
    """A request, and who is expected to answer it."""

    demande: Rattachement
    gestionnaire: str
    simule: bool


def en_attente() -> QuerySet[Rattachement]:
    """Requests of the session that nobody has answered, the oldest first. Inside the world."""
    return (
        Rattachement.objects.filter(statut=StatutRattachement.EN_COURS_DE_VALIDATION)
        .select_related("compte", "structure")
        .prefetch_related("services__service")
        .order_by("demande_le", "pk")
    )


def avec_gestionnaires(demandes: list[Rattachement]) -> list[Attente]:
    """Two queries, whatever their number."""
    liens = Rattachement.objects.filter(
        structure__in={d.structure_id for d in demandes},
        role=Role.GESTIONNAIRE_PRINCIPAL,
        statut=StatutRattachement.VALIDEE,
    ).select_related("compte")
    gestions = {lien.structure_id: lien.compte for lien in liens}
    simules = set(Personnage.objects.filter(compte__in=gestions.values()).values_list("compte_id", flat=True))
    attentes = []
    for demande in demandes:
        compte = gestions.get(demande.structure_id)
        simule = compte is not None and compte.pk in simules
        poste = f" (poste {compte.place:02d})" if compte is not None and compte.place and not simule else ""
        attentes.append(Attente(demande, f"{compte}{poste}" if compte else "", simule))
    return attentes


@transaction.atomic
def repondre(cohort: Cohort, demande: Rattachement, *, accepter: bool, motif: str, formateur: object, cle: str) -> None:
    """Accept with the default profiles, or refuse.

    A simulated gestionnaire answers under his own name, as if he had been quicker. Raises ``DejaFait``,
    ``rattachements.RattachementRefuse``.
    """
    verrou = verrouiller(cohort, cle)
    with verrou.monde():
        demande.cohort = demande.structure.cohort = demande.compte.cohort = verrou
        gestion = queries.gestionnaire_principal(demande.structure)
        joue = gestion is not None and Personnage.objects.filter(compte=gestion.compte).exists()
        par = gestion.compte if gestion is not None and joue else None
        if accepter:
            services = [s.service_id for s in demande.services.all()]
            choix = habilitations.par_defaut(demande.structure, services)
            rattachements.valider(demande, choix, par=par, nom=FORMATEUR)
        else:
            rattachements.refuser(demande, par=par, motif=motif, nom=FORMATEUR)
        noter(
            verrou,
            "accepte le rattachement" if accepter else "refuse le rattachement",
            f"{demande.compte.login_email} → {demande.structure}",
            formateur=formateur,
            place=demande.compte.place,
            cle=cle,
        )
