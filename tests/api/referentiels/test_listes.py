"""Lists that depend on nobody: values and order as api.md §5, §7 and §15 state them."""

import pytest

from api.familles import transverses_referentiels as listes
from api.registre import OPERATIONS
from invoices.enums import DEVISES, Statut
from sandbox.cohorts.enums import Regime
from sandbox.cohorts.models import Cohort
from structures.pays import PAYS

T = "transverses/v1/"
SANS_ARGUMENT = sorted(cle for cle in OPERATIONS if cle.startswith(f"{T}recuperer/"))


def colonne(recu, liste, champ):
    return [ligne[champ] for ligne in recu[liste]]


@pytest.mark.parametrize("corps", [b"{}", b"[]", b"null", b"", b"  "], ids=["objet", "liste", "null", "vide", "blanc"])
def test_chaque_referentiel_repond_sans_argument(fournisseur, corps):
    for cle in SANS_ARGUMENT:
        statut, recu = fournisseur._lire(cle, fournisseur.brut("POST", cle, corps))
        assert (cle, statut, recu["codeRetour"], recu["libelle"]) == (cle, 200, 0, "TRA_MSG_00.000")


def test_devises(fournisseur):
    _, recu = fournisseur.post(f"{T}recuperer/devises")
    assert colonne(recu, "listeDevises", "codeDevise") == sorted(DEVISES)
    noms = {ligne["codeDevise"]: ligne["libelleDevise"] for ligne in recu["listeDevises"]}
    assert (len(noms), noms["EUR"], noms["CHF"]) == (155, "Euro", "Franc suisse")


def test_pays(fournisseur):
    _, recu = fournisseur.post(f"{T}recuperer/pays", {"codeLangue": "FR"})
    assert colonne(recu, "listePays", "codePays") == sorted(PAYS)
    assert {"codePays": "DE", "libellePays": "Allemagne"} in recu["listePays"]
    assert len(recu["listePays"]) == 249


@pytest.mark.parametrize(("langue", "attendu"), [("en", "Germany"), ("EN", "Germany"), ("de", "Allemagne")])
def test_langue(fournisseur, langue, attendu):
    _, recu = fournisseur.post(f"{T}recuperer/pays", {"codeLangue": langue})
    assert {ligne["codePays"]: ligne["libellePays"] for ligne in recu["listePays"]}["DE"] == attendu


def test_devises_en_anglais(fournisseur):
    _, francais = fournisseur.post(f"{T}recuperer/devises")
    _, anglais = fournisseur.post(f"{T}recuperer/devises", {"codeLangue": "en"})
    assert colonne(anglais, "listeDevises", "codeDevise") == colonne(francais, "listeDevises", "codeDevise")
    assert {"codeDevise": "CHF", "libelleDevise": "Swiss Franc"} in anglais["listeDevises"]


def test_taux_tva(fournisseur):
    _, recu = fournisseur.post(f"{T}recuperer/tauxtva")
    attendus = [0, 2.1, 5.5, 10, 20, 8.5, 1.75, 1.05, 0.9, 13, 19.6]
    assert colonne(recu, "listeTauxTva", "codeTauxTva") == [f"TVA{n}" for n in range(1, 12)]
    assert colonne(recu, "listeTauxTva", "valeurTauxTva") == attendus
    assert colonne(recu, "listeTauxTva", "libelleTauxTva") == ["Art 293B(FranchiseEnBase)", *map(str, attendus[1:])]


def test_motifs_exoneration(fournisseur):
    _, recu = fournisseur.post(f"{T}recuperer/motifs/exonerationtva")
    assert colonne(recu, "listeMotifsExonerationTva", "codeMotifExonerationTva") == [
        *("EXO1", "EXO2", "EXO3", "EXO4", "EXO9")
    ]
    assert recu["listeMotifsExonerationTva"][0]["libelleMotifExonerationTva"] == (
        "Franchise en base (art. 293 B du CGI)"
    )
    assert {c: recu[c] for c in ("pageCourante", "pages", "nbResultatsParPage", "total")} == {
        "pageCourante": 1,
        "pages": 1,
        "nbResultatsParPage": 5,
        "total": 5,
    }


