"""Simulated validators and suppliers (formation.md Table C; exercices.md, EX8 and EX9)."""

from datetime import timedelta

import pytest

from invoices.enums import Action, Cadre, DecisionValidation, Motif, Qualite
from invoices.models import Facture, Validation
from invoices.services import contreparties, scripts, validation
from invoices.services.transitions import Auteur
from sandbox.cohorts.models import Trace
from sandbox.events import engine
from sandbox.events.models import DueEvent
from sandbox.mail.models import Message
from structures.models import Mandat, Personnage, Structure
from tests import factories
from tests.invoices.core.test_reactions import (
    CORVAN,
    EX8,
    EX9,
    VOLTAIGNE,
    avancer,
    deposer_facture,
    derniere,
    le,
    statuts,
    vu,
)


@pytest.fixture
def poser(structure, mandat, compte):
    return lambda exercice, **champs: deposer_facture(structure, compte, **(exercice | champs))


@pytest.mark.parametrize(("exercice", "qualite", "jour"), [(EX8, "TITULAIRE", 11), (EX9, "MANDATAIRE", 9)])
def test_le_titulaire_valide_une_demande_juste(poser, cohort, exercice, qualite, jour):
    facture = poser(exercice)
    avancer(cohort, 5)
    with cohort.monde():
        reponse = Validation.objects.get(facture=facture)
        ligne = facture.historique.get(statut="VALIDEE_1")
    assert (reponse.decision, reponse.qualite) == (DecisionValidation.VALIDEE, qualite)
    assert ligne.survenu_le == le(12, jour)
    assert (ligne.auteur, ligne.robot, ligne.commentaire) == ("Patrick Corvan – CORVAN BÂTIMENT SAS", True, "")
    assert "MISE_A_DISPOSITION" in statuts(facture)


def test_ex8_statuts_a(poser, cohort):
    """exercices.md, EX8, part A, with its dates."""
    facture = poser(EX8)
    avancer(cohort, 40)
    with cohort.monde():
        jours = {h.statut: h.survenu_le.astimezone(cohort.zone) for h in facture.historique.all()}
    assert jours["MISE_A_DISPOSITION"] == le(12, 11)
    assert jours["SERVICE_FAIT"] == le(12, 15)
    assert jours["MISE_A_DISPOSITION_COMPTABLE"] == le(12, 28)
    assert jours["MISE_EN_PAIEMENT"] == le(1, 4, 2027)


def test_une_demande_sans_commande_connue_est_validee(poser, cohort):
    facture = poser(EX8, numero_marche="", code_service="DOR-SOCIAL", lignes=[("1", "77.00", "0")], numero="Z-1")
    avancer(cohort, 5)
    assert "VALIDEE_1" in statuts(facture)


def test_le_plafond_se_compte_sur_toutes_les_demandes(poser, cohort):
    """Refused ones do not count; the third one passes the limit."""
    lot = [("1", "9000.00", "0")]
    premieres = [poser(EX8, numero=f"S-{n}", lignes=lot) for n in (1, 2)]
    trop = poser(EX8, numero="S-3", lignes=lot)
    avancer(cohort, 5)
    assert all("VALIDEE_1" in statuts(f) for f in premieres)
    assert derniere(trop).statut == "REFUSEE_1"
    assert "27\u202f000,00 € HT cumulés" in derniere(trop).commentaire
    juste = poser(EX8, numero="S-4", lignes=[("1", "6000.00", "0")])
    avancer(cohort, 5)
    assert "VALIDEE_1" in statuts(juste)


def test_le_mandataire_nomme_en_second_valide_aussi(poser, cohort):
    """A seat is asked first, answers as cotraitant and names CORVAN."""
    voisine = factories.structure(cohort, 2)
    facture = poser(EX8, valideur=voisine.identifiant, numero_marche="", lignes=[("1", "77.00", "0")])
    avancer(cohort, 1)
    with cohort.monde():
        facture.refresh_from_db()
        facture.cohort = cohort
        mandataire = Structure.objects.get(identifiant=CORVAN)
        reponse = validation.Reponse(
            action=Action.VALIDER, qualite=Qualite.COTRAITANT, valideur_2=mandataire.pk, complement="Travail fait."
        )
        validation.repondre(facture, reponse, auteur=Auteur(nom="poste 2"))
    avancer(cohort, 6)
    with cohort.monde():
        assert Validation.objects.get(facture=facture, rang=2).qualite == Qualite.MANDATAIRE
    assert "VALIDEE_2" in statuts(facture)


