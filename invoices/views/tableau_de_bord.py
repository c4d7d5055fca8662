"""« Tableau de bord », in the three applications (factures.md §6.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requete import Requete
from invoices import queries_suivi as suivi
from invoices.enums import Espace, Famille, Statut
from invoices.forms.recherche import TOUTES
from invoices.models import Facture
from invoices.views.commun import adresse, cadre, factures_visibles, modifiables
from sandbox import clock
from sandbox.web.dates import short_date
from sandbox.web.forms import DateField

S = Statut
PERIODE = 90
PREMIERS = 10
AGES: tuple[tuple[str, int, int | None], ...] = (
    ("0 à 7 jours", 0, 7),
    ("8 à 15 jours", 8, 15),
    ("16 à 30 jours", 16, 30),
    ("Plus de 30 jours", 31, None),
)
"""Days since the deposit: words, first and last one."""
FAMILLES: dict[str, str] = {
    Famille.ACHEMINE: "En route",
    Famille.ATTENTE: "En attente d'une réponse",
    Famille.RETOUR: "Renvoyées",
    Famille.REFUS: "Rejetées ou refusées",
    Famille.ACCEPTE: "Acceptées",
    Famille.PAYE: "Mises en paiement",
}
AUTRE_PARTIE: dict[str, str] = {
    Espace.EMISES: "destinataire",
    Espace.RECUES: "fournisseur",
    Espace.A_VALIDER: "fournisseur",
}


class PeriodeForm(forms.Form):
    du = DateField(label="Déposées du", required=False, help_text="")
    au = DateField(label="au", required=False, help_text="")

    def clean(self) -> dict[str, Any]:
        du, au = self.cleaned_data.get("du"), self.cleaned_data.get("au")
        if du and au and au < du:
            self.add_error(
                "au",
                f"Le {short_date(au)} est avant le début de la période, le {short_date(du)}. Corrigez l'un des deux.",
            )
        return self.cleaned_data


@dataclass(frozen=True, slots=True)
class Barre:
    """A line of a table and its bar, in hundredths of the longest one."""

    label: str
    nombre: int
    montant: Decimal
    url: str
    famille: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """Invoices of one age in one family: a piece of a bar and a cell of the table."""

    age: str
    rang: int
    nombre: int
    url: str
    x: str = "0"
    part: str = "0"
    milieu: str = "0"
    lisible: bool = False
    """Wide enough for its number to be written on it."""


@dataclass(frozen=True, slots=True)
class Ages:
    """A row of « âge × statut »."""

    label: str
    famille: str
    nombre: int
    segments: list[Segment]


def _pour_cent(nombre: int, maximum: int) -> str:
    """Share of the width, as SVG wants it."""
    return f"{100 * nombre / maximum:.2f}"


def _barres(lignes: Iterable[dict[str, Any]], nom: str, base: str, parametres: list[tuple[str, str]]) -> list[Barre]:
    toutes = list(lignes)
    maximum = max((ligne["nombre"] for ligne in toutes), default=1)
    return [
        Barre(
            label=ligne["label"],
            nombre=ligne["nombre"],
            montant=ligne["montant"] or Decimal(0),
            url=f"{base}?{urlencode([*parametres, (nom, ligne['cle'])])}",
            famille=ligne.get("famille", ""),
            part=_pour_cent(ligne["nombre"], maximum),
        )
        for ligne in toutes
    ]


@dataclass(frozen=True, slots=True)
class Periode:
    du: date
    au: date
    aujourd_hui: date

    def bornes(self, premier: int, dernier: int | None) -> tuple[date, date]:
        """Days of deposit of the invoices of this age, inside the period."""
        au = min(self.au, self.aujourd_hui - timedelta(days=premier)) if premier else self.au
        du = self.du if dernier is None else max(self.du, self.aujourd_hui - timedelta(days=dernier))
        return du, au

    def parametres(self, du: date, au: date) -> list[tuple[str, str]]:
        """The same invoices in « Rechercher », the archived ones too when the period reaches them."""
        vie = [("archive", TOUTES)] if du < suivi.limite_archives() else []
        return [("depot_du", short_date(du)), ("depot_au", short_date(au)), *vie]


def _par_statut(deposees: QuerySet[Facture], periode: Periode) -> dict[str, dict[str, Any]]:
    """Counts, amounts and ages of each status, in one query."""
    ages = {}
    for rang, (_, premier, dernier) in enumerate(AGES):
        du, au = periode.bornes(premier, dernier)
        ages[f"age_{rang}"] = Count(
            "pk", filter=Q(date_depot__gte=suivi.minuit(du), date_depot__lt=suivi.minuit(au, lendemain=True))
        )
    lignes = deposees.order_by().values("statut").annotate(nombre=Count("pk"), montant=suivi.TOTAL_A_PAYER, **ages)
    return {ligne["statut"]: ligne for ligne in lignes}


def _ages(par_statut: dict[str, dict[str, Any]], periode: Periode, base: str) -> list[Ages]:
    """« Âge × statut »: families of statuses in the order of the circuit, each bar on the scale of the longest."""
    totaux = {f: sum(n["nombre"] for s, n in par_statut.items() if S(s).famille == f) for f in FAMILLES}
    maximum = max(totaux.values(), default=0) or 1
    tableau = []
    for famille, label in FAMILLES.items():
        statuts = [s for s in S if s in par_statut and s.famille == famille]
        if not statuts:
            continue
        segments, x = [], 0
        for rang, (age, premier, dernier) in enumerate(AGES):
            nombre = sum(par_statut[s][f"age_{rang}"] for s in statuts)
            cherche = [*periode.parametres(*periode.bornes(premier, dernier)), *(("statut", s.value) for s in statuts)]
            segments.append(
                Segment(
                    age=age,
                    rang=rang,
                    nombre=nombre,
                    url=f"{base}?{urlencode(cherche)}",
                    x=_pour_cent(x, maximum),
                    part=_pour_cent(nombre, maximum),
                    milieu=_pour_cent(2 * x + nombre, 2 * maximum),
                    lisible=nombre / maximum >= 0.06 + 0.02 * (len(str(nombre)) - 1),
                )
            )
            x += nombre
        tableau.append(Ages(label, famille, totaux[famille], segments))
    return tableau


def _lire_periode(request: Requete) -> tuple[PeriodeForm, Periode]:
    aujourd_hui = clock.today()
    au, du = aujourd_hui, aujourd_hui - timedelta(days=PERIODE)
    if not {"du", "au"} & set(request.GET):
        return PeriodeForm(initial={"du": du, "au": au}), Periode(du, au, aujourd_hui)
    form = PeriodeForm(request.GET)
    form.is_valid()
    au = form.cleaned_data.get("au") or au
    # The calendar has a first day.
    du = form.cleaned_data.get("du") or min(du, au - min(timedelta(days=PERIODE), au - date.min))
    return form, Periode(du, au, aujourd_hui)


@require_safe
def tableau_de_bord(request: Requete, espace: Espace = Espace.EMISES) -> HttpResponse:
    """Counts, amounts and ages over a period; each leads to the search that it sums up."""
    form, periode = _lire_periode(request)
    base = adresse(espace, "rechercher")
    visibles = factures_visibles(request, espace)
    if espace == Espace.EMISES:
        visibles = visibles.envoyees()
    deposees = visibles.filter(
        date_depot__gte=suivi.minuit(periode.du), date_depot__lt=suivi.minuit(periode.au, lendemain=True)
    )
    par_statut = _par_statut(deposees, periode)
    statuts = [
        {"cle": s.value, "label": str(s.label), "famille": s.famille, **par_statut[s]} for s in S if s in par_statut
    ]
    partie = AUTRE_PARTIE[espace]
    parties = list(
        deposees.order_by()
        .values(label=F(f"{partie}__raison_sociale"), cle=F(f"{partie}__identifiant"))
        .annotate(nombre=Count("pk"), montant=suivi.TOTAL_A_PAYER)
        .order_by("-nombre", "label", "cle")[: PREMIERS + 1]
    )
    parametres = periode.parametres(periode.du, periode.au)
    contexte = cadre("Tableau de bord", onglet="tableau_de_bord", espace=espace) | {
        "form": form,
        "du": periode.du,
        "au": periode.au,
        "nombre": sum(s["nombre"] for s in statuts),
        "montant": sum((s["montant"] or Decimal(0) for s in statuts), Decimal(0)),
        "payees": par_statut.get(S.MISE_EN_PAIEMENT, {}).get("montant") or Decimal(0),
        "retards": suivi.retards(deposees) if par_statut else suivi.Retards(),
        "statuts": _barres(statuts, "statut", base, parametres),
        "ages": _ages(par_statut, periode, base),
        "legende_ages": [age for age, _, _ in AGES],
        "partie": partie,
        "parties": _barres(parties[:PREMIERS], partie, base, parametres),
        "premieres_seulement": len(parties) > PREMIERS,
        "url_recherche": f"{base}?{urlencode(parametres)}",
        "url_defaut": adresse(espace, "tableau_de_bord"),
        "emises": espace == Espace.EMISES,
        "peut_creer": espace == Espace.EMISES and bool(modifiables(request)),
    }
    return render(request, "invoices/tableau_de_bord.html", contexte, status=422 if form.errors else 200)
