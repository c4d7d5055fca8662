"""« Aide DGP » on the page of an invoice: the sandbox's own panel, absent of the real portal (D-23)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils import timezone

from invoices import calendrier_dgp, delais
from invoices.enums import Statut, TypeFacture
from invoices.forms.aide import AideForm
from invoices.models import Facture, HistoriqueStatut
from sandbox import clock


@dataclass(frozen=True, slots=True)
class Interets:
    """The lump sum is due once, whatever the days; both without asking (CCP, R2192-36)."""

    base: Decimal
    taux: Decimal
    jours: int
    montant: Decimal
    indemnite: Decimal = delais.INDEMNITE

    @property
    def total(self) -> Decimal:
        return self.montant + self.indemnite


@dataclass(frozen=True, slots=True)
class Aide:
    """``sans_objet`` says why nothing is computed; else ``delai`` and its drawing."""

    form: AideForm
    sans_objet: str = ""
    delai: delais.Delai | None = None
    jours: int = 0
    note_depart: str = ""
    interets: Interets | None = None
    encaissement: date | None = None
    taux_du_semestre: Decimal | None = None
    reperes: list[calendrier_dgp.Repere] = field(default_factory=list)
    mois: list[calendrier_dgp.Mois] = field(default_factory=list)
    ouverte: bool = False

    @property
    def texte(self) -> str:
        return f"{self.delai.ecoule} j sur {self.delai.total}" if self.delai else ""


def sans_objet(facture: Facture) -> str:
    """Why there is no delay to count; empty when there is one (factures.md §8.2, D-17)."""
    if facture.type_facture == TypeFacture.AVOIR:
        return "Un avoir ne se paie pas : il n'ouvre aucun délai de paiement."
    if facture.devise != "EUR":
        return "Le délai et les intérêts ne sont calculés que pour une facture en euros."
    if facture.statut in (Statut.REJETEE, Statut.REFUSEE_1, Statut.REFUSEE_2):
        return "La facture n'est pas acceptée : le délai repartira de la mise à disposition de celle qui la remplacera."
    if not facture.montant_a_payer:
        return "Il ne reste rien à payer sur cette facture : aucun délai ne court."
    if facture.statut == Statut.A_RECYCLER:
        return (
            "La facture est à recycler : un nouveau délai partira de sa mise à disposition chez le bon service. "
            "Chaque jour d'attente retarde le paiement."
        )
    if facture.date_mise_a_disposition is None or facture.statut in (Statut.DEPOSEE, Statut.EN_COURS_ACHEMINEMENT):
        return "Le délai part de la mise à disposition du destinataire, pas du dépôt : il ne court pas encore."
    return ""


def _jour(ligne: HistoriqueStatut) -> date:
    return timezone.localtime(ligne.survenu_le).date()


def _depart(facture: Facture, service_fait: date | None) -> tuple[date, str]:
    assert facture.date_mise_a_disposition is not None  # noqa: S101 -- ``sans_objet`` has said so
    arrivee = timezone.localtime(facture.date_mise_a_disposition).date()
    if service_fait is None:
        return arrivee, ""
    if service_fait > arrivee:
        return service_fait, "Le délai part du service fait, postérieur à l'arrivée de la facture."
    return arrivee, "Service fait antérieur à l'arrivée de la facture : c'est elle qui fait partir le délai."


def delai(facture: Facture, historique: Sequence[HistoriqueStatut]) -> delais.Delai | None:
    """The delay alone, for a list; None when there is none to count."""
    if facture.destinataire is None or facture.est_brouillon or sans_objet(facture):
        return None
    return _mesurer(facture, historique, _depart(facture, None)[0])


def _mesurer(facture: Facture, historique: Sequence[HistoriqueStatut], depart: date) -> delais.Delai:
    arrivee = facture.date_mise_a_disposition
    etapes = [(ligne.statut, _jour(ligne)) for ligne in historique if arrivee is None or ligne.survenu_le >= arrivee]
    jours = facture.destinataire.delai_paiement if facture.destinataire else delais.REPRISE_MINIMUM
    return delais.calculer(depart, jours, etapes, clock.today())


def aide(facture: Facture, historique: Sequence[HistoriqueStatut], parametres: Mapping[str, str]) -> Aide | None:
    """What the panel shows; None for a draft and for who has left the invoice."""
    if facture.est_brouillon or facture.quittee_le is not None or facture.destinataire is None:
        return None
    demande = {nom: parametres[nom] for nom in ("service_fait", "taux") if nom in parametres}
    form = AideForm(demande or None)
    if motif := sans_objet(facture):
        return Aide(form, sans_objet=motif)
    lu = form.cleaned_data if form.is_bound and (form.is_valid() or form.cleaned_data) else {}
    depart, note = _depart(facture, lu.get("service_fait"))
    mesure, aujourd_hui = _mesurer(facture, historique, depart), clock.today()
    usuel = delais.taux_du(mesure.echeance) if mesure.echeance else None
    interets = None
    if mesure.retard and usuel is not None:
        choisi = lu.get("taux")
        taux = usuel if choisi is None else choisi
        base = facture.montant_a_payer or Decimal(0)
        interets = Interets(base, taux, mesure.retard, delais.interets(base, mesure.retard, taux))
    return Aide(
        form,
        delai=mesure,
        jours=facture.destinataire.delai_paiement,
        note_depart=note,
        interets=interets,
        encaissement=mesure.paye_le + delais.ENCAISSEMENT if mesure.paye_le else None,
        taux_du_semestre=usuel,
        reperes=calendrier_dgp.reperes(mesure, aujourd_hui),
        mois=calendrier_dgp.mois(mesure, aujourd_hui),
        ouverte=bool(demande),
    )