def test_un_poste_valideur_repond_lui_meme(poser, cohort):
    """Silence until T12: the robot never speaks for a seat."""
    voisine = factories.structure(cohort, 2)
    facture = poser(EX8, valideur=voisine.identifiant)
    avancer(cohort, 15)
    assert derniere(facture).statut == "A_VALIDER_1"
    avancer(cohort, 2)
    assert "ABSENCE_VALIDATION_1_HORS_DELAI" in statuts(facture)


def test_personne_ne_repond_pour_un_organisme_public(poser, cohort, django_capture_on_commit_callbacks):
    """EX8, « le département »: accepted, nobody validates, the console is told."""
    with django_capture_on_commit_callbacks(execute=True):
        facture = poser(EX8, valideur=factories.DEPARTEMENT)
        avancer(cohort, 10)
    assert derniere(facture).statut == "A_VALIDER_1"
    with cohort.monde():
        assert Trace.objects.get(verbe="le robot réagit").objet == (
            "ARB-2026-121 : valideur public, DÉPARTEMENT DE L'ORLE : personne ne validera"
        )


def test_une_entreprise_sans_personnage_ne_repond_pas(poser, cohort):
    with cohort.monde():
        Personnage.objects.all().delete()
    facture = poser(EX9)
    avancer(cohort, 30)
    assert derniere(facture).statut == "A_VALIDER_1"


def test_une_reponse_humaine_retire_celle_du_robot(poser, cohort):
    facture = poser(EX9)
    avancer(cohort, 1)
    with cohort.monde():
        facture.refresh_from_db()
        facture.cohort = cohort
        reponse = validation.Reponse(action=Action.VALIDER, qualite=Qualite.MANDATAIRE)
        validation.repondre(facture, reponse, auteur=Auteur(nom="Patrick"))
        assert DueEvent.objects.get(kind=contreparties.VALIDEUR).etat == "annule"
    avancer(cohort, 5)
    assert statuts(facture).count("VALIDEE_1") == 1


# --- suppliers of the cast


@pytest.fixture
def deposer(structure, compte, cohort):
    """Ask for a deposit of the pack, at the instant of the session."""

    def faire(cle, place=1):
        cohort.refresh_from_db()
        with cohort.monde():
            return scripts.deposer_pour(cohort, place, cle)

    return faire


def repondre(facture, action, commentaire="", motif=""):
    cohort = facture.cohort
    cohort.refresh_from_db()
    with cohort.monde():
        facture.refresh_from_db()
        facture.cohort = cohort
        qualite = validation.qualites(facture)[0]
        reponse = validation.Reponse(action=action, qualite=qualite, motif=motif, complement=commentaire)
        validation.repondre(facture, reponse, auteur=Auteur(nom="le stagiaire"))


def refuser(facture):
    repondre(facture, Action.REFUSER, "Autoliquidation : pas de TVA.", Motif.AUT_MOTIF_ERR_VALIDEUR)


def du_poste(cohort, place=1):
    with cohort.monde():
        return {f.numero: f for f in Facture.objects.filter(place=place).order_by("pk")}


def test_ex8_voltaigne_depose_une_facture_fausse_puis_la_bonne(deposer, structure, cohort):
    fausse = deposer("VOL-2026-077")
    assert (fausse.numero, fausse.cadre, fausse.place) == ("VOL-2026-077-01", Cadre.A9, 1)
    assert (fausse.montant_ht, fausse.montant_tva, fausse.montant_ttc) == (5200, 1040, 6240)
    assert (fausse.valideur_id, fausse.code_service, fausse.numero_marche) == (
        structure.pk,
        "DOR-COLLEGES",
        "M-2026-033",
    )
    avancer(cohort, 1)
    assert derniere(fausse).statut == "A_VALIDER_1"
    refuser(fausse)
    avancer(cohort, 1)
    bonne = du_poste(cohort)["VOL-2026-078-01"]
    assert bonne.date_depot == le(12, 9)
    assert (bonne.montant_ttc, bonne.type_tva, bonne.valideur_id) == (5200, "SANS_TVA", structure.pk)
    repondre(bonne, Action.VALIDER)
    avancer(cohort, 30)
    assert derniere(bonne).statut == "MISE_EN_PAIEMENT"
    assert list(du_poste(cohort)) == ["VOL-2026-077-01", "VOL-2026-078-01"]


