"""N2 and N5: who is told, who must not be (factures.md §3.6)."""

import pytest

from accounts.enums import Niveau
from accounts.models import Compte
from accounts.profils import Profil
from invoices.enums import Action, Cadre, Qualite
from sandbox.cohorts.enums import Regime
from sandbox.cohorts.models import Cohort
from sandbox.mail.models import Message
from structures.enums import Role, StatutRattachement
from structures.models import Habilitation
from tests import factories
from tests.invoices.core.circuits import monter

A_VALIDER = [Profil.FACTURES_A_VALIDER]


@pytest.fixture
def circuit(cohort):
    """With, around the titulaire, people who must not be told."""
    monte = monter(cohort)

    def rattacher(nom, structure, profils, **champs):
        qui = factories.compte(cohort, 2, login_email=f"{nom}@session.example")
        return factories.rattachement(qui, structure, **({"role": Role.UTILISATEUR, "profils": profils} | champs))

    rattacher("lecteur", monte.titulaire, A_VALIDER, niveau=Niveau.CONSULTATION)
    rattacher("emetteur", monte.titulaire, [Profil.FACTURES_EMISES])
    rattacher("en-attente", monte.titulaire, A_VALIDER, statut=StatutRattachement.EN_COURS_DE_VALIDATION)
    rattacher("etranger", factories.structure(cohort, 3, identifiant=factories.siret_du_poste(7)), A_VALIDER)
    muet = rattacher("muet", monte.titulaire, A_VALIDER)
    with cohort.monde():
        Compte.objects.filter(pk=muet.compte_id).update(notif_facturation=False)
        service = factories.service(monte.titulaire, "CHANTIERS")
        limite = rattacher("chantiers", monte.titulaire, A_VALIDER)
        Habilitation.objects.filter(rattachement=limite).update(service=service)
    monte.service = service
    return monte


def recus(circuit, type_message):
    with circuit.cohort.monde():
        return [m for m in Message.objects.order_by("pk") if m.type == type_message]


def qui(messages):
    return sorted(m.adresse.partition("@")[0] for m in messages)


def test_n2_va_aux_valideurs_de_la_structure(circuit):
    facture = circuit.deposer()
    messages = recus(circuit, "N2")
    assert qui(messages) == ["lecteur", "stagiaire02"]
    assert messages[0].objet == "[Bac à sable Chorus Pro] Facture n° F-2026-001 à valider"
    assert "La facture n° F-2026-001 du 07/12/2026 adressée à COMMUNE DE VALMORAN par VOLTAIGNE ÉLECTRICITÉ" in (
        messages[0].corps
    )
    assert "Vous avez jusqu'au 22/12/2026 inclus pour répondre (15 jours)" in messages[0].corps
    assert "réputée acceptée" in messages[0].corps
    assert messages[0].lien == f"/portail/facturation/factures-a-valider/{facture.pk}/"


def test_n2_suit_le_service_valideur(circuit):
    circuit.deposer(service_valideur=circuit.service)
    assert qui(recus(circuit, "N2")) == ["chantiers", "lecteur", "stagiaire02"]


def test_n2_d_une_a12_ne_promet_aucun_delai(circuit):
    circuit.deposer(cadre=Cadre.A12)
    corps = recus(circuit, "N2")[0].corps
    assert "sans limite de temps" in corps
    assert "jours" not in corps


def test_n2_au_nouveau_valideur_apres_une_correction(circuit):
    facture = circuit.deposer()
    circuit.jours(3)
    circuit.repondre(facture, Action.MAUVAIS_VALIDEUR, complement="Ce marché n'est pas le nôtre.")
    (n5,) = recus(circuit, "N5")
    assert qui([n5]) == ["stagiaire01"]
    assert "Motif : Mauvais valideur." in n5.corps
    assert "Commentaire : Ce marché n'est pas le nôtre." in n5.corps
    assert "choisit un autre valideur" in n5.corps
    circuit.corriger(circuit.lue(facture.pk), circuit.mandataire)
    dernier = recus(circuit, "N2")[-1]
    assert qui(recus(circuit, "N2")) == ["lecteur", "stagiaire02", "stagiaire03"]
    assert dernier.adresse.startswith("stagiaire03")
    assert "jusqu'au 25/12/2026 inclus" in dernier.corps


