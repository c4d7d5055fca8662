"""soumettre: what is accepted, what is refused in a 200, numbers given, retries, invoices sent back (api.md §6.1)."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from api.familles import factures_soumettre
from invoices.documents import certificat, facture_pdf
from invoices.enums import ModeDepot, Statut
from invoices.formats.pdf import examine
from invoices.models import Facture, PieceJointe
from invoices.services import documents, soumission
from sandbox import clock
from sandbox.documents import store
from tests import factories
from tests.api.appels import CORVAN, ETAT, MONTBRISAC, VALMORAN, VOLTAIGNE, client_api
from tests.api.ecriture.demandes import (
    A_VALIDER,
    OSTREVAL,
    PDF,
    RECUE,
    SOUMETTRE,
    depot_pdf,
    echantillon_aife,
    fichier,
    lignes,
    lue,
    nombre,
    router,
    saisie,
    structure,
)

DEPARTEMENT = factories.DEPARTEMENT
A9 = {"codeCadreFacturation": "A9_FACTURE_SOUSTRAITANT", "codeStructureValideur": CORVAN}


@pytest.fixture
def programme(cohort):
    return client_api(cohort)


def soumise(programme, corps):
    statut, recu = programme.post(SOUMETTRE, corps)
    assert (statut, recu["codeRetour"]) == (200, 0), recu
    return recu


class TestSaisie:
    def test_repond_comme_le_service(self, programme, cohort):
        recu = soumise(programme, saisie(cohort))
        assert recu["libelle"] == "GCU_MSG_01_000"
        assert recu["numeroFacture"] == "V-2026-001"
        assert recu["statutFacture"] == "DEPOSEE"
        assert recu["dateDepot"] == "2026-12-07"
        assert recu["identifiantStructure"] == VOLTAIGNE
        assert re.fullmatch("[0-9a-f]{64}", recu["empreinteCertificatDepot"])

    def test_arrive_chez_le_destinataire_puis_est_payee(self, programme, cohort):
        pk = soumise(programme, saisie(cohort))["identifiantFactureCPP"]
        router(cohort)
        assert lue(cohort, pk).statut == Statut.MISE_A_DISPOSITION
        mairie = client_api(cohort, siret=VALMORAN)
        for nouveau in ("SERVICE_FAIT", "MANDATEE", "MISE_EN_PAIEMENT"):
            assert mairie.post(RECUE, {"idFacture": pk, "nouveauStatut": nouveau})[1]["nouveauStatut"] == nouveau
        premiere = lignes(cohort, pk)[0]
        assert premiere.compte.login_email == f"TECH_1_{VOLTAIGNE}@cpro.fr"

    def test_garde_ce_qui_est_envoye(self, programme, cohort):
        recu = soumise(programme, echantillon_aife(cohort))
        facture = lue(cohort, recu["identifiantFactureCPP"])
        assert (facture.montant_tva, facture.montant_ttc) == (Decimal("130.272"), Decimal("1406.272"))
        assert (facture.remise_globale, facture.montant_a_payer) == (50, 1400)
        assert facture.mode_depot == ModeDepot.SAISIE_API
        assert facture.numero_marche == "VABFM001"
        with cohort.monde():
            assert [(li.numero, li.code_taux, li.taux) for li in facture.lignes.all()] == [
                (1, "TVA5", 20),
                (2, "", Decimal("2.1")),
                (3, "", 5),
                (4, "TVA5", 20),
            ]
            assert [(t.code_taux, t.base, t.montant) for t in facture.lignes_tva.all()] == [
                ("TVA5", 510, 102),
                ("", 384, Decimal("19.2")),
                ("", 432, Decimal("9.072")),
            ]

    def test_le_portail_en_etablit_le_document(self, programme, cohort):
        pk = soumise(programme, echantillon_aife(cohort))["identifiantFactureCPP"]
        with cohort.monde():
            facture = documents.charger(pk)
            piece = documents.facture_en_pdf(facture, facture_pdf.rendre)
            examen = examine(store.open_bytes(piece.empreinte))
        assert examen.erreur is None
        assert examen.xml is not None
        assert piece.nom.startswith("Facture 2026")

    def test_sans_recapitulatif_il_vient_des_lignes(self, programme, cohort):
        pk = soumise(programme, saisie(cohort, ligneTva=[]))["identifiantFactureCPP"]
        with cohort.monde():
            assert [(t.taux, t.base, t.montant) for t in lue(cohort, pk).lignes_tva.all()] == [(20, 100, 20)]

    def test_un_taux_en_deux_rangs_fait_un_rang(self, programme, cohort):
        tva = [
            {"ligneTvaTauxManuel": 20, "ligneTvaMontantBaseHtParTaux": 60, "ligneTvaMontantTvaParTaux": 12},
            {"ligneTvaTaux": "TVA5", "ligneTvaMontantBaseHtParTaux": 40, "ligneTvaMontantTvaParTaux": 8},
        ]
        pk = soumise(programme, saisie(cohort, ligneTva=tva))["identifiantFactureCPP"]
        with cohort.monde():
            assert [(t.base, t.montant, t.code_taux) for t in lue(cohort, pk).lignes_tva.all()] == [(100, 20, "TVA5")]

    def test_les_lignes_gardent_leur_numero_ou_prennent_leur_rang(self, programme, cohort):
        corps = saisie(cohort)
        corps["lignePoste"] = [
            {**corps["lignePoste"][0], "lignePosteNumero": numero, "lignePosteQuantite": 1} for numero in (30, 10)
        ]
        pk = soumise(programme, corps)["identifiantFactureCPP"]
        corps["numeroFactureSaisi"] = "V-2026-002"
        corps["lignePoste"][1]["lignePosteNumero"] = 0
        autre = soumise(programme, corps)["identifiantFactureCPP"]
        with cohort.monde():
            assert list(lue(cohort, pk).lignes.values_list("numero", flat=True)) == [10, 30]
            assert list(lue(cohort, autre).lignes.values_list("numero", flat=True)) == [1, 2]

    def test_exoneration_un_code_devient_son_libelle_et_l_origine_d_une_facture_est_ignoree(self, programme, cohort):
        references = {"typeTva": "EXONERATION", "motifExonerationTva": "EXO1", "numeroFactureOrigine": "X1"}
        corps = saisie(
            cohort, references=references, montantTotal={"montantTVA": 0, "montantTtcTotal": 100, "montantAPayer": 100}
        )
        corps["lignePoste"][0].pop("lignePosteTauxTva")
        corps["ligneTva"] = []
        facture = lue(cohort, soumise(programme, corps)["identifiantFactureCPP"])
        assert facture.motif_exoneration == "Franchise en base (art. 293 B du CGI)"
        assert facture.numero_facture_origine == ""
        corps |= {"numeroFactureSaisi": "V-2"}
        corps["references"]["motifExonerationTva"] = "Association non assujettie"
        facture = lue(cohort, soumise(programme, corps)["identifiantFactureCPP"])
        assert facture.motif_exoneration == "Association non assujettie"

    def test_un_avoir_se_passe_de_mode_de_paiement(self, programme, cohort):
        corps = saisie(
            cohort, references={"typeFacture": "AVOIR", "modePaiement": None, "numeroFactureOrigine": "V-2026-000"}
        )
        facture = lue(cohort, soumise(programme, corps)["identifiantFactureCPP"])
        assert (facture.type_facture, facture.numero_facture_origine) == ("AVOIR", "V-2026-000")

    def test_le_document_donne_accompagne_celui_du_portail(self, programme, cohort):
        corps = saisie(
            cohort,
            pieceJointePrincipale={
                "pieceJointePrincipaleDesignation": "Original",
                "pieceJointePrincipaleId": fichier(cohort),
            },
            pieceJointeComplementaire=[
                {"pieceJointeComplementaireId": 0},
                {
                    "pieceJointeComplementaireId": fichier(cohort, "plan.png", b"\x89PNG"),
                    "pieceJointeComplementaireType": "AAR",
                    "pieceJointeComplementaireDesignation": "Plan",
                    "pieceJointeComplementaireNumeroLigneFacture": 1,
                },
            ],
        )
        pk = soumise(programme, corps)["identifiantFactureCPP"]
        with cohort.monde():
            jointes = PieceJointe.objects.filter(facture=pk, principale=False).order_by("pk")
            assert [(p.nom, p.designation, p.type, p.ligne) for p in jointes] == [
                ("bon.pdf", "Original", "DIVERS", None),
                ("plan.png", "Plan", "AAR", 1),
            ]
            principale = PieceJointe.objects.get(facture=pk, principale=True)
        assert principale.designation == "Facture établie par le portail"

    def test_avec_valideur_la_reponse_dit_vrai(self, programme, cohort):
        recu = soumise(programme, saisie(cohort, cadreDeFacturation=A9))
        assert recu["statutFacture"] == "A_VALIDER_1"
        pk = recu["identifiantFactureCPP"]
        router(cohort)
        assert [ligne.statut for ligne in lignes(cohort, pk)] == ["DEPOSEE", "A_VALIDER_1"]

    def test_sans_le_certificat_quand_le_disque_est_plein(self, programme, cohort, monkeypatch):
        def plein(facture):
            raise OSError(28, "plein")

        monkeypatch.setattr(certificat, "empreinte_au_depot", plein)
        assert "empreinteCertificatDepot" not in soumise(programme, saisie(cohort))

    def test_sans_le_certificat_quand_la_facture_n_est_plus_la(self, programme, cohort, monkeypatch):
        monkeypatch.setattr(documents, "charger", lambda pk: None)
        assert "empreinteCertificatDepot" not in soumise(programme, saisie(cohort))

    def test_sans_le_certificat_quand_son_dessin_serait_long(self, programme, cohort, monkeypatch):
        monkeypatch.setattr(factures_soumettre, "LIGNES_DESSINEES", 0)
        assert "empreinteCertificatDepot" not in soumise(programme, saisie(cohort))

    def test_l_empreinte_annoncee_est_celle_du_certificat(self, programme, cohort):
        recu = soumise(programme, saisie(cohort))
        with cohort.monde():
            facture = documents.charger(recu["identifiantFactureCPP"])
            assert facture.certificat == ""
            assert certificat.empreinte_certificat(facture) == recu["empreinteCertificatDepot"]

    def test_un_caractere_de_controle_ne_casse_rien(self, programme, cohort):
        corps = saisie(cohort, commentaire="Essai \x01\x1b")
        corps["lignePoste"][0]["lignePosteDenomination"] = "Tableau\x02 & <b>"
        assert "empreinteCertificatDepot" in soumise(programme, corps)


class TestNumerotation:
    def test_l_annee_puis_seize_chiffres(self, programme, cohort):
        corps = saisie(cohort, numeroFactureSaisi=None, dateFacture=None)
        assert soumise(programme, corps)["numeroFacture"] == "20260000000000000001"
        corps = saisie(cohort, numeroFactureSaisi="", dateFacture="2025-11-30")
        recu = soumise(programme, corps)
        assert recu["numeroFacture"] == "20250000000000000002"
        assert lue(cohort, recu["identifiantFactureCPP"]).date_facture.isoformat() == "2025-11-30"

    def test_la_date_est_celle_du_jour_simule(self, programme, cohort):
        recu = soumise(programme, saisie(cohort, numeroFactureSaisi=None, dateFacture=None))
        assert lue(cohort, recu["identifiantFactureCPP"]).date_facture == cohort.ancrage

    def test_un_refus_ne_consomme_pas_de_numero(self, programme, cohort):
        corps = saisie(cohort, numeroFactureSaisi=None)
        assert programme.post(SOUMETTRE, {**corps, "destinataire": {}})[1]["codeRetour"] == 29004
        assert soumise(programme, corps)["numeroFacture"] == "20260000000000000001"

    def test_un_numero_deja_pris_par_le_fournisseur_est_passe(self, programme, cohort):
        soumise(programme, saisie(cohort, numeroFactureSaisi="20260000000000000001"))
        assert soumise(programme, saisie(cohort, numeroFactureSaisi=None))["numeroFacture"] == "20260000000000000002"

    def test_une_suite_par_session(self, programme, cohort, autre_cohort):
        soumise(programme, saisie(cohort, numeroFactureSaisi=None))
        autre = client_api(autre_cohort)
        corps = saisie(autre_cohort, numeroFactureSaisi=None)
        assert soumise(autre, corps)["numeroFacture"] == "20260000000000000001"


class TestRepetition:
    def test_le_meme_appel_rend_la_meme_facture(self, programme, cohort):
        corps = saisie(cohort, numeroFactureSaisi=None)
        premiere = soumise(programme, corps)
        router(cohort)
        seconde = soumise(programme, corps)
        assert seconde["identifiantFactureCPP"] == premiere["identifiantFactureCPP"]
        assert seconde["empreinteCertificatDepot"] == premiere["empreinteCertificatDepot"]
        assert seconde["statutFacture"] == "MISE_A_DISPOSITION"
        assert nombre(cohort) == 1

    def test_une_minute_apres_c_en_est_une_autre(self, programme, cohort):
        corps = saisie(cohort, numeroFactureSaisi=None)
        premiere = soumise(programme, corps)
        with cohort.monde():
            Facture.objects.update(modifie_le=clock.real_now() - timedelta(seconds=61), cle_envoi="api:avant")
        assert soumise(programme, corps)["identifiantFactureCPP"] != premiere["identifiantFactureCPP"]

    @pytest.mark.parametrize(
        ("secondes", "trouvee"), [pytest.param(59, True, id="59"), pytest.param(61, False, id="61")]
    )
    def test_la_minute_glisse(self, programme, cohort, secondes, trouvee):
        """From the call itself, whatever the minute of the clock it began in."""
        soumise(programme, saisie(cohort, numeroFactureSaisi=None))
        with cohort.monde():
            faite = Facture.objects.get()
            depuis = (faite.modifie_le + timedelta(seconds=secondes)).timestamp() - soumission.REPETITION
            cle = faite.cle_envoi.rpartition(":")[0]
            assert (soumission._deja_soumise(cle, depuis=depuis) == faite) is trouvee
            assert soumission._deja_soumise("", depuis=depuis) is None

    def test_un_autre_contenu_ou_un_autre_compte_est_une_autre_facture(self, programme, cohort):
        corps = saisie(cohort, numeroFactureSaisi=None)
        soumise(programme, corps)
        soumise(programme, {**corps, "commentaire": "Une autre"})
        corvan = client_api(cohort, siret=OSTREVAL)
        soumise(corvan, {**corps, "fournisseur": {"idFournisseur": structure(cohort, OSTREVAL).pk}})
        assert nombre(cohort) == 3

    def test_avec_un_numero_c_est_un_doublon(self, programme, cohort):
        soumise(programme, saisie(cohort))
        statut, recu = programme.post(SOUMETTRE, saisie(cohort))
        assert (statut, recu["codeRetour"]) == (200, 29010)


def _ligne(**champs):
    return lambda corps: corps["lignePoste"][0].update(champs)


def _bloc(nom, **champs):
    return lambda corps: corps.setdefault(nom, {}).update(champs)


def _racine(**champs):
    return lambda corps: corps.update(champs)


REFUS = [
    pytest.param(_racine(modeDepot=None), 29013, id="mode-absent"),
    pytest.param(_racine(modeDepot="SAISIE_WEB"), 29014, id="mode-inconnu"),
    pytest.param(_racine(fournisseur={}), 29013, id="fournisseur-absent"),
    pytest.param(_bloc("fournisseur", idFournisseur=10**12), 20001, id="fournisseur-inconnu"),
    pytest.param(_bloc("fournisseur", idServiceFournisseur=999_999), 29014, id="service-du-fournisseur"),
    pytest.param(_bloc("fournisseur", codeCoordonneesBancairesFournisseur=999_999), 29014, id="banque"),
    pytest.param(_racine(destinataire={}), 29004, id="destinataire-absent"),
    pytest.param(_bloc("destinataire", codeDestinataire="00000000000000"), 29004, id="destinataire-inconnu"),
    pytest.param(_bloc("destinataire", codeDestinataire=factories.INACTIVE), 29004, id="destinataire-inactif"),
    pytest.param(_bloc("destinataire", codeDestinataire=CORVAN), 29004, id="destinataire-prive"),
    pytest.param(_bloc("destinataire", codeDestinataire=factories.MOA), 29062, id="moa"),
    pytest.param(_bloc("destinataire", codeDestinataire=DEPARTEMENT), 29001, id="service-absent"),
    pytest.param(_bloc("destinataire", codeServiceExecutant="INCONNU"), 29005, id="service-inconnu"),
    pytest.param(
        _bloc("destinataire", codeDestinataire=MONTBRISAC, codeServiceExecutant="CHM-TECH"),
        29002,
        id="engagement-absent",
    ),
    pytest.param(_racine(cadreDeFacturation={}), 29013, id="cadre-absent"),
    pytest.param(
        _bloc("cadreDeFacturation", codeCadreFacturation="A4_PROJET_DECOMPTE_MENSUEL_FOURNISSEUR"),
        29063,
        id="cadre-de-travaux",
    ),
    pytest.param(_bloc("cadreDeFacturation", codeCadreFacturation="A1"), 29063, id="cadre-court"),
    pytest.param(
        _bloc("cadreDeFacturation", codeCadreFacturation="A9_FACTURE_SOUSTRAITANT"), 29030, id="valideur-absent"
    ),
    pytest.param(
        _bloc("cadreDeFacturation", **A9 | {"codeStructureValideur": "00000000000000"}), 29030, id="valideur-inconnu"
    ),
    pytest.param(
        _bloc("cadreDeFacturation", **A9 | {"codeStructureValideur": VOLTAIGNE}), 29030, id="valideur-fournisseur"
    ),
    pytest.param(_bloc("cadreDeFacturation", **A9, codeServiceValideur="X"), 29014, id="service-du-valideur"),
    pytest.param(_racine(numeroFactureSaisi="N° 1"), 29011, id="numero-caracteres"),
    pytest.param(_racine(numeroFactureSaisi="1" * 21), 29011, id="numero-long"),
    pytest.param(_racine(dateFacture="2026-12-08"), 29012, id="date-future"),
    pytest.param(_racine(dateFacture="1999-12-31"), 29012, id="date-ancienne"),
    pytest.param(_bloc("references", deviseFacture=""), 29013, id="devise-absente"),
    pytest.param(_bloc("references", deviseFacture="ZZZ"), 29014, id="devise-inconnue"),
    pytest.param(_bloc("references", typeFacture=None), 29013, id="type-absent"),
    pytest.param(_bloc("references", typeTva=None), 29013, id="type-de-tva-absent"),
    pytest.param(_bloc("references", modePaiement=None), 29013, id="paiement-absent"),
    pytest.param(_bloc("references", typeTva="SANS_TVA"), 29024, id="type-de-tva-et-taux"),
    pytest.param(_racine(lignePoste=[]), 29023, id="sans-ligne"),
    pytest.param(_ligne(lignePosteQuantite=None), 29013, id="quantite-absente"),
    pytest.param(_ligne(lignePosteMontantUnitaireHT=None), 29013, id="prix-absent"),
    pytest.param(_ligne(lignePosteDenomination=" "), 29013, id="denomination-absente"),
    pytest.param(_ligne(lignePosteTauxTva="TVA99"), 29014, id="code-de-taux"),
    pytest.param(_ligne(lignePosteTauxTva=None), 29013, id="taux-absent"),
    pytest.param(_ligne(lignePosteNumero=1_000_000), 29013, id="numero-de-ligne"),
    pytest.param(lambda corps: corps["lignePoste"].append(corps["lignePoste"][0]), 29013, id="lignes-de-meme-numero"),
    pytest.param(
        _ligne(lignePosteQuantite=10**12, lignePosteMontantUnitaireHT=0.0000000001), 29020, id="ligne-trop-grande"
    ),
    pytest.param(
        lambda corps: corps["lignePoste"].append(
            {
                **corps["lignePoste"][0],
                "lignePosteNumero": 2,
                "lignePosteQuantite": 10**12,
                "lignePosteMontantUnitaireHT": 0,
            }
        ),
        29013,
        id="quantite-enorme",
    ),
    pytest.param(
        _racine(ligneTva=[{"ligneTvaTauxManuel": 150, "ligneTvaMontantBaseHtParTaux": 100}]), 29013, id="taux-de-150"
    ),
    pytest.param(_bloc("montantTotal", montantHtTotal=None), 29013, id="total-absent"),
    pytest.param(_bloc("montantTotal", montantTtcTotal=121), 29020, id="totaux"),
    pytest.param(_bloc("montantTotal", montantAPayer=120.01), 29026, id="a-payer"),
    pytest.param(
        _bloc("cadreDeFacturation", codeCadreFacturation="A2_FACTURE_FOURNISSEUR_DEJA_PAYEE"), 29021, id="deja-payee"
    ),
    pytest.param(
        _bloc("montantTotal", montantRemiseGlobaleTTC=20, montantTtcTotal=100, montantAPayer=100),
        29013,
        id="remise-sans-motif",
    ),
    pytest.param(_racine(commentaire="a" * 2001), 29013, id="commentaire"),
    pytest.param(_racine(pieceJointePrincipale=[{"pieceJointePrincipaleId": 999_999}]), 29045, id="principale"),
    pytest.param(
        _racine(pieceJointeComplementaire=[{"pieceJointeComplementaireId": 999_999}]), 29045, id="complementaire"
    ),
]


@pytest.mark.parametrize(("changer", "code"), REFUS)
def test_refuse_en_200(programme, cohort, changer, code):
    corps = saisie(cohort)
    changer(corps)
    statut, recu = programme.post(SOUMETTRE, corps)
    assert (statut, recu["codeRetour"]) == (200, code), recu
    libelle = recu["libelle"]
    assert libelle.startswith("GDP_MSG_11.005 - " if code == 20001 else f"SBX_{code - 29000:03d} - ")
    assert nombre(cohort) == 0


@pytest.mark.parametrize(
    "changer",
    [
        pytest.param(_bloc("references", typeFacture="ACOMPTE"), id="type"),
        pytest.param(_bloc("references", typeTva="TVA"), id="type-de-tva"),
        pytest.param(_bloc("references", modePaiement="CARTE"), id="paiement"),
        pytest.param(_racine(dateFacture="7/12/2026"), id="date"),
        pytest.param(_racine(numeroFactureSaisi=12), id="numero"),
        pytest.param(_ligne(lignePosteQuantite="deux"), id="quantite"),
        pytest.param(_racine(pieceJointePrincipale=[{"pieceJointePrincipaleId": 1}] * 2), id="deux-principales"),
        pytest.param(_racine(lignePoste=[{}] * 1001), id="trop-de-lignes"),
    ],
)
def test_mal_formulee(programme, cohort, changer):
    corps = saisie(cohort)
    changer(corps)
    if isinstance(corps["lignePoste"], list) and len(corps["lignePoste"]) > 1000:
        corps["lignePoste"] = [{"lignePosteNumero": 1}] * 1001
    assert programme.post(SOUMETTRE, corps) == (400, {"codeRetour": 400, "libelle": "Requête mal formulée"})


def test_le_fournisseur_d_une_autre_structure_est_refuse(programme, cohort):
    corps = saisie(cohort, fournisseur={"idFournisseur": structure(cohort, CORVAN).pk})
    assert programme.post(SOUMETTRE, corps)[1]["codeRetour"] == 20001


def test_l_etat_connait_ses_engagements(programme, cohort):
    destinataire = {"codeDestinataire": ETAT, "codeServiceExecutant": "FIC0DSD042"}
    corps = saisie(cohort, destinataire=destinataire, references={"numeroBonCommande": "1599999999"})
    assert programme.post(SOUMETTRE, corps)[1]["codeRetour"] == 29006
    corps["references"]["numeroBonCommande"] = "1500261234"
    assert soumise(programme, corps)["statutFacture"] == "DEPOSEE"


def test_le_fichier_d_une_autre_structure_est_inconnu(programme, cohort):
    autre = fichier(cohort, siret=CORVAN)
    corps = saisie(cohort, pieceJointeComplementaire=[{"pieceJointeComplementaireId": autre}])
    assert programme.post(SOUMETTRE, corps)[1]["codeRetour"] == 29045


@pytest.mark.parametrize(
    ("champs", "code"),
    [
        pytest.param({"pieceJointeComplementaireType": "PHOTO"}, 29014, id="type"),
        pytest.param({"pieceJointeComplementaireDesignation": "a" * 101}, 29013, id="designation"),
        pytest.param({"pieceJointeComplementaireNumeroLigneFacture": -1}, 29013, id="ligne"),
    ],
)
def test_une_piece_jointe_mal_decrite(programme, cohort, champs, code):
    piece = {"pieceJointeComplementaireId": fichier(cohort), **champs}
    corps = saisie(cohort, pieceJointeComplementaire=[piece])
    assert programme.post(SOUMETTRE, corps)[1]["codeRetour"] == code


class TestModePdf:
    def corps(self, cohort, pk, **reste):
        document = [{"pieceJointePrincipaleDesignation": "Facture", "pieceJointePrincipaleId": pk}] if pk else []
        return saisie(cohort, modeDepot="DEPOT_PDF_API", pieceJointePrincipale=document, **{"lignePoste": []} | reste)

    def test_d_un_fichier_ajoute(self, programme, cohort, pdf):
        pk = soumise(programme, self.corps(cohort, fichier(cohort, "F1.PDF", pdf)))["identifiantFactureCPP"]
        assert lue(cohort, pk).mode_depot == ModeDepot.DEPOT_PDF_API
        with cohort.monde():
            piece = PieceJointe.objects.get(facture=pk)
            assert (piece.principale, piece.nom, store.open_bytes(piece.empreinte)) == (True, "F1.PDF", pdf)

    def test_la_principale_en_objet(self, programme, cohort, pdf):
        corps = self.corps(cohort, 0)
        corps["pieceJointePrincipale"] = {"pieceJointePrincipaleId": fichier(cohort, "F1.pdf", pdf)}
        assert soumise(programme, corps)["statutFacture"] == "DEPOSEE"

    def test_les_lignes_sont_gardees_sans_etre_controlees(self, programme, cohort, pdf):
        corps = self.corps(cohort, fichier(cohort, "F1.pdf", pdf), lignePoste=saisie(cohort)["lignePoste"])
        corps["lignePoste"][0]["lignePosteQuantite"] = 7
        pk = soumise(programme, corps)["identifiantFactureCPP"]
        with cohort.monde():
            assert lue(cohort, pk).lignes.count() == 1

    @pytest.mark.parametrize(
        ("nom", "contenu", "code"),
        [
            pytest.param("scan.png", b"\x89PNG", 29040, id="pas-un-pdf"),
            pytest.param("faux.pdf", b"pas un PDF", 29050, id="illisible"),
        ],
    )
    def test_document_refuse(self, programme, cohort, nom, contenu, code):
        corps = self.corps(cohort, fichier(cohort, nom, contenu))
        assert programme.post(SOUMETTRE, corps)[1]["codeRetour"] == code

    def test_sans_document_ni_numero_ni_date(self, programme, cohort, pdf):
        assert programme.post(SOUMETTRE, self.corps(cohort, 0))[1]["codeRetour"] == 29013
        pk = fichier(cohort, "F1.pdf", pdf)
        assert programme.post(SOUMETTRE, self.corps(cohort, pk, numeroFactureSaisi=None))[1]["codeRetour"] == 29013
        assert programme.post(SOUMETTRE, self.corps(cohort, pk, dateFacture=None))[1]["codeRetour"] == 29013

    def test_du_pdf_lu_le_brouillon_part(self, programme, cohort, pdf):
        depose = programme.post(PDF, depot_pdf(pdf))[1]["pieceJointeId"]
        assert nombre(cohort, statut=Statut.INTERPRETEE_OCR) == 1
        recu = soumise(programme, self.corps(cohort, depose))
        assert nombre(cohort) == 1
        with cohort.monde():
            assert PieceJointe.objects.filter(facture=recu["identifiantFactureCPP"]).count() == 1
        # The draft has left: the same file serves another invoice.
        autre = soumise(programme, self.corps(cohort, depose, numeroFactureSaisi="V-2026-002"))
        assert autre["identifiantFactureCPP"] != recu["identifiantFactureCPP"]


class TestRenvoi:
    """A-14: the same call sends again what came back."""

    def test_un_brouillon_du_portail_part_avec_tout_ce_qui_est_envoye(self, programme, cohort, pdf):
        mien, mairie = structure(cohort, VOLTAIGNE), structure(cohort, VALMORAN)
        anciens = [factories.brouillon(mien, mairie, numero="V-2026-001", lignes=[("3", "10", "10")]) for _ in range(2)]
        with cohort.monde():
            for principale, nom in ((True, "vieux.pdf"), (False, "bon.pdf")):
                PieceJointe.objects.create(
                    cohort=cohort,
                    facture=anciens[1],
                    principale=principale,
                    nom=nom,
                    empreinte=store.store(pdf + nom.encode()),
                    taille=len(pdf),
                )
        recu = soumise(programme, saisie(cohort))
        assert recu["identifiantFactureCPP"] == anciens[1].pk
        facture = lue(cohort, anciens[1].pk)
        assert (facture.montant_ht, facture.mode_depot) == (100, ModeDepot.SAISIE_API)
        with cohort.monde():
            assert list(facture.lignes.values_list("quantite", "denomination")) == [(2, "Tableau électrique")]
            noms = set(facture.pieces.filter(principale=False).values_list("nom", flat=True))
        assert noms == {"vieux.pdf", "bon.pdf"}

    def test_un_brouillon_dont_le_pdf_est_remplace(self, programme, cohort, pdf):
        brouillon = factories.brouillon(structure(cohort, VOLTAIGNE), structure(cohort, VALMORAN), numero="V-2026-001")
        with cohort.monde():
            PieceJointe.objects.create(
                cohort=cohort, facture=brouillon, principale=True, nom="a.pdf", empreinte=store.store(b"a"), taille=1
            )
        corps = saisie(cohort, modeDepot="DEPOT_PDF_SIGNE_API", lignePoste=[])
        corps["pieceJointePrincipale"] = [{"pieceJointePrincipaleId": fichier(cohort, "b.pdf", pdf)}]
        assert soumise(programme, corps)["identifiantFactureCPP"] == brouillon.pk
        with cohort.monde():
            assert list(PieceJointe.objects.filter(facture=brouillon).values_list("nom", flat=True)) == ["b.pdf"]

    def test_un_brouillon_garde_le_pdf_qu_il_a(self, programme, cohort, pdf):
        brouillon = factories.brouillon(structure(cohort, VOLTAIGNE), structure(cohort, VALMORAN), numero="V-2026-001")
        with cohort.monde():
            PieceJointe.objects.create(
                cohort=cohort, facture=brouillon, principale=True, nom="a.pdf", empreinte=store.store(pdf), taille=1
            )
        corps = saisie(cohort, modeDepot="DEPOT_PDF_API", lignePoste=[])
        assert soumise(programme, corps)["identifiantFactureCPP"] == brouillon.pk

    def test_a_recycler_ne_change_que_l_adresse(self, programme, cohort):
        pk = soumise(programme, saisie(cohort))["identifiantFactureCPP"]
        router(cohort)
        mairie = client_api(cohort, siret=VALMORAN)
        mairie.post(RECUE, {"idFacture": pk, "nouveauStatut": "A_RECYCLER", "motif": "SE_ERR"})
        vers = {"codeDestinataire": DEPARTEMENT, "codeServiceExecutant": "DOR-COLLEGES"}
        corps = saisie(cohort, destinataire=vers, montantTotal={"montantAPayer": 1}, dateFacture=None)
        recu = soumise(programme, corps)
        assert (recu["identifiantFactureCPP"], recu["statutFacture"]) == (pk, "DEPOSEE")
        facture = lue(cohort, pk)
        assert (facture.destinataire.identifiant, facture.code_service) == (DEPARTEMENT, "DOR-COLLEGES")
        assert facture.montant_a_payer == 120

    def test_a_recycler_une_autre_annee_est_une_autre_facture(self, programme, cohort):
        mien, mairie = structure(cohort, VOLTAIGNE), structure(cohort, VALMORAN)
        ancienne = factories.facture(mien, mairie, statut=Statut.A_RECYCLER, numero="V-2026-001", cle_envoi="x")
        recu = soumise(programme, saisie(cohort, dateFacture="2025-12-07"))
        assert recu["identifiantFactureCPP"] != ancienne.pk

    def test_erreur_sur_le_valideur_ne_change_que_lui(self, programme, cohort):
        pk = soumise(programme, saisie(cohort, cadreDeFacturation=A9))["identifiantFactureCPP"]
        refus = {"idFacture": pk, "action": "REFUS", "motifRefus": "ERR_VALIDEUR"}
        assert client_api(cohort, siret=CORVAN).post(A_VALIDER, refus)[1]["codeRetour"] == 0
        refuse = programme.post(SOUMETTRE, saisie(cohort, cadreDeFacturation=A9))[1]
        assert refuse["codeRetour"] == 29030
        recu = soumise(programme, saisie(cohort, cadreDeFacturation={**A9, "codeStructureValideur": OSTREVAL}))
        assert (recu["identifiantFactureCPP"], recu["statutFacture"]) == (pk, "A_VALIDER_1")
        assert lue(cohort, pk).valideur.identifiant == OSTREVAL