def test_valider_la_fausse_laisse_le_client_la_rejeter(deposer, cohort):
    """What the titulaire has let through, the client sees."""
    fausse = deposer("VOL-2026-077")
    avancer(cohort, 1)
    repondre(fausse, Action.VALIDER)
    avancer(cohort, 5)
    assert vu(fausse)[:2] == ("REJETEE", "TX_TVA_ERR")
    assert list(du_poste(cohort)) == ["VOL-2026-077-01"]


def test_refuser_la_bonne_n_appelle_rien(deposer, cohort):
    bonne = deposer("VOL-2026-078")
    avancer(cohort, 1)
    refuser(bonne)
    avancer(cohort, 5)
    assert list(du_poste(cohort)) == ["VOL-2026-078-01"]


def test_ex9_ostreval(deposer, cohort):
    facture = deposer("OST-2026-033")
    assert (facture.cadre, facture.montant_ht, facture.montant_tva, facture.montant_ttc) == (Cadre.A12, 4000, 800, 4800)
    avancer(cohort, 20)
    assert derniere(facture).statut == "A_VALIDER_1"
    repondre(facture, Action.VALIDER)
    avancer(cohort, 30)
    assert derniere(facture).statut == "MISE_EN_PAIEMENT"


def test_deposer_deux_fois_n_en_fait_qu_une(deposer, cohort):
    premiere = deposer("OST-2026-033")
    avancer(cohort, 1)
    assert deposer("OST-2026-033").pk == premiere.pk
    assert len(du_poste(cohort)) == 1


def test_chaque_poste_a_la_sienne(deposer, cohort):
    voisine = factories.structure(cohort, 2)
    une, deux = deposer("OST-2026-033"), deposer("OST-2026-033", 2)
    assert (deux.numero, deux.place, deux.valideur_id) == ("OST-2026-033-02", 2, voisine.pk)
    assert une.pk != deux.pk
    with cohort.monde():
        assert scripts.deposables(2) == ["VOL-2026-077", "VOL-2026-078", "OST-2026-033"]
        assert not Message.objects.filter(place=3).exists()


@pytest.mark.parametrize(
    ("cle", "place", "sabotage", "message"),
    [
        ("VOL-2026-077", 2, None, "n'existe pas encore"),
        ("INCONNUE", 1, None, "Dépôts connus : VOL-2026-077, VOL-2026-078, OST-2026-033"),
        ("VOL-2026-077", 9, None, "Dépôts connus : aucun"),
        ("VOL-2026-077", 1, "personnes", "personne ne gère VOLTAIGNE"),
        ("VOL-2026-077", 1, "mandat", "Aucun mandat de facturation"),
    ],
)
def test_un_depot_impossible_dit_pourquoi(deposer, cohort, cle, place, sabotage, message):
    with cohort.monde():
        if sabotage == "personnes":
            Structure.objects.get(identifiant=VOLTAIGNE).rattachements.all().delete()
        if sabotage == "mandat":
            Mandat.objects.filter(structure__identifiant=VOLTAIGNE).delete()
    with pytest.raises(scripts.ScriptImpossible, match=message):
        deposer(cle, place)
    assert not du_poste(cohort, place)


def test_le_refus_d_une_facture_ordinaire_n_appelle_pas_de_script(poser, cohort):
    voisine = factories.structure(cohort, 2)
    facture = poser(EX8, valideur=voisine.identifiant, cle_envoi="essai")
    avancer(cohort, 1)
    refuser(facture)
    with cohort.monde():
        assert not DueEvent.objects.filter(kind=contreparties.SCRIPT).exists()


def test_un_script_disparu_du_pack_n_arrete_rien(deposer, cohort):
    """The order is gone when the refusal comes, then when its day comes."""
    from invoices.models import Commande

    facture = deposer("VOL-2026-077")
    avancer(cohort, 1)
    with cohort.monde():
        Commande.objects.all().delete()
    refuser(facture)
    engine.advance(cohort, cohort.simulated_now() + timedelta(days=5))
    with cohort.monde():
        assert not DueEvent.objects.filter(kind=contreparties.SCRIPT).exists()
