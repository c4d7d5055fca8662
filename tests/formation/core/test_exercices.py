"""Exercises of the pack: missions, documents, initial states (exercices.md EX3 to EX9, 13, 14)."""

from datetime import date, timedelta
from decimal import Decimal as D
from io import BytesIO

import pikepdf
import pytest

from formation.models import OuvertureExercice
from formation.services import exercices, mises_en_place, packs, pieces_exercice
from formation.services.controle_packs import PackInvalide, verifier_exercices
from invoices import calculs
from invoices.enums import ModeDepot, Statut
from invoices.formats.extraction import extraire
from invoices.models import Facture, HistoriqueStatut
from invoices.services.contreparties import ROBOT
from sandbox import clock
from sandbox.cohorts.models import Participant
from sandbox.events.models import DueEvent
from structures.models import Structure
from tests import factories

TOTAUX = {
    "fenetres": ("3474.00", "694.80", "4168.80"),
    "portes": ("2845.00", "547.54", "3392.54"),
    "reparations": ("1280.00", "256.00", "1536.00"),
    "tablettes_109": ("2150.00", "430.00", "2580.00"),
    "tablettes_112": ("960.00", "192.00", "1152.00"),
    "tablettes_livrees": ("800.00", "160.00", "960.00"),
    "colleges": ("7450.00", "0.00", "7450.00"),
    "groupement": ("3120.00", "624.00", "3744.00"),
    "verrous": ("1500.00", "300.00", "1800.00"),
}
"""HT, TVA, TTC of exercices.md, copied by hand."""


@pytest.fixture
def poste_1(cohort):
    with cohort.monde():
        participant = Participant.objects.get(numero=1)
    participant.cohort = cohort
    return participant


def ouvrir(participant, cle):
    with participant.cohort.monde():
        return exercices.ouvrir(participant, exercices.trouver(participant.cohort, cle))


def test_les_montants_sont_ceux_du_dossier():
    lignes = packs.lire("novices-7h").exercices["lignes"]
    calcules = {}
    for nom, decrites in lignes.items():
        totaux = calculs.totaliser(calculs.recapituler(mises_en_place.lignes_de(decrites)))
        calcules[nom] = tuple(str(m) for m in (totaux.ht, totaux.tva, totaux.ttc))
    assert calcules == TOTAUX


def test_l_exercice_5_part_d_une_facture_a_recycler(poste_1, cohort, structure):
    assert ouvrir(poste_1, "ex5")
    with cohort.monde():
        facture = Facture.objects.get()
        assert (facture.numero, facture.statut, facture.code_service) == ("ARB-2026-104", "A_RECYCLER", "DOR-COLLEGES")
        assert (facture.service.code, facture.numero_engagement) == ("DOR-COLLEGES", "")
        assert (facture.montant_ht, facture.montant_tva, facture.montant_ttc) == (D(1280), D(256), D(1536))
        assert facture.date_facture == date(2026, 12, 1)
        assert facture.mode_depot == ModeDepot.DEPOT_PDF_PORTAIL
        assert str(facture.cree_par) == "Camille Loriot"
        jours = [
            (ligne.statut, ligne.survenu_le.astimezone(cohort.zone).date().isoformat())
            for ligne in HistoriqueStatut.objects.all()
        ]
        assert jours == [
            ("BROUILLON", "2026-12-01"),
            ("DEPOSEE", "2026-12-01"),
            ("EN_COURS_ACHEMINEMENT", "2026-12-01"),
            ("MISE_A_DISPOSITION", "2026-12-01"),
            ("A_RECYCLER", "2026-12-03"),
        ]
        derniere = HistoriqueStatut.objects.last()
        assert derniere.motif == "SE_ERR"
        assert "DOR-26-0457" in derniere.commentaire
        assert not DueEvent.objects.filter(kind=ROBOT, etat="prevu").exists(), "rien d'autre n'est promis"


def test_ouvrir_deux_fois_ne_double_rien(poste_1, cohort, structure):
    assert ouvrir(poste_1, "ex6") is True
    assert ouvrir(poste_1, "ex6") is False
    with cohort.monde():
        assert Facture.objects.count() == OuvertureExercice.objects.count() == 1
        assert Facture.objects.get().statut == Statut.SUSPENDUE