@pytest.mark.parametrize(
    ("chemin", "liste", "champ", "attendu"),
    [
        pytest.param(
            "modereglements",
            "listeModePaiement",
            "modePaiement",
            "CHEQUE PRELEVEMENT VIREMENT ESPECE AUTRE REPORT",
            id="modereglements",
        ),
        pytest.param(
            "modedepot",
            "listeModeDepot",
            "modeDepot",
            "SAISIE_WEB PORTAIL_PDF EDI_XML_STRUCT EDI_MIXTE EDI_PDF_ARCHIVE SAISIE_PORTAIL SAISIE_API "
            "DEPOT_PDF_PORTAIL DEPOT_PDF_SIGNE_PORTAIL DEPOT_PDF_API DEPOT_PDF_SIGNE_API EDI UPLOAD_PORTAIL "
            "UPLOAD_API EDI_NUMERISATION",
            id="modedepot",
        ),
        pytest.param(
            "formatflux",
            "listeFormatFlux",
            "formatFlux",
            "IN_DP_E1_STRUCT IN_DP_E2_MIXTE IN_DP_E2_FACTURX",
            id="formatflux",
        ),
        pytest.param(
            "typedp",
            "listeTypeDemandePaiement",
            "typeDemandePaiement",
            "FACTURE FACTURE_TRAVAUX MEMOIRE_JUSTICE DEMANDE_REMBOURSEMENT",
            id="typedp",
        ),
        pytest.param(
            "typefacturetravaux",
            "listeTypeFactureTravaux",
            "typeFactureTravaux",
            "DP_DE_SOUSTRAITANT_TRAVAUX PROJET_DECOMPTE_MENSUEL ETAT_ACOMPTE ETAT_ACOMPTE_VALIDE "
            "PROJET_DECOMPTE_FINAL PROJET_DECOMPTE_GENERAL PROJET_DECOMPTE_GENERAL_PROCEDURE_TACITE DECOMPTE_GENERAL "
            "DECOMPTE_GENERAL_SIGNE DECOMPTE_GENERAL_DEFINITIF_TACITE DECOMPTE_GENERAL_DEFINITIF_PROCEDURE_TACITE",
            id="typefacturetravaux",
        ),
        pytest.param(
            "typeidentifiant/structure",
            "listeTypeIdentifiant",
            "typeIdentifiantStructure",
            "SIRET UE_HORS_FRANCE HORS_UE RIDET TAHITI AUTRE PARTICULIER",
            id="typeidentifiant",
        ),
    ],
)
def test_enumerations(fournisseur, chemin, liste, champ, attendu):
    _, recu = fournisseur.post(f"{T}recuperer/{chemin}")
    assert colonne(recu, liste, champ) == attendu.split()


@pytest.mark.parametrize(
    ("corps", "attendu"),
    [
        pytest.param({"formatFlux": "IN_DP_E2_FACTURX"}, {"IN_DP_E2_CII_FACTURX"}, id="facturx"),
        pytest.param(
            {"formatFlux": "IN_DP_E1_STRUCT"},
            {
                *("IN_DP_E1_UBL_INVOICE", "IN_DP_E1_CII", "IN_DP_E1_PES_FACTURE", "IN_DP_E1_XCBL"),
                "IN_DP_E1_CII_16B",
            },
            id="e1",
        ),
        pytest.param(
            {"formatFlux": "IN_DP_E2_MIXTE"},
            {
                *("IN_DP_E2_UBL_INVOICE_MIN", "IN_DP_E2_CII_MIN", "IN_DP_E2_CII_MIN_16B"),
                *("IN_DP_E2_PES_FACTURE_MIN", "IN_DP_E2_CPP_FACTURE_MIN"),
            },
            id="e2",
        ),
    ],
)
def test_syntaxes(fournisseur, corps, attendu):
    _, recu = fournisseur.post(f"{T}recuperer/syntaxeflux", corps)
    assert set(colonne(recu, "listeSyntaxeFlux", "syntaxeFlux")) == attendu
    _, toutes = fournisseur.post(f"{T}recuperer/syntaxeflux")
    assert len(toutes["listeSyntaxeFlux"]) == 11


