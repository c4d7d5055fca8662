"""What the counterparts read: the orders of a supplier, the deposit as they see it, his other invoices (SIM-2).

A lot of events is read at once (``Lot``): its lines, files and orders, when the first of them is looked at.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db.models import F, prefetch_related_objects

from invoices.depot import ZERO
from invoices.enums import DecisionValidation, Statut
from invoices.models import Commande, Facture, HistoriqueStatut, Validation
from invoices.robots import attentes
from invoices.robots.attentes import Attendu, Autre, LigneVue, Piece, Vue
from sandbox.cohorts.enums import Regime

MORTES = frozenset({Statut.REJETEE, Statut.REFUSEE_1, Statut.REFUSEE_2})
_LOT = "_lot_des_contreparties"


@dataclass(slots=True)
class Lot:
    """Invoices whose events are played together: what their counterparts know is read once for all of them."""

    factures: list[Facture]
    _commandes: dict[tuple[str, int | None], list[Attendu]] | None = field(default=None)

    def attendus(self, facture: Facture) -> list[Attendu]:
        """Orders made to this supplier, in the part of the world of this invoice."""
        if self._commandes is None:
            self._commandes = _commandes({f.siren_fournisseur for f in self.factures}, facture)
            prefetch_related_objects(self.factures, "lignes", "lignes_tva")
        siren = facture.siren_fournisseur
        return [*self._commandes.get((siren, facture.place), []), *self._commandes.get((siren, None), [])]


def _commandes(sirens: set[str], facture: Facture) -> dict[tuple[str, int | None], list[Attendu]]:
    lues: dict[tuple[str, int | None], list[Attendu]] = {}
    lignes = Commande.objects.filter(fournisseur__in=sirens - {""})
    for siren, place, cle, contenu in lignes.values_list("fournisseur", "place", "cle", "contenu"):
        connue = attentes.lire(cle, contenu, ancrage=facture.cohort.ancrage)
        lues.setdefault((siren, place), []).append(connue)
    return lues


def reunir(factures: Iterable[Facture]) -> None:
    """These invoices come from one lot of events."""
    lot = Lot(list(factures))
    for facture in lot.factures:
        facture.__dict__[_LOT] = lot


def _lot(facture: Facture) -> Lot:
    lu = facture.__dict__.get(_LOT)
    return lu if isinstance(lu, Lot) else Lot([facture])


def _lignes(facture: Facture) -> tuple[LigneVue, ...]:
    return tuple(
        LigneVue(
            denomination=ligne.denomination,
            quantite=ligne.quantite,
            prix=ligne.prix_unitaire,
            taux=ligne.taux,
        )
        for ligne in facture.lignes.all()
    )


def _base(facture: Facture) -> Vue:
    """The deposit without what costs a query: files, past, validator."""
    bases: dict[Decimal, Decimal] = {}
    for rang in facture.lignes_tva.all():
        bases[rang.taux] = bases.get(rang.taux, ZERO) + rang.base
    return Vue(
        numero=facture.numero,
        type_facture=facture.type_facture,
        cadre=facture.cadre,
        client=facture.destinataire.identifiant if facture.destinataire else "",
        ht=facture.montant_ht or ZERO,
        tva=facture.montant_tva or ZERO,
        ttc=facture.montant_ttc or ZERO,
        service=facture.code_service,
        engagement=facture.numero_engagement,
        marche=facture.numero_marche,
        origine=facture.numero_facture_origine,
        date_facture=facture.date_facture,
        lignes=_lignes(facture),
        taux=bases,
        recyclages=facture.recyclages,
    )


def _du_poste(facture: Facture) -> dict[str, Any]:
    return {"place__isnull": True} if facture.place is None else {"place": facture.place}


def _autres(facture: Facture) -> list[Autre]:
    """What the same supplier has sent beside it, in the same part of the world, with the lines."""
    lues = (
        Facture.objects.envoyees()
        .filter(siren_fournisseur=facture.siren_fournisseur, **_du_poste(facture))
        .exclude(pk=facture.pk)
        .select_related("destinataire", "coordonnees_bancaires")
        .prefetch_related("lignes")
        .order_by("pk")
    )
    return [
        Autre(
            numero=autre.numero,
            type_facture=autre.type_facture,
            client=autre.destinataire.identifiant if autre.destinataire else "",
            ht=autre.montant_ht or ZERO,
            ttc=autre.montant_ttc or ZERO,
            avant=autre.pk < facture.pk,
            vivante=autre.statut not in MORTES,
            engagement=autre.numero_engagement,
            marche=autre.numero_marche,
            origine=autre.numero_facture_origine,
            iban=autre.coordonnees_bancaires.iban if autre.coordonnees_bancaires else "",
            date_facture=autre.date_facture,
            lignes=_lignes(autre),
        )
        for autre in lues
    ]


@dataclass(frozen=True, slots=True)
class Regard:
    """A deposit before a counterpart: what is seen, the order it is about, the others of the supplier."""

    vue: Vue
    attendu: Attendu | None
    attendus: list[Attendu]
    autres: list[Autre]


def _refus_transmis(facture: Facture) -> str:
    """Under the reform, a refusal of the titulaire travels with the invoice (T19a)."""
    if facture.valideur_id is None or facture.cohort.regime != Regime.REFORME_2026:
        return ""
    refus = Validation.objects.filter(facture=facture, decision=DecisionValidation.REFUSEE).last()
    return refus.complement if refus else ""


def regarder(facture: Facture) -> Regard:
    """All that is known of a deposit; two more queries only when there is something to compare."""
    connus = _lot(facture).attendus(facture)
    vue = _base(facture)
    attendu = None if vue.est_avoir else attentes.rapprocher(vue, connus)
    banque = facture.coordonnees_bancaires_id is not None and any(c.controle_banque for c in connus)
    refus = _refus_transmis(facture)
    if attendu is None and not (vue.est_avoir or vue.engagement or banque or refus):
        return Regard(vue, None, connus, [])
    pieces = facture.pieces.filter(principale=False).values_list("nom", "designation", "type")
    suspensions = HistoriqueStatut.objects.filter(facture=facture, statut=Statut.SUSPENDUE)
    complete = replace(
        vue,
        valideur=facture.valideur.identifiant if facture.valideur else "",
        iban=facture.coordonnees_bancaires.iban if facture.coordonnees_bancaires else "",
        pieces=tuple(Piece(nom=nom, designation=designation, type=genre) for nom, designation, genre in pieces),
        suspensions=suspensions.exclude(statut_avant=F("statut")).count(),
        refus_valideur=refus,
    )
    return Regard(complete, attendu, connus, _autres(facture))


__all__ = ["MORTES", "Lot", "Regard", "regarder", "reunir"]