def test_l_exercice_7_part_d_un_rejet_de_l_etat(poste_1, cohort, structure):
    ouvrir(poste_1, "ex7")
    with cohort.monde():
        facture = Facture.objects.get()
        assert (facture.statut, facture.numero_engagement, facture.montant_ttc) == ("REJETEE", "1500261234", D(1152))
        assert facture.statut_depuis.astimezone(cohort.zone).date() == date(2026, 12, 4)
        assert facture.rejet_traite is False


@pytest.mark.parametrize(("cle", "numero", "cadre"), [("ex8", "VOL-2026-077", "A9"), ("ex9", "OST-2026-033", "A12")])
def test_les_autres_fournisseurs_soumettent_la_leur(poste_1, cohort, structure, cle, numero, cadre):
    """EX8 part B, EX9: the seat's company is the validator of somebody else's invoice."""
    assert ouvrir(poste_1, cle) is True
    assert ouvrir(poste_1, cle) is False
    with cohort.monde():
        facture = Facture.objects.get()
        assert (facture.numero, facture.cadre[: len(cadre)], facture.valideur) == (f"{numero}-01", cadre, structure)
        assert facture.statut == Statut.DEPOSEE
        assert facture.cree_par.personnage


def test_un_fournisseur_que_le_pack_ignore_est_dit(poste_1, cohort, structure):
    with cohort.monde(), pytest.raises(mises_en_place.MiseEnPlaceImpossible, match="Le pack ne décrit pas"):
        mises_en_place.preparer(poste_1, {"fournisseurs": ["RIEN-1"]}, {}, structure)


def test_sans_entreprise_l_exercice_dit_quoi_faire(poste_1, cohort):
    with pytest.raises(exercices.ExerciceIndisponible, match="Créez d'abord votre compte et votre entreprise"):
        ouvrir(poste_1, "ex5")
    with cohort.monde():
        assert not OuvertureExercice.objects.exists()
    assert ouvrir(poste_1, "ex3") is True, "celui-ci n'a rien à préparer"


def test_sans_gestionnaire_rien_n_est_prepare(poste_1, cohort):
    factories.structure(cohort)
    with pytest.raises(exercices.ExerciceIndisponible, match="n'a pas de gestionnaire principal"):
        ouvrir(poste_1, "ex5")
    with cohort.monde():
        assert not OuvertureExercice.objects.exists()


def test_le_recyclage_ne_s_enseigne_pas_avec_la_reforme(poste_1, cohort, structure):
    cohort.regime = "reforme-2026"
    cohort.save()
    with pytest.raises(exercices.ExerciceIndisponible, match="« Règles historiques »"):
        ouvrir(poste_1, "ex5")


def test_un_statut_que_le_regime_ignore_reste_a_disposition(poste_1, cohort, structure):
    """A pack that does not say which rules it needs breaks nothing."""
    cohort.regime = "reforme-2026"
    cohort.save()
    with cohort.monde():
        decrit = exercices.trouver(cohort, "ex5")
        (facture,) = mises_en_place.preparer(poste_1, decrit.contenu, decrit.lignes, structure)
    assert facture.statut == Statut.MISE_A_DISPOSITION


def test_un_numero_deja_pris_le_dit(poste_1, cohort, structure, compte):
    factories.facture(
        structure,
        factories.publique(cohort),
        compte=compte,
        numero="ARB-2026-104",
        annee=2026,
        siren_fournisseur=structure.siren,
    )
    with pytest.raises(exercices.ExerciceIndisponible, match="remettre votre poste à zéro"):
        ouvrir(poste_1, "ex5")
    with cohort.monde():
        assert Facture.objects.count() == 1


def test_un_client_disparu_le_dit(poste_1, cohort, structure):
    with cohort.monde():
        Structure.objects.filter(identifiant=factories.DEPARTEMENT).update(identifiant="00020003000099")
    with pytest.raises(exercices.ExerciceIndisponible, match="n'existe pas dans cette session"):
        ouvrir(poste_1, "ex5")


def test_deux_postes_ont_chacun_la_leur(cohort, structure, poste_1):
    deux = factories.compte(cohort, 2)
    factories.rattachement(deux, factories.structure(cohort, 2))
    ouvrir(poste_1, "ex5")
    with cohort.monde():
        participant = Participant.objects.get(numero=2)
    participant.cohort = cohort
    ouvrir(participant, "ex5")
    with cohort.monde():
        assert sorted(Facture.objects.values_list("place", "fournisseur__raison_sociale")) == [
            (1, "ARBELIN MENUISERIE 01"),
            (2, "ARBELIN MENUISERIE 02"),
        ]


