"""Criteria of « Rechercher » (factures.md §6.2): those of the three applications, then what each one leaves out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict

from invoices import queries_suivi as suivi
from invoices.enums import AVANT_ENVOI, VISIBLES, Cadre, Espace, ModeDepot, Statut, TypeFacture
from invoices.models import Facture
from sandbox.web.dates import short_date
from sandbox.web.forms import DateField, MontantField
from sandbox.web.pagination import PARAM_PAGE
from structures.models import Structure

OUI_NON = [("oui", "Oui"), ("non", "Non")]
TYPES_DE_DEMANDE = [
    ("FACTURE", "Facture"),
    ("FACTURE_TRAVAUX", "Facture de travaux"),
    ("MEMOIRE_JUSTICE", "Mémoire de frais de justice"),
    ("DEMANDE_REMBOURSEMENT", "Demande de remboursement"),
]
ARCHIVES, TOUTES = "archives", "toutes"
VIES = [(ARCHIVES, "Archivées"), (TOUTES, "Courantes et archivées")]
VIDES: tuple[Any, ...] = (None, "", [])


class FiltreDate(django_filters.Filter):
    """A day, compared with a day."""

    field_class = DateField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "")
        super().__init__(*args, **kwargs)


class FiltreInstant(FiltreDate):
    """A day, compared with an instant: from its midnight (« gte »), or until the next one (« lt »)."""

    def filter(self, qs: QuerySet[Facture], value: date | None) -> QuerySet[Facture]:
        if value is None:
            return qs
        borne = suivi.minuit(value, lendemain=self.lookup_expr == "lt")
        return qs.filter(**{f"{self.field_name}__{self.lookup_expr}": borne})


class FiltreMontant(django_filters.Filter):
    field_class = MontantField


class CriteresForm(forms.Form):
    """What no field can say alone: an interval has its ends in order."""

    def clean(self) -> dict[str, Any]:
        propres = self.cleaned_data
        for debut in [nom for nom in propres if nom.endswith(("_du", "_min"))]:
            de, a = ("_du", "_au") if debut.endswith("_du") else ("_min", "_max")
            fin = debut.removesuffix(de) + a
            bas, haut = propres.get(debut), propres.get(fin)
            if bas is None or haut is None or bas <= haut:
                continue
            suite = "c'est avant le début de la période" if a == "_au" else "c'est moins que le minimum"
            self.add_error(
                fin,
                f"« {_lisible(haut)} » : {suite}, {_lisible(bas)}. Corrigez l'un des deux ; seul le premier compte.",
            )
        return propres


def _lisible(valeur: Any) -> str:
    if isinstance(valeur, date):
        return short_date(valeur)
    if isinstance(valeur, Decimal):
        return f"{valeur:.2f} €".replace(".", ",")
    return str(valeur)


@dataclass(frozen=True, slots=True)
class Puce:
    """An active criterion, and the search without it."""

    label: str
    valeur: str
    url: str


def requete_utile(parametres: QueryDict, *sans: str) -> QueryDict:
    """Query string without its blanks, without the page, without these parameters."""
    utile = QueryDict(mutable=True)
    for nom, valeurs in parametres.lists():
        gardees = [v for v in valeurs if v.strip()]
        if gardees and nom not in (PARAM_PAGE, *sans):
            utile.setlist(nom, gardees)
    return utile


class FactureFilter(django_filters.FilterSet):
    """Every criterion is optional; an unreadable one is said at its field and restricts nothing."""

    numero = django_filters.CharFilter(label="N° de facture", lookup_expr="icontains", max_length=40)
    destinataire = django_filters.CharFilter(label="Destinataire ou SIRET", method="par_partie", max_length=300)
    fournisseur = django_filters.CharFilter(label="Fournisseur ou SIRET", method="par_partie", max_length=300)
    depot_du = FiltreInstant(label="Déposée du", field_name="date_depot", lookup_expr="gte")
    depot_au = FiltreInstant(label="Déposée jusqu'au", field_name="date_depot", lookup_expr="lt")
    statut = django_filters.MultipleChoiceFilter(
        label="Statut courant", choices=Statut.choices, widget=forms.CheckboxSelectMultiple, distinct=False
    )
    facture_du = FiltreDate(label="Datée du", field_name="date_facture", lookup_expr="gte")
    facture_au = FiltreDate(label="Datée jusqu'au", field_name="date_facture", lookup_expr="lte")
    etat_du = FiltreInstant(label="Dans son statut depuis le", field_name="statut_depuis", lookup_expr="gte")
    etat_au = FiltreInstant(label="Dans son statut jusqu'au", field_name="statut_depuis", lookup_expr="lt")
    type_demande = django_filters.ChoiceFilter(
        label="Type de demande de paiement", choices=TYPES_DE_DEMANDE, empty_label="Tous", method="par_demande"
    )
    type_facture = django_filters.ChoiceFilter(
        label="Type de facture", choices=TypeFacture.choices, empty_label="Facture ou avoir"
    )
    cadre = django_filters.ChoiceFilter(label="Cadre de facturation", choices=Cadre.choices, empty_label="Tous")
    code_service = django_filters.CharFilter(label="Service exécutant", method="par_service", max_length=100)
    service_fournisseur = django_filters.CharFilter(
        label="Service du fournisseur", method="par_service_fournisseur", max_length=100
    )
    valideur = django_filters.CharFilter(label="Structure valideur ou SIRET", method="par_valideur", max_length=300)
    numero_engagement = django_filters.CharFilter(
        label="N° de bon de commande (engagement)", lookup_expr="icontains", max_length=50
    )
    numero_marche = django_filters.CharFilter(label="N° de marché", lookup_expr="icontains", max_length=50)
    origine = django_filters.CharFilter(
        label="N° de facture d'origine", field_name="numero_facture_origine", lookup_expr="icontains", max_length=20
    )
    ht_min = FiltreMontant(label="Montant HT, de", field_name="montant_ht", lookup_expr="gte")
    ht_max = FiltreMontant(label="Montant HT, jusqu'à", field_name="montant_ht", lookup_expr="lte")
    ttc_min = FiltreMontant(label="Montant TTC, de", field_name="montant_ttc", lookup_expr="gte")
    ttc_max = FiltreMontant(label="Montant TTC, jusqu'à", field_name="montant_ttc", lookup_expr="lte")
    payer_min = FiltreMontant(label="Montant à payer, de", field_name="montant_a_payer", lookup_expr="gte")
    payer_max = FiltreMontant(label="Montant à payer, jusqu'à", field_name="montant_a_payer", lookup_expr="lte")
    mode_depot = django_filters.ChoiceFilter(label="Mode de dépôt", choices=ModeDepot.choices, empty_label="Tous")
    flux = django_filters.CharFilter(label="N° de flux", field_name="flux__numero", lookup_expr="icontains")
    banque = django_filters.CharFilter(label="Coordonnées bancaires", method="par_banque", max_length=80)
    createur = django_filters.CharFilter(label="Utilisateur créateur", method="par_createur", max_length=150)
    rejet_traite = django_filters.ChoiceFilter(
        label="Rejet traité", choices=OUI_NON, empty_label="Indifférent", method="par_rejet"
    )
    telechargee = django_filters.ChoiceFilter(
        label="Téléchargée par le destinataire", choices=OUI_NON, empty_label="Indifférent", method="par_oui_non"
    )
    archive = django_filters.ChoiceFilter(
        label="Courantes ou archivées", choices=VIES, empty_label="Courantes", method="sans_effet"
    )

    ESPACE: ClassVar[Espace]
    MIENNES: ClassVar[str]
    """Party that this account's structures are here: chosen in a list, the others are sought by name."""
    COURANTS: ClassVar[tuple[str, ...]] = ("numero", "destinataire", "depot_du", "depot_au")

    class Meta:
        model = Facture
        form = CriteresForm
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, structures: Sequence[Structure], regime: str, **kwargs: Any) -> None:
        self._structures = [(str(s.pk), s.raison_sociale) for s in structures]
        self._regime = regime
        super().__init__(*args, **kwargs)

    @property
    def form(self) -> Any:
        if not hasattr(self, "_form"):
            self.filters[self.MIENNES].extra["choices"] = self._structures
            for nom, champ in super().form.fields.items():
                champ.help_text = ""
                if nom not in ("statut", self.MIENNES):
                    champ.error_messages["invalid_choice"] = f"La valeur du champ « {champ.label} » n'est pas reconnue."
        return super().form

    @property
    def autres(self) -> list[str]:
        """Criteria under « Plus de critères »; a list of one structure is no choice."""
        inutiles = {*self.COURANTS, "statut"} | ({self.MIENNES} if len(self._structures) < 2 else set())
        return [nom for nom in self.base_filters if nom not in inutiles]

    @property
    def _propres(self) -> dict[str, Any]:
        if not self.is_bound:
            return {}
        self.form.is_valid()
        lus: dict[str, Any] = self.form.cleaned_data
        return {nom: valeur for nom, valeur in lus.items() if valeur not in VIDES}

    @property
    def qs(self) -> QuerySet[Facture]:
        """What answers to the criteria that could be read, whatever the others."""
        if not hasattr(self, "_qs"):
            lus = self._propres
            factures = self.queryset.all()
            for nom, valeur in lus.items():
                factures = self.filters[nom].filter(factures, valeur)
            vie = lus.get("archive")
            if vie != TOUTES:
                archivees = suivi.archivees(self._regime)
                factures = factures.filter(archivees if vie == ARCHIVES else ~archivees)
            self._qs = factures
        return self._qs

    def par_partie(self, queryset: QuerySet[Facture], nom: str, valeur: str) -> QuerySet[Facture]:
        return queryset.filter(suivi.partie(nom, valeur))

    def par_valideur(self, queryset: QuerySet[Facture], nom: str, valeur: str) -> QuerySet[Facture]:
        return queryset.filter(suivi.partie("valideur", valeur) | suivi.partie("valideur_2", valeur))

    def par_service(self, queryset: QuerySet[Facture], nom: str, valeur: str) -> QuerySet[Facture]:
        return queryset.filter(Q(code_service__icontains=valeur) | Q(libelle_service__icontains=valeur))

    def par_service_fournisseur(self, queryset: QuerySet[Facture], nom: str, valeur: str) -> QuerySet[Facture]:
        code, libelle = "service_fournisseur__code__icontains", "service_fournisseur__libelle__icontains"
        return queryset.filter(Q(**{code: valeur}) | Q(**{libelle: valeur}))

    def par_demande(self, queryset: QuerySet[Facture], nom: str, valeur: str) -> QuerySet[Facture]:
        """These screens hold simple invoices only."""
        return queryset if valeur == "FACTURE" else queryset.none()

    def par_banque(self, queryset: QuerySet[Facture], nom: str, valeur: str) -> QuerySet[Facture]:
        compte = Q(coordonnees_bancaires__iban__icontains="".join(valeur.split()))
        return queryset.filter(compte | Q(coordonnees_bancaires__nom__icontains=valeur))

    def par_createur(self, queryset: QuerySet[Facture], nom: str, valeur: str) -> QuerySet[Facture]:
        for mot in valeur.split()[: suivi.MOTS_MAXIMUM]:
            qui = Q(cree_par__nom__icontains=mot) | Q(cree_par__prenom__icontains=mot)
            queryset = queryset.filter(qui | Q(cree_par__login_email__icontains=mot))
        return queryset

    def par_rejet(self, queryset: QuerySet[Facture], nom: str, valeur: str) -> QuerySet[Facture]:
        rejetees = Q(statut=Statut.REJETEE) | suivi.refus_definitif(self._regime)
        return queryset.filter(rejetees, rejet_traite=valeur == "oui")

    def par_oui_non(self, queryset: QuerySet[Facture], nom: str, valeur: str) -> QuerySet[Facture]:
        return queryset.filter(**{nom: valeur == "oui"})

    def sans_effet(self, queryset: QuerySet[Facture], nom: str, valeur: str) -> QuerySet[Facture]:
        """« Archive » narrows even when it is left blank: see ``qs``."""
        return queryset

    def actifs(self) -> int:
        """Number of criteria in force."""
        return len(self._propres)

    def autres_actifs(self) -> bool:
        """A criterion of the folded part is in force, or wrong."""
        lus = self._propres
        return self.is_bound and any(nom in lus or nom in self.form.errors for nom in self.autres)

    def puces(self) -> Iterator[Puce]:
        """Active criteria, one by one for those that take several values."""
        for nom, valeur in self._propres.items():
            champ = self.form.fields[nom]
            for un in valeur if isinstance(valeur, list) else [valeur]:
                reste = requete_utile(self.data, *([] if isinstance(valeur, list) else [nom]))
                if isinstance(valeur, list):
                    reste.setlist(nom, [v for v in reste.getlist(nom) if v != un])
                texte = str(dict(champ.choices).get(un, un)) if hasattr(champ, "choices") else _lisible(un)
                yield Puce(str(champ.label), texte, f"?{reste.urlencode()}")