def test_cadres(fournisseur):
    lus = {
        genre: [
            code.split("_")[0]
            for code in colonne(
                fournisseur.post(f"{T}recuperer/cadrefacturation", {"typeDemandePaiement": genre})[1],
                "listeCadreFacturation",
                "codeCadreFacturation",
            )
        ]
        for genre in listes.TYPES_DP
    }
    assert lus == {
        "FACTURE": ["A1", "A2", "A9", "A12"],
        "FACTURE_TRAVAUX": [f"A{n}" for n in (4, 5, 6, 7, 8, 10, *range(13, 21), 22, 23, 24, 25)],
        "MEMOIRE_JUSTICE": ["A3"],
        "DEMANDE_REMBOURSEMENT": ["A21"],
    }
    _, tous = fournisseur.post(f"{T}recuperer/cadrefacturation")
    assert [c.split("_")[0] for c in colonne(tous, "listeCadreFacturation", "codeCadreFacturation")] == [
        f"A{n}" for n in range(1, 26) if n != 11
    ]


def test_types_de_piece(fournisseur):
    _, recu = fournisseur.post(f"{T}recuperer/typespj", {"typeObjet": "FACTURE_TRAVAUX"})
    assert [tuple(ligne.values()) for ligne in recu["listeTypePieceJointe"]] == [
        (54050, "DIVERS", "Pièce jointe standard", "FACTURE_TRAVAUX"),
        (54051, "BON_COMMANDE", "Bon de commande", "FACTURE_TRAVAUX"),
        (54052, "BON_LIVRAISON", "Bon de livraison", "FACTURE_TRAVAUX"),
        (54053, "PROCES_VERBAL", "Procès-verbal", "FACTURE_TRAVAUX"),
        (54054, "JUSTIFICATIF", "Justificatif", "FACTURE_TRAVAUX"),
        (54055, "RIB", "RIB", "FACTURE_TRAVAUX"),
        (54056, "AUTRE", "Autre", "FACTURE_TRAVAUX"),
    ]


SAMPLE = [
    *("BROUILLON", "A_VALIDER_1", "ERREUR_FOURNISSEUR_SUR_VALIDEUR"),
    *("REFUSEE_1", "VALIDEE_1", "ABSENCE_VALIDATION_1_HORS_DELAI"),
    *("A_VALIDER_2", "ERREUR_COTRAITANT_SUR_VALIDEUR", "REFUSEE_2"),
    *("VALIDEE_2", "ABSENCE_VALIDATION_2_HORS_DELAI", "DEPOSEE"),
    *("ERREUR_FOURNISSEUR_SUR_MOE", "EN_COURS_ACHEMINEMENT", "MISE_A_DISPOSITION"),
    *("A_RECYCLER", "SUSPENDUE", "REJETEE"),
    *("MANDATEE", "MISE_EN_PAIEMENT", "COMPTABILISEE"),
    *("MISE_A_DISPOSITION_COMPTABLE", "SUPPRIMEE", "INTERPRETEE_OCR"),
    *("COMPLETEE", "SERVICE_FAIT", "PRISE_EN_COMPTE_DESTINATAIRE"),
]


def test_etats_d_une_facture(fournisseur):
    _, recu = fournisseur.post(f"{T}recuperer/etat/typedp", {"typeDemandePaiement": "FACTURE"})
    assert colonne(recu, "listeEtatDemandePaiement", "etatDemandePaiement") == SAMPLE
    assert set(Statut.values) < set(SAMPLE)


def test_etats_des_autres(fournisseur):
    def lus(**corps):
        return colonne(
            fournisseur.post(f"{T}recuperer/etat/typedp", corps)[1], "listeEtatDemandePaiement", "etatDemandePaiement"
        )

    travaux = lus(typeDemandePaiement="FACTURE_TRAVAUX")
    assert {"A_ASSOCIER_MOE", "REMPLACEE_PAR_A22"} < set(travaux)
    assert not {"TECHNIQUE_INCONNU", "INTERPRETEE_OCR"} & set(travaux)
    assert lus(typeDemandePaiement="MEMOIRE_JUSTICE")[0] == "BROUILLON"
    assert [s for s in listes.STATUTS if s in lus()] == lus()
    assert set(lus()) == set(SAMPLE) | set(travaux)