def composer(participant, exercice, document, jour):
    lignes = mises_en_place.lignes_de(exercice.lignes.get(document.get("lignes", ""), ()))
    return pieces_exercice.composer(participant, document, lignes, jour)


def test_chaque_document_se_compose_deux_fois_pareil(poste_1, cohort):
    with cohort.monde():
        jour = pieces_exercice.jour_du_document(poste_1, None)
        vus = 0
        for exercice in exercices.tous(cohort):
            for document in exercice.documents:
                octets = composer(poste_1, exercice, document, jour)
                assert octets.startswith(b"%PDF-"), document["nom"]
                assert octets == composer(poste_1, exercice, document, jour), document["nom"]
                vus += 1
    assert vus == sum(len(e.get("documents", [])) for e in packs.lire("novices-7h").exercices["exercices"]) > 10


def test_la_facture_de_l_exercice_3_se_lit(poste_1, cohort):
    with cohort.monde():
        exercice = exercices.trouver(cohort, "ex3")
        lue = extraire(
            composer(poste_1, exercice, exercice.document("facture"), pieces_exercice.jour_du_document(poste_1, None))
        )
    assert lue.numero_facture.valeur == "ARB-2026-118"
    assert lue.montant_ttc.valeur == D("4168.80")
    assert lue.date_facture.valeur == date(2026, 12, 7)


def test_les_deux_factur_x_de_l_exercice_14_ne_different_que_du_service(poste_1, cohort):
    with cohort.monde():
        exercice = exercices.trouver(cohort, "ex14")
        xmls = {}
        for cle in ("a", "b"):
            octets = composer(poste_1, exercice, exercice.document(cle), clock.now())
            with pikepdf.open(BytesIO(octets)) as pdf:
                xmls[cle] = bytes(pdf.attachments["factur-x.xml"].get_file().read_bytes())
    assert b"CHM-TECH" not in xmls["a"]
    assert b"CHM-TECH" in xmls["b"]
    assert b"ARB-2026-123" in xmls["a"]
    assert b"ARB-2026-123" in xmls["b"]


def test_les_documents_portent_le_jour_de_l_ouverture(poste_1, cohort, structure):
    ouvrir(poste_1, "ex3")
    cohort.sim_reference += timedelta(days=9)
    cohort.save()
    with cohort.monde():
        ouverture = exercices.ouvertures(1)["ex3"]
        assert pieces_exercice.jour_du_document(poste_1, ouverture.ouvert_le).date() == date(2026, 12, 7)
        assert pieces_exercice.jour_du_document(poste_1, None).date() == date(2026, 12, 16)


def test_un_document_dont_le_client_manque_est_indisponible(poste_1, cohort):
    with cohort.monde():
        Structure.objects.filter(identifiant=factories.VALMORAN).update(identifiant="00020001400099")
        exercice = exercices.trouver(cohort, "ex3")
        with pytest.raises(pieces_exercice.DocumentIndisponible):
            composer(poste_1, exercice, exercice.document("bc"), clock.now())


def test_un_pack_illisible_n_a_pas_d_exercice(cohort):
    cohort.pack = "disparu"
    assert exercices.tous(cohort) == []
    assert exercices.trouver(cohort, "ex5") is None


@pytest.mark.parametrize(
    ("exercice", "message"),
    [
        ({"factures": [{"client": "00020099900010", "lignes": "a"}]}, "n'est pas dans la distribution"),
        ({"documents": [{"client": "00020001400017", "lignes": "b"}]}, "ne sont pas décrites"),
    ],
)
def test_un_pack_incoherent_est_refuse(exercice, message):
    entites = {"publiques": [{"siret": "00020001400017"}]}
    with pytest.raises(PackInvalide, match=message):
        verifier_exercices({"exercices": [{"cle": "x", **exercice}], "lignes": {"a": []}}, entites, "essai")


def test_deux_exercices_de_meme_cle_sont_refuses():
    with pytest.raises(PackInvalide, match="clé en double : x"):
        verifier_exercices({"exercices": [{"cle": "x"}, {"cle": "x"}]}, {}, "essai")
