"""Avoirs: found from the invoice they correct, closed by the portal when that one is rejected (factures.md T35)."""

from django.db.models import QuerySet

from invoices import lifecycle
from invoices.enums import Acteur, Action, Statut, TypeFacture
from invoices.models import Facture
from invoices.services.transitions import apply


def origine(avoir: Facture) -> Facture | None:
    """The invoice that this avoir corrects: same supplier, number as typed; the last one of several years."""
    if avoir.type_facture != TypeFacture.AVOIR or not avoir.numero_facture_origine:
        return None
    trouvee: Facture | None = (
        Facture.objects.envoyees()
        .filter(
            siren_fournisseur=avoir.siren_fournisseur,
            numero=avoir.numero_facture_origine,
            type_facture=TypeFacture.FACTURE,
        )
        .order_by("-annee", "-pk")
        .first()
    )
    return trouvee


def de(facture: Facture) -> QuerySet[Facture]:
    """Avoirs sent that name this invoice as their origin."""
    trouves: QuerySet[Facture] = Facture.objects.envoyees().filter(
        siren_fournisseur=facture.siren_fournisseur,
        numero_facture_origine=facture.numero,
        type_facture=TypeFacture.AVOIR,
    )
    return trouves


def _solder(avoir: Facture, facture: Facture) -> None:
    apply(
        avoir,
        Action.SOLDER_AVOIR,
        acteur=Acteur.PLATEFORME,
        commentaire=f"La facture d'origine {facture.numero} est rejetée : cet avoir est clos par le portail.",
        champs={"solde": True},
    )


def solder_si_besoin(avoir: Facture) -> bool:
    """At its arrival (T07): close it when its invoice is rejected already."""
    facture = origine(avoir)
    if facture is None or facture.statut != Statut.REJETEE:
        return False
    if lifecycle.find(avoir.situation(), Action.SOLDER_AVOIR, Acteur.PLATEFORME) is None:
        return False
    _solder(avoir, facture)
    return True


def solder_ceux_de(facture: Facture) -> int:
    """At the rejection of an invoice (T22): close the avoirs that wait at the recipient's."""
    attendus = (
        de(facture)
        .filter(statut=Statut.MISE_A_DISPOSITION)
        .select_related("destinataire", "fournisseur", "cree_par", "cohort")
    )
    for avoir in attendus:
        _solder(avoir, facture)
    return len(attendus)
