"""What invoices put on the portal's home: the domaine « Facturation », and what waits for each of its three trades."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import cast

from django.db.models import Count, Min, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.profils import Profil
from accounts.requete import Requete
from invoices import queries_espaces as espaces
from invoices import queries_recues as recues
from invoices import queries_suivi as suivi
from invoices import queries_validation as validation
from invoices.enums import Espace, Statut
from sandbox.web.dates import short_date
from sandbox.web.domaines import Tache, Tuile, register_domaine, register_taches
from structures.acces import droits_de
from structures.queries import Droits

ATTENDUES: tuple[tuple[Statut, str, str], ...] = (
    (Statut.ERREUR_FOURNISSEUR_SUR_VALIDEUR, "valideur à corriger", "valideurs à corriger"),
    (Statut.A_RECYCLER, "facture à recycler", "factures à recycler"),
    (Statut.SUSPENDUE, "facture suspendue à compléter", "factures suspendues à compléter"),
    (Statut.REJETEE, "facture rejetée à traiter", "factures rejetées à traiter"),
    (Statut.REFUSEE_1, "facture refusée par un valideur, à traiter", "factures refusées par un valideur, à traiter"),
    (Statut.BROUILLON, "brouillon à envoyer", "brouillons à envoyer"),
)
"""Where the issuer must act, the most pressing first; both refusals count together (factures.md §6.1)."""
METIERS: tuple[tuple[Profil, str], ...] = (
    (Profil.FACTURES_EMISES, "Saisir, déposer et suivre les factures adressées au secteur public."),
    (Profil.FACTURES_RECUES, "Traiter les factures que votre organisme reçoit."),
    (Profil.FACTURES_A_VALIDER, "Valider les factures de vos sous-traitants et cotraitants."),
)
"""What one does here, by profile: the sentence of the tile."""


def facturation(request: HttpRequest) -> Tuile | None:
    """Shown once the account belongs to a structure; what it says depends on what the account holds."""
    droits = droits_de(request)
    if not droits.rattache:
        return None
    phrases = [phrase for profil, phrase in METIERS if droits.structures(profil)]
    return Tuile("Facturation", " ".join(phrases or [METIERS[0][1]]), reverse("invoices:domaine"), "receipt")


def _accorder(nombre: int, singulier: str, pluriel: str) -> str:
    return pluriel if nombre > 1 else singulier


def _emises(droits: Droits, regime: str) -> Iterable[Tache]:
    nombres = dict(
        espaces.modifiables(droits, Espace.EMISES)
        .filter(suivi.a_traiter(regime))
        .values_list("statut")
        .annotate(nombre=Count("pk"))
    )
    nombres[Statut.REFUSEE_1] = nombres.get(Statut.REFUSEE_1, 0) + nombres.get(Statut.REFUSEE_2, 0)
    url = reverse("invoices:synthese")
    for statut, singulier, pluriel in ATTENDUES:
        if nombre := nombres.get(statut, 0):
            yield Tache(nombre, _accorder(nombre, singulier, pluriel), url)


def _recues(droits: Droits) -> Iterable[Tache]:
    nombre = recues.nombre_a_traiter(droits)
    label = _accorder(nombre, "facture reçue à traiter", "factures reçues à traiter")
    yield Tache(nombre, label, reverse("invoices:recues_synthese"))


def _a_valider(droits: Droits) -> Iterable[Tache]:
    trouve = validation.a_traiter(droits, modification=True).aggregate(
        nombre=Count("pk", distinct=True),
        limite=Min("validations__echeance", filter=Q(validations__decision="")),
    )
    label = _accorder(trouve["nombre"], "facture à valider", "factures à valider")
    if trouve["limite"]:
        # The delay ends at 0:00: the last day to answer is the one before (factures.md §5.3).
        label += f", avant la fin du {short_date(timezone.localtime(trouve['limite'] - timedelta(seconds=1)))}"
    yield Tache(trouve["nombre"], label, reverse("invoices:a_valider_synthese"))


def factures_en_attente(request: HttpRequest) -> list[Tache]:
    """One query for each application in which the account may act."""
    droits = droits_de(request)
    suites = (
        (Profil.FACTURES_EMISES, partial(_emises, regime=cast(Requete, request).cohort.regime)),
        (Profil.FACTURES_RECUES, _recues),
        (Profil.FACTURES_A_VALIDER, _a_valider),
    )
    return [
        tache for profil, lister in suites if droits.structures(profil, modification=True) for tache in lister(droits)
    ]


register_domaine(10, facturation)
register_taches(10, factures_en_attente)