def test_n5_dit_l_accord_au_fournisseur_seul(circuit):
    facture = circuit.deposer()
    circuit.repondre(facture, Action.VALIDER, complement="Conforme.")
    (n5,) = recus(circuit, "N5")
    assert qui([n5]) == ["stagiaire01"]
    assert n5.objet.endswith("– Validée 1")
    assert "Commentaire : Conforme." in n5.corps
    assert "Elle est transmise à son destinataire, COMMUNE DE VALMORAN." in n5.corps
    assert n5.lien == f"/portail/facturation/factures-emises/{facture.pk}/"


@pytest.mark.parametrize(
    ("regime", "cadre", "prevenus"),
    [
        (Regime.HISTORIQUE, Cadre.A9, ["stagiaire01"]),
        (Regime.HISTORIQUE, Cadre.A12, ["stagiaire01"]),
        (Regime.REFORME_2026, Cadre.A9, ["lecteur", "stagiaire01", "stagiaire02"]),
        (Regime.REFORME_2026, Cadre.A12, ["stagiaire01"]),
    ],
)
def test_n5_d_un_refus(circuit, regime, cadre, prevenus):
    """Under the reform the refusal of an A9 is told to the sous-traitant and to the titulaire."""
    Cohort.objects.filter(pk=circuit.cohort.pk).update(regime=regime)
    circuit.cohort.refresh_from_db()
    facture = circuit.deposer(cadre=cadre)
    circuit.repondre(facture, Action.REFUSER, complement="TVA facturée à tort.")
    messages = recus(circuit, "N5")
    assert qui(messages) == prevenus
    assert all("Commentaire : TVA facturée à tort." in m.corps for m in messages)
    assert all(m.place in (1, 2) for m in messages)


@pytest.mark.parametrize("fin", ["valide", "refuse", "erreur", "silence"])
def test_le_premier_valideur_apprend_ce_que_dit_le_second(circuit, fin):
    facture = circuit.deposer()
    circuit.repondre(facture, Action.VALIDER, qualite=Qualite.COTRAITANT, valideur_2=circuit.mandataire.pk)
    assert qui(recus(circuit, "N2"))[-1] == "stagiaire03"
    assert "OSTREVAL PLÂTRERIE, valideur 2" in recus(circuit, "N5")[0].corps
    with circuit.cohort.monde():
        Message.objects.all().delete()
    facture = circuit.lue(facture.pk)
    match fin:
        case "valide":
            circuit.repondre(facture, Action.VALIDER, par=3, qualite=Qualite.MANDATAIRE)
        case "refuse":
            circuit.repondre(facture, Action.REFUSER, par=3)
        case "erreur":
            circuit.repondre(facture, Action.MAUVAIS_VALIDEUR, par=3)
        case _:
            circuit.jours(17)
    assert qui(recus(circuit, "N5")) == ["lecteur", "stagiaire01", "stagiaire02"]


def test_l_accord_tacite_est_dit_au_fournisseur(circuit):
    circuit.deposer()
    circuit.jours(17)
    (n5,) = recus(circuit, "N5")
    assert qui([n5]) == ["stagiaire01"]
    assert "« Absence de validation 1 (hors délai) » le 23/12/2026 à 00:00" in n5.corps
    assert "Aucune réponse du valideur CORVAN BÂTIMENT" in n5.corps


def test_un_valideur_public_ne_recoit_rien(circuit):
    """D-37: nobody holds « Factures à valider » on a public body."""
    agent = factories.compte(circuit.cohort, None, login_email="agent@valmoran.example")
    factories.rattachement(agent, circuit.destinataire, role=Role.UTILISATEUR)
    circuit.deposer(valideur=circuit.destinataire)
    assert recus(circuit, "N2") == []


def test_rien_ne_traverse_les_sessions(circuit, autre_cohort):
    autre = monter(autre_cohort)
    circuit.deposer()
    with autre_cohort.monde():
        assert not Message.objects.filter(type__in=["N2", "N5"]).exists()
    assert autre.cohort.pk != circuit.cohort.pk
