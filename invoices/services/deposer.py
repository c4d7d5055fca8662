"""Send an invoice: rules, then the lifecycle. Every door ends here (DESIGN §4)."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from accounts.models import Compte
from invoices import calculs, queries, rules
from invoices.depot import Depot
from invoices.enums import Acteur, Action, ModeDepot, Statut
from invoices.models import Facture, LigneTva
from invoices.queries_parties import Parties
from invoices.services.transitions import Auteur, TransitionRefusee, apply
from sandbox import clock
from sandbox.events.registry import publish
from structures.models import Service
from structures.queries import Droits


class DepotRefuse(Exception):
    """The rules refuse this deposit; ``manquements`` say what to correct, field by field."""

    def __init__(self, manquements: Sequence[rules.Manquement]) -> None:
        super().__init__("; ".join(m.message for m in manquements))
        self.manquements = list(manquements)


class DejaEnvoyee(TransitionRefusee):
    """The draft was sent, or deleted, meanwhile: by another window, another person, or the first of two clicks."""


def controler(
    depot: Depot, droits: Droits, *, sauf: int | None = None, parties: Parties | None = None
) -> list[rules.Manquement]:
    """What the rules say of a deposit, in the order of the form."""
    return rules.controler(depot, queries.contexte(depot, droits=droits, sauf=sauf, parties=parties))


def _recalculer(facture: Facture, depot: Depot) -> None:
    """A saisie is drawn up by the portal: its amounts are those of its lines, whatever the page sent."""
    recapitulatif = calculs.recapituler(depot.lignes)
    totaux = calculs.totaliser(recapitulatif, depot.remise_globale)
    facture.lignes_tva.all().delete()
    LigneTva.objects.bulk_create(
        LigneTva(
            cohort=facture.cohort,
            place=facture.place,
            facture=facture,
            taux=ligne.taux,
            code_taux=ligne.code_taux,
            base=ligne.base,
            montant=ligne.montant,
        )
        for ligne in recapitulatif
    )
    Facture.objects.filter(pk=facture.pk).update(montant_ht=totaux.ht, montant_tva=totaux.tva, montant_ttc=totaux.ttc)
    facture.montant_ht, facture.montant_tva, facture.montant_ttc = totaux.ht, totaux.tva, totaux.ttc


def verrouiller(facture_id: int) -> Facture:
    """The draft, locked for the transaction under way. Raises ``DejaEnvoyee`` when it is no draft any more."""
    facture = (
        Facture.objects.select_for_update(of=("self",))
        .select_related("fournisseur", "destinataire", "cree_par", "cohort")
        .get(pk=facture_id)
    )
    if not facture.est_brouillon:
        raise DejaEnvoyee(
            f"Cette facture n'est plus un brouillon : elle est « {Statut(facture.statut).label} ». "
            "Retrouvez-la dans Rechercher."
        )
    return facture


@transaction.atomic
def envoyer(facture_id: int, *, compte: Compte, droits: Droits) -> Facture:
    """« Valider et envoyer » a draft. Raises ``DepotRefuse`` (nothing written) or ``DejaEnvoyee``."""
    facture = verrouiller(facture_id)
    depot = queries.depot_de(facture)
    if facture.mode_depot == ModeDepot.SAISIE_PORTAIL:
        _recalculer(facture, depot)
        depot = queries.depot_de(Facture.objects.get(pk=facture.pk))
    if manquements := controler(depot, droits, sauf=facture.pk):
        raise DepotRefuse(manquements)
    return expedier(facture, compte=compte)


def service_de(destinataire_id: int | None, code: str) -> Service | None:
    """The service of this recipient that has this code, whatever its case."""
    if destinataire_id is None or not code:
        return None
    return Service.objects.filter(structure_id=destinataire_id, code__iexact=code).first()


def expedier(facture: Facture, *, compte: Compte) -> Facture:
    """Write the sending itself: identity of the duplicate rule, date of deposit, first transition."""
    if facture.fournisseur is None or facture.date_facture is None:
        raise DepotRefuse([rules.Manquement("SBX_013", "fournisseur", "Le fournisseur et la date sont obligatoires.")])
    service = service_de(facture.destinataire_id, facture.code_service)
    try:
        with transaction.atomic():
            apply(
                facture,
                Action.ENVOYER,
                acteur=Acteur.FOURNISSEUR,
                auteur=Auteur(nom=str(compte), compte=compte),
                champs={
                    "siren_fournisseur": facture.fournisseur.siren,
                    "annee": facture.date_facture.year,
                    "date_depot": clock.now(),
                    "cree_par": compte,
                    "service": service,
                    "code_service": service.code if service else facture.code_service,
                    "libelle_service": service.libelle if service else "",
                    "saisie": {},
                },
            )
    except IntegrityError as collision:
        # The unique constraint is the judge when two identical numbers are sent at the same instant.
        raise DepotRefuse(
            [
                rules.Manquement(
                    rules.references.DOUBLON,
                    "numero",
                    "Une facture portant ce numéro existe déjà pour ce fournisseur et cette année : "
                    f"{facture.numero}. Donnez à celle-ci le numéro suivant de votre série.",
                )
            ]
        ) from collision
    publish(
        "facture.deposee",
        cohort_id=facture.cohort_id,
        facture_id=facture.pk,
        place=facture.place,
        flux=facture.flux_id is not None,
    )
    return facture


@transaction.atomic
def supprimer(facture_id: int, *, compte: Compte) -> None:
    """Logical deletion of a draft (T05)."""
    facture = verrouiller(facture_id)
    apply(facture, Action.SUPPRIMER, acteur=Acteur.FOURNISSEUR, auteur=Auteur(nom=str(compte), compte=compte))