def _statuts(espace: Espace) -> django_filters.MultipleChoiceFilter:
    offerts = [(s.value, s.label) for s in Statut if s in VISIBLES[espace] - AVANT_ENVOI]
    return django_filters.MultipleChoiceFilter(
        label="Statut courant", choices=offerts, widget=forms.CheckboxSelectMultiple, distinct=False
    )


def _miennes(partie: str, label: str) -> django_filters.MultipleChoiceFilter:
    return django_filters.MultipleChoiceFilter(
        label=label, field_name=f"{partie}_id", choices=[], widget=forms.CheckboxSelectMultiple, distinct=False
    )


class EmisesFilter(FactureFilter):
    """Column F of factures.md §6.2."""

    ESPACE, MIENNES = Espace.EMISES, "fournisseur"
    statut = _statuts(Espace.EMISES)
    fournisseur = _miennes("fournisseur", "Fournisseur")
    telechargee = None


class RecuesFilter(FactureFilter):
    """Column D."""

    ESPACE, MIENNES = Espace.RECUES, "destinataire"
    COURANTS = ("numero", "fournisseur", "depot_du", "depot_au")
    statut = _statuts(Espace.RECUES)
    destinataire = _miennes("destinataire", "Destinataire")
    origine = flux = banque = createur = mode_depot = rejet_traite = None


class AValiderFilter(FactureFilter):
    """Column V."""

    ESPACE, MIENNES = Espace.A_VALIDER, "valideur"
    COURANTS = ("numero", "fournisseur", "destinataire", "depot_du", "depot_au")
    statut = _statuts(Espace.A_VALIDER)
    valideur = django_filters.MultipleChoiceFilter(
        label="Structure valideur", choices=[], widget=forms.CheckboxSelectMultiple, method="par_mes_valideurs"
    )
    etat_du = etat_au = origine = flux = banque = createur = mode_depot = rejet_traite = telechargee = None

    def par_mes_valideurs(self, queryset: QuerySet[Facture], nom: str, valeur: list[str]) -> QuerySet[Facture]:
        return queryset.filter(Q(valideur__in=valeur) | Q(valideur_2__in=valeur))


FILTRES: dict[str, type[FactureFilter]] = {f.ESPACE: f for f in (EmisesFilter, RecuesFilter, AValiderFilter)}
