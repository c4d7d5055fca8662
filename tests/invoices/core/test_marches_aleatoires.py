"""Random walks of several actors over the circuit, through the services (factures.md §3.3, §5).

Seeded: a failure names its seed, and comes back with it. What is checked is read again from the rows of the table,
never asked of ``lifecycle.available`` or ``find``.
"""

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction

from invoices.enums import MOTIFS, OUVERTS, Acteur, Action, Cadre, Qualite, Statut, TypeFacture
from invoices.lifecycle import CYCLE
from invoices.models import Facture, HistoriqueStatut, Validation
from invoices.services import retours, validation
from invoices.services.transitions import Auteur, TransitionRefusee, apply
from sandbox.cohorts.enums import Regime
from sandbox.cohorts.models import Cohort
from sandbox.events import engine
from structures import queries as structures
from tests import factories
from tests.invoices.core.circuits import Circuit, monter

UNE_HEURE = timedelta(hours=1)
PAS = 30
GRAINES = range(8)
A_VALIDER = {Statut.A_VALIDER_1: 1, Statut.A_VALIDER_2: 2}
PREMIER_RANG = {
    Statut.A_VALIDER_1,
    Statut.VALIDEE_1,
    Statut.REFUSEE_1,
    Statut.ERREUR_FOURNISSEUR_SUR_VALIDEUR,
    Statut.ABSENCE_VALIDATION_1_HORS_DELAI,
}
RETOURS = (Statut.ERREUR_FOURNISSEUR_SUR_VALIDEUR, Statut.ERREUR_COTRAITANT_SUR_VALIDEUR)
CIBLES = {Statut(row.target) for row in CYCLE.rows if row.target is not None}
AUTOMATES = {row.numero for row in CYCLE.rows if row.acteurs == {Acteur.PLATEFORME}}


class Marche:
    """Several invoices of one world, pushed by actors who do not talk to each other."""

    def __init__(self, circuit: Circuit, graine: int) -> None:
        self.circuit, self.de = circuit, random.Random(graine)
        self.quatrieme = factories.structure(circuit.cohort, 4, raison_sociale="BRÉVAL MENUISERIE")
        self.structures = [circuit.fournisseur, circuit.titulaire, circuit.mandataire, self.quatrieme]
        self.factures: list[int] = []
        self.faits: Counter[str] = Counter()
        self.numero = 0

    def deposer(self) -> None:
        self.numero += 1
        cadre = self.de.choice([Cadre.A1, *[Cadre.A9] * 4, Cadre.A12])
        valideur = self.de.choice(self.structures[1:]) if cadre in (Cadre.A9, Cadre.A12) else None
        avoir = cadre == Cadre.A1 and self.de.random() < 0.4
        self.factures.append(
            self.circuit.deposer(
                cadre=cadre,
                valideur=valideur,
                numero=f"M-{self.numero}",
                type_facture=TypeFacture.AVOIR if avoir else TypeFacture.FACTURE,
            ).pk
        )

    def _repondre(self, facture: Facture) -> None:
        action = self.de.choice([Action.VALIDER, Action.VALIDER, Action.REFUSER, Action.MAUVAIS_VALIDEUR])
        reponse = validation.Reponse(
            action=action,
            qualite=self.de.choice([*Qualite.values, *[Qualite.COTRAITANT] * 4, ""]),
            motif="" if action == Action.VALIDER else self.de.choice(MOTIFS[action]),
            complement=self.de.choice(["", "court", *["Une explication qui suffit."] * 4]),
            valideur_2=self.de.choice([None, *(s.pk for s in self.structures), self.quatrieme.pk, self.quatrieme.pk]),
            strict=self.de.random() < 0.7,
        )
        validation.repondre(facture, reponse, auteur=Auteur(nom="valideur"))

    def _corriger(self, facture: Facture) -> None:
        choisie = self.de.choice([None, *(s.pk for s in self.structures)])
        validation.corriger(facture, choisie, auteur=Auteur(nom="correcteur"))

    def _traiter(self, facture: Facture) -> None:
        action = self.de.choice([row.action for row in CYCLE.rows if row.sources == OUVERTS])
        acteur = self.de.choice([Acteur.DESTINATAIRE, Acteur.COMPTABLE])
        motif = self.de.choice(["", *MOTIFS.get(action, ())])
        apply(
            facture, action, acteur=acteur, motif=motif, commentaire=self.de.choice(["", "Explication."]), strict=True
        )

    def _fournir(self, facture: Facture) -> None:
        compte = self.circuit.comptes[1]
        auteur = Auteur(nom=str(compte), compte=compte)
        match self.de.choice(["completer", "recycler", "acquitter", "rejet"]):
            case "completer":
                complement = retours.Complement(commentaire=f"Complément {self.de.random()}")
                retours.completer(facture.pk, complement, auteur=auteur)
            case "recycler":
                reroutage = retours.Reroutage(destinataire_id=facture.destinataire_id, commentaire="Recyclée")
                retours.recycler(facture.pk, reroutage, auteur=auteur, droits=structures.droits(compte))
            case "acquitter":
                retours.acquitter([facture], compte=compte)
            case _:
                retours.traiter_rejets([facture], compte=compte)

    def _hors_sujet(self, facture: Facture) -> None:
        """Anybody tries anything."""
        apply(
            facture,
            self.de.choice(list(Action)),
            acteur=self.de.choice([a for a in Acteur if a != Acteur.PLATEFORME]),
            motif=self.de.choice(["", "AUTRE"]),
            commentaire="Au hasard.",
        )

    def _avancer(self, facture: Facture) -> None:
        heures = self.de.choice([1, 24, 24 * 6, 24 * 16])
        instant = self.circuit.cohort.simulated_now()
        engine.advance(self.circuit.cohort, instant + heures * UNE_HEURE)

    def _geste(self, facture: Facture):
        """Half of the time what this status calls for; otherwise anything."""
        attendu = None
        if facture.statut in A_VALIDER:
            attendu = self._repondre
        elif facture.statut in RETOURS:
            attendu = self._corriger
        tout = [self._repondre, self._corriger, *[self._traiter] * 3, *[self._fournir] * 3, self._hors_sujet]
        if self.de.random() < 0.06:
            return self._avancer
        return attendu if attendu is not None and self.de.random() < 0.8 else self.de.choice(tout)

    def pas(self) -> None:
        facture = self.circuit.lue(self.de.choice(self.factures))
        geste = self._geste(facture)
        if geste == self._avancer:
            return self._avancer(facture)
        with self.circuit.cohort.monde():
            try:
                with transaction.atomic():
                    geste(facture)
            except (TransitionRefusee, retours.DepotRefuse):
                self.faits["refus"] += 1
            else:
                self.faits[geste.__name__] += 1
        if self.de.random() < 0.7:
            self.circuit.router()
        return None


