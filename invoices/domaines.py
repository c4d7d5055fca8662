"""What invoices put on the portal's home: the domaine « Facturation », and what waits for the issuer."""

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse

from accounts.profils import Profil
from invoices.enums import Statut
from invoices.models import Facture
from sandbox.web.domaines import Tache, Tuile, register_domaine, register_taches
from structures.acces import droits_de

ATTENDUES: tuple[tuple[Statut, str, str], ...] = (
    (Statut.A_RECYCLER, "facture à recycler", "factures à recycler"),
    (Statut.SUSPENDUE, "facture suspendue à compléter", "factures suspendues à compléter"),
    (Statut.REJETEE, "facture rejetée à traiter", "factures rejetées à traiter"),
    (Statut.BROUILLON, "brouillon à envoyer", "brouillons à envoyer"),
)
"""Statuses in which the issuer's own action is awaited, the most pressing first (factures.md §6.1)."""


def facturation(request: HttpRequest) -> Tuile | None:
    """Shown once the account belongs to a structure."""
    if not droits_de(request).rattache:
        return None
    return Tuile(
        "Facturation",
        "Saisir, déposer et suivre les factures adressées au secteur public.",
        reverse("invoices:domaine"),
        "receipt",
    )


def factures_en_attente(request: HttpRequest) -> list[Tache]:
    """One query, whatever the number of statuses."""
    miennes = droits_de(request).structures(Profil.FACTURES_EMISES, modification=True)
    if not miennes:
        return []
    nombres = dict(
        Facture.objects.filter(fournisseur_id__in=miennes, statut__in=[statut for statut, _, _ in ATTENDUES])
        .exclude(statut=Statut.REJETEE, rejet_traite=True)
        .values_list("statut")
        .annotate(nombre=Count("pk"))
    )
    url = reverse("invoices:synthese")
    return [
        Tache(nombre, pluriel if nombre > 1 else singulier, url)
        for statut, singulier, pluriel in ATTENDUES
        if (nombre := nombres.get(statut, 0))
    ]


register_domaine(10, facturation)
register_taches(10, factures_en_attente)