HUIT = [
    *("MISE_A_DISPOSITION", "SUSPENDUE", "REJETEE"),
    *("MANDATEE", "MISE_EN_PAIEMENT", "COMPTABILISEE"),
    *("MISE_A_DISPOSITION_COMPTABLE", "A_RECYCLER"),
]


@pytest.mark.parametrize(
    ("statut", "attendu"),
    [
        pytest.param("MISE_A_DISPOSITION", [*HUIT, "SERVICE_FAIT"], id="mise-a-disposition"),
        pytest.param("SUSPENDUE", [*HUIT, "SERVICE_FAIT"], id="suspendue"),
        pytest.param("COMPTABILISEE", [*HUIT, "SERVICE_FAIT"], id="comptabilisee"),
        pytest.param("", [*HUIT, "SERVICE_FAIT"], id="absent"),
        pytest.param("MISE_EN_PAIEMENT", [], id="definitif"),
        pytest.param("REJETEE", [], id="rejetee"),
        pytest.param("DEPOSEE", [], id="pas-encore-chez-lui"),
        pytest.param("A_ASSOCIER_MOE", [], id="travaux"),
    ],
)
def test_etats_de_traitement(fournisseur, statut, attendu):
    _, recu = fournisseur.post(f"{T}recuperer/etats/traitement", {"statutCourant": statut})
    assert colonne(recu, "listeStatutsPossiblesPourTraitement", "statutPossiblePourTraitement") == attendu


def test_pas_de_recyclage_apres_la_reforme(fournisseur, cohort):
    Cohort.objects.filter(pk=cohort.pk).update(regime=Regime.REFORME_2026)
    _, recu = fournisseur.post(f"{T}recuperer/etats/traitement", {"statutCourant": "MISE_A_DISPOSITION"})
    assert colonne(recu, "listeStatutsPossiblesPourTraitement", "statutPossiblePourTraitement") == [
        *HUIT[:-1],
        "SERVICE_FAIT",
    ]


def test_motifs_de_refus(fournisseur):
    chemin = f"{T}recuperer/motifs/refus/Facture/AValider"
    _, recu = fournisseur.post(chemin, {"codeCadreFacturationAValider": "A9_FACTURE_SOUSTRAITANT"})
    assert [(m["codeMotif"], m["libelleMotif"]) for m in recu["listeMotifRefusFactureAValider"]] == [
        ("ERR_VALIDEUR", "Mauvais valideur"),
        ("AUT_MOTIF_ERR_VALIDEUR", "Autre motif que « Erreur de valideur »"),
    ]
    assert fournisseur.post(chemin)[1] == recu
    _, rien = fournisseur.post(chemin, {"codeCadreFacturationAValider": "A1_FACTURE_FOURNISSEUR"})
    assert (rien["codeRetour"], rien["listeMotifRefusFactureAValider"]) == (0, [])


@pytest.mark.parametrize(
    ("chemin", "champ"),
    [
        ("recuperer/cadrefacturation", "typeDemandePaiement"),
        ("recuperer/etat/typedp", "typeDemandePaiement"),
        ("recuperer/etats/traitement", "statutCourant"),
        ("recuperer/motifs/refus/Facture/AValider", "codeCadreFacturationAValider"),
        ("recuperer/syntaxeflux", "formatFlux"),
        ("recuperer/typespj", "typeObjet"),
    ],
)
def test_valeur_hors_liste(fournisseur, chemin, champ):
    assert fournisseur.post(T + chemin, {champ: "INCONNU"}) == (
        400,
        {"codeRetour": 400, "libelle": "Requête mal formulée"},
    )
    assert fournisseur.post(T + chemin, {champ: 3})[0] == 400