def verifier(circuit: Circuit) -> None:
    """What must hold after each step, for every invoice."""
    with circuit.cohort.monde():
        for facture in Facture.objects.all():
            lignes = list(HistoriqueStatut.objects.filter(facture=facture))
            for avant, ligne in zip([None, *lignes], lignes, strict=False):
                _verifier_la_ligne(circuit, facture, avant, ligne)
            assert lignes[-1].statut == facture.statut, "le statut est celui de la dernière ligne"
            entrees = [n for n in lignes if n.statut != n.statut_avant]
            assert facture.statut_depuis == entrees[-1].survenu_le
            attendues = list(Validation.objects.filter(facture=facture, decision=""))
            rang = A_VALIDER.get(Statut(facture.statut))
            assert [v.rang for v in attendues] == ([rang] if rang else [])
            demandees = sum(n.statut in A_VALIDER for n in entrees)
            assert Validation.objects.filter(facture=facture).count() == demandees
            if attendues:
                attendue = facture.valideur_id if rang == 1 else facture.valideur_2_id
                assert attendues[0].structure_id == attendue != facture.fournisseur_id
                assert (attendues[0].echeance is not None) == (facture.cadre == Cadre.A9)


def _verifier_la_ligne(circuit, facture, avant, ligne) -> None:
    row = next(r for r in CYCLE.rows if r.numero == ligne.transition)
    assert (row.action, row.target) == (ligne.action, ligne.statut)
    assert ligne.acteur in row.acteurs
    assert ligne.statut_avant in row.sources
    assert not row.regimes or circuit.cohort.regime in row.regimes
    assert not row.cadres or facture.cadre in row.cadres
    assert not ({"motif"} & row.needs) or ligne.motif
    if avant is not None:
        assert ligne.statut_avant == avant.statut, "aucun saut : chaque ligne part de la précédente"
        assert ligne.survenu_le >= avant.survenu_le
    if row.numero in AUTOMATES:
        assert ligne.compte_id is None
    if row.cadres and Cadre.A9 in row.cadres and row.action == Action.CONSTATER_SILENCE:
        assert facture.cadre == Cadre.A9


@pytest.mark.parametrize("regime", list(Regime))
@pytest.mark.parametrize("graine", GRAINES)
def test_marche_aleatoire(cohort, regime, graine):
    Cohort.objects.filter(pk=cohort.pk).update(regime=regime)
    cohort.refresh_from_db()
    marche = Marche(monter(cohort), graine)
    for _ in range(3):
        marche.deposer()
    verifier(marche.circuit)
    for _ in range(PAS):
        marche.pas()
        verifier(marche.circuit)
    assert sum(marche.faits.values()) > PAS / 3


def test_les_marches_passent_partout(cohort):
    """One long walk of many invoices meets the statuses of validation: the walks above prove something."""
    marche = Marche(monter(cohort), 2026)
    for tour in range(180):
        if tour % 9 == 0:
            marche.deposer()
        marche.pas()
    verifier(marche.circuit)
    with cohort.monde():
        vus = set(HistoriqueStatut.objects.values_list("statut", flat=True))
    assert vus <= CIBLES
    assert vus >= PREMIER_RANG | {Statut.A_VALIDER_2, Statut.MISE_A_DISPOSITION}
