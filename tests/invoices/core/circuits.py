"""A validation circuit for tests: a subcontractor of seat 1, two validators, a public recipient."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Compte
from invoices.enums import Action, Cadre, Qualite, Statut
from invoices.models import Facture, HistoriqueStatut, Validation
from invoices.services import deposer, validation
from invoices.services.transitions import Auteur
from sandbox.cohorts.models import Cohort
from sandbox.events import engine
from structures.models import Structure
from tests import factories

PARIS = ZoneInfo("Europe/Paris")
AUTRE_MOTIF, MAUVAIS = "AUT_MOTIF_ERR_VALIDEUR", "ERR_VALIDEUR"


@dataclass
class Circuit:
    cohort: Cohort
    fournisseur: Structure
    titulaire: Structure
    mandataire: Structure
    destinataire: Structure
    comptes: dict[int, Compte]

    def deposer(self, *, cadre: Cadre = Cadre.A9, valideur: Structure | None = None, **champs: Any) -> Facture:
        """Sent now by seat 1, and routed as far as it goes by itself."""
        with self.cohort.monde():
            brouillon = factories.brouillon(
                self.fournisseur,
                self.destinataire,
                compte=self.comptes[1],
                cadre=cadre,
                valideur=valideur or self.titulaire,
                **champs,
            )
            deposer.expedier(brouillon, compte=self.comptes[1])
        self.router()
        return self.lue(brouillon.pk)

    def router(self) -> None:
        """Play the routing that is promised now; the clock stays where it is."""
        engine.advance(self.cohort, self.cohort.simulated_now())

    def aller(self, instant: datetime) -> None:
        engine.advance(self.cohort, instant)

    def jours(self, nombre: int) -> None:
        self.aller(self.cohort.simulated_now() + timedelta(days=nombre))

    def lue(self, pk: int) -> Facture:
        with self.cohort.monde():
            facture: Facture = Facture.objects.select_related(
                "fournisseur", "destinataire", "valideur", "valideur_2", "cree_par"
            ).get(pk=pk)
        facture.cohort = self.cohort
        return facture

    def repondre(self, facture: Facture, action: Action, par: int = 2, **champs: Any) -> HistoriqueStatut:
        """Answer as the gestionnaire of this seat, then let the routing follow."""
        details = {"motif": "", "complement": "", "vu": facture.statut} | champs
        if action == Action.VALIDER:
            details.setdefault("qualite", Qualite.TITULAIRE)
        else:
            details["motif"] = champs.get("motif") or (AUTRE_MOTIF if action == Action.REFUSER else MAUVAIS)
            details["complement"] = champs.get("complement", "Ceci ne va pas du tout.")
        qui = self.comptes[par]
        with self.cohort.monde():
            ligne = validation.repondre(
                facture, validation.Reponse(action=action, **details), auteur=Auteur(nom=str(qui), compte=qui)
            )
        self.router()
        return ligne

    def corriger(self, facture: Facture, structure: Structure | None, par: int = 1, **champs: Any) -> HistoriqueStatut:
        qui = self.comptes[par]
        with self.cohort.monde():
            ligne = validation.corriger(
                facture, structure.pk if structure else None, auteur=Auteur(nom=str(qui), compte=qui), **champs
            )
        self.router()
        return ligne

    def statuts(self, facture: Facture) -> list[str]:
        with self.cohort.monde():
            return list(HistoriqueStatut.objects.filter(facture=facture).values_list("statut", flat=True))

    def demandes(self, facture: Facture) -> list[Validation]:
        with self.cohort.monde():
            return list(Validation.objects.filter(facture=facture).select_related("structure"))


def monter(cohort: Cohort) -> Circuit:
    """Seat 1 subcontracts, seat 2 is the titulaire (or cotraitant), seat 3 the mandataire; silent recipient."""
    comptes = {place: factories.compte(cohort, place) for place in (1, 2, 3)}
    noms = {1: "VOLTAIGNE ÉLECTRICITÉ", 2: "CORVAN BÂTIMENT", 3: "OSTREVAL PLÂTRERIE"}
    entreprises = {place: factories.structure(cohort, place, raison_sociale=noms[place]) for place in (1, 2, 3)}
    for place, entreprise in entreprises.items():
        factories.rattachement(comptes[place], entreprise)
    destinataire = factories.publique(cohort)
    with cohort.monde():
        Structure.objects.filter(pk=destinataire.pk).update(profil="silencieux")
        destinataire.profil = "silencieux"
    return Circuit(cohort, entreprises[1], entreprises[2], entreprises[3], destinataire, comptes)


def a_paris(mois: int, jour: int, heure: int = 0, minute: int = 0, seconde: int = 0, annee: int = 2026) -> datetime:
    return datetime(annee, mois, jour, heure, minute, seconde, tzinfo=PARIS)


TRANSMISE = [Statut.EN_COURS_ACHEMINEMENT, Statut.MISE_A_DISPOSITION]
