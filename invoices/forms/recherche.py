"""Criteria of « Rechercher » (factures.md §6.2)."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from invoices.enums import AVANT_ENVOI, Cadre, ModeDepot, Statut, TypeFacture
from invoices.models import Facture
from sandbox.web.forms import DateField, MontantField
from structures.models import Structure


class FiltreDate(django_filters.Filter):
    field_class = DateField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "")
        super().__init__(*args, **kwargs)


class FiltreMontant(django_filters.Filter):
    field_class = MontantField


STATUTS = [(s.value, s.label) for s in Statut if s not in AVANT_ENVOI]
OUI_NON = [("oui", "Oui"), ("non", "Non")]


class FactureFilter(django_filters.FilterSet):
    """Every criterion is optional; an unreadable one is said at its field and restricts nothing."""

    numero = django_filters.CharFilter(label="N° de facture", lookup_expr="icontains", max_length=40)
    destinataire = django_filters.CharFilter(label="Destinataire ou SIRET", method="par_destinataire")
    fournisseur = django_filters.ChoiceFilter(
        label="Fournisseur", field_name="fournisseur_id", empty_label="Toutes vos structures"
    )
    depot_du = FiltreDate(label="Déposée du", field_name="date_depot", lookup_expr="date__gte")
    depot_au = FiltreDate(label="Déposée jusqu'au", field_name="date_depot", lookup_expr="date__lte")
    statut = django_filters.MultipleChoiceFilter(
        label="Statut courant", choices=STATUTS, widget=forms.CheckboxSelectMultiple
    )
    facture_du = FiltreDate(label="Datée du", field_name="date_facture", lookup_expr="gte")
    facture_au = FiltreDate(label="Datée jusqu'au", field_name="date_facture", lookup_expr="lte")
    etat_du = FiltreDate(label="Dans son statut depuis le", field_name="statut_depuis", lookup_expr="date__gte")
    etat_au = FiltreDate(label="Dans son statut jusqu'au", field_name="statut_depuis", lookup_expr="date__lte")
    type_facture = django_filters.ChoiceFilter(label="Type", choices=TypeFacture.choices, empty_label="Tous")
    cadre = django_filters.ChoiceFilter(label="Cadre de facturation", choices=Cadre.choices, empty_label="Tous")
    mode_depot = django_filters.ChoiceFilter(label="Mode de dépôt", choices=ModeDepot.choices, empty_label="Tous")
    code_service = django_filters.CharFilter(label="Service exécutant", lookup_expr="icontains", max_length=100)
    numero_engagement = django_filters.CharFilter(label="N° d'engagement", lookup_expr="icontains", max_length=50)
    numero_marche = django_filters.CharFilter(label="N° de marché", lookup_expr="icontains", max_length=50)
    origine = django_filters.CharFilter(
        label="N° de facture d'origine", field_name="numero_facture_origine", lookup_expr="icontains", max_length=20
    )
    flux = django_filters.CharFilter(label="N° de flux", field_name="flux__numero", lookup_expr="icontains")
    ht_min = FiltreMontant(label="Montant HT, de", field_name="montant_ht", lookup_expr="gte")
    ht_max = FiltreMontant(label="Montant HT, jusqu'à", field_name="montant_ht", lookup_expr="lte")
    ttc_min = FiltreMontant(label="Montant TTC, de", field_name="montant_ttc", lookup_expr="gte")
    ttc_max = FiltreMontant(label="Montant TTC, jusqu'à", field_name="montant_ttc", lookup_expr="lte")
    payer_min = FiltreMontant(label="Montant à payer, de", field_name="montant_a_payer", lookup_expr="gte")
    payer_max = FiltreMontant(label="Montant à payer, jusqu'à", field_name="montant_a_payer", lookup_expr="lte")
    rejet_traite = django_filters.ChoiceFilter(
        label="Rejet traité", choices=OUI_NON, empty_label="Indifférent", method="par_rejet"
    )

    COURANTS = ("numero", "destinataire", "fournisseur", "depot_du", "depot_au")
    AUTRES = (
        *("facture_du", "facture_au", "etat_du", "etat_au", "type_facture", "cadre", "mode_depot", "code_service"),
        *("numero_engagement", "numero_marche", "origine", "flux", "ht_min", "ht_max", "ttc_min", "ttc_max"),
        *("payer_min", "payer_max", "rejet_traite"),
    )

    class Meta:
        model = Facture
        fields: list[str] = []

    def __init__(self, *args: Any, structures: Sequence[Structure], **kwargs: Any) -> None:
        self._structures = [(str(s.pk), s.raison_sociale) for s in structures]
        super().__init__(*args, **kwargs)

    @property
    def form(self) -> Any:
        if not hasattr(self, "_form"):
            self.filters["fournisseur"].extra["choices"] = self._structures
            formulaire = super().form
            for nom, champ in formulaire.fields.items():
                champ.help_text = ""
                if nom != "statut":
                    champ.error_messages["invalid_choice"] = f"La valeur du champ « {champ.label} » n'est pas reconnue."
        return super().form

    def filter_queryset(self, queryset: QuerySet[Facture]) -> QuerySet[Facture]:
        """Criteria that could be read, whatever the others."""
        for nom, valeur in self.form.cleaned_data.items():
            queryset = self.filters[nom].filter(queryset, valeur)
        return queryset

    @property
    def qs(self) -> QuerySet[Facture]:
        if not hasattr(self, "_qs"):
            queryset = self.queryset.all()
            if self.is_bound:
                self.form.is_valid()
                queryset = self.filter_queryset(queryset)
            self._qs = queryset
        return self._qs

    def par_destinataire(self, queryset: QuerySet[Facture], nom: str, valeur: str) -> QuerySet[Facture]:
        compact = "".join(valeur.split())
        if compact.isdigit():
            return queryset.filter(destinataire__identifiant__startswith=compact[:14])
        for mot in valeur.split()[:6]:
            queryset = queryset.filter(
                Q(destinataire__raison_sociale__icontains=mot) | Q(destinataire__ville__icontains=mot)
            )
        return queryset

    def par_rejet(self, queryset: QuerySet[Facture], nom: str, valeur: str) -> QuerySet[Facture]:
        return queryset.filter(statut=Statut.REJETEE, rejet_traite=valeur == "oui")

    def actifs(self) -> int:
        """Number of criteria in force."""
        if not self.is_bound:
            return 0
        self.form.is_valid()
        return sum(1 for valeur in self.form.cleaned_data.values() if valeur not in (None, "", []))

    def autres_actifs(self) -> bool:
        """A criterion of the folded part is in force, or wrong."""
        if not self.is_bound:
            return False
        self.form.is_valid()
        return any(self.form.cleaned_data.get(n) not in (None, "", []) or n in self.form.errors for n in self.AUTRES)
