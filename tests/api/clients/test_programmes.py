"""Call sequences of real programs, through a real server, with nothing changed but the address and the identifiers."""

import base64
import io
import itertools
import tarfile
import zipfile
from contextlib import closing
from dataclasses import replace

import pytest
import requests
from lxml import etree

from invoices.enums import Statut
from invoices.formats.a_ecrire import PartieAEcrire
from invoices.formats.cii import ecrire_cii
from invoices.formats.exemples import pdf_facturx, pdf_texte
from tests.api.appels import ETAT, MONTBRISAC, VALMORAN, VOLTAIGNE
from tests.api.clients import lecteurs
from tests.api.clients.programmes import (
    ChorusApi,
    FactureElectronique,
    Go,
    Odoo,
    Pastell,
    ReponseInattendue,
    Tryton,
    Zmog,
)
from tests.api.contrat.scene import FACTURE, en_base64

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.lent]


@pytest.fixture
def programme(acces):
    """Make a program of this kind under the account of this structure; its connections are closed at the end."""
    ouverts = []

    def faire(genre, siret=VOLTAIGNE):
        ouverts.append(genre(acces, siret))
        return ouverts[-1]

    yield faire
    for ouvert in ouverts:
        ouvert.fermer()


def lot(*contenus):
    sortie = io.BytesIO()
    with closing(tarfile.open(fileobj=sortie, mode="w:gz")) as archive:
        for rang, contenu in enumerate(contenus, 1):
            info = tarfile.TarInfo(f"cii_chorus_facture_{rang}.xml")
            info.size = len(contenu)
            archive.addfile(info, io.BytesIO(contenu))
    return sortie.getvalue()


def test_odoo(acces, programme):
    """From the SIRET of a customer to the status of its invoices, one of the lot refused."""
    odoo = programme(Odoo)
    recu = odoo.post(
        "structures/v1/rechercher",
        {"structure": {"identifiantStructure": MONTBRISAC, "typeIdentifiantStructure": "SIRET"}},
    )
    [trouvee] = recu["listeStructures"]
    structure = trouvee["idStructureCPP"]
    assert odoo.exigences(structure) == "service_and_engagement"
    services = odoo.post(
        "structures/v1/rechercher/services",
        {"idStructure": structure, "parametresRechercherServicesStructure": {"nbResultatsParPage": 10000}},
    )
    assert services["codeRetour"] == 0
    service = next(s for s in services["listeServices"] if s["codeService"] != "FACTURES_PUBLIQUES")
    lu = odoo.post("structures/v1/consulter/service", {"idStructure": structure, "idService": service["idService"]})
    assert isinstance(lu["parametres"]["numeroEngagement"], bool)
    engagements = odoo.post("engagementsJuridiques/v1/rechercher", {"numeroEngagementJuridique": "1500261234"})
    moi = acces.structures[VOLTAIGNE]
    verifie = odoo.post(
        "engagementsJuridiques/v1/rechercher",
        {
            "structureReceptriceEngagementJuridique": str(moi),
            "numeroEngagementJuridique": "1500261234",
            "etatCourantEngagementJuridique": "COMMANDE",
        },
    )
    assert len(verifie["listeEngagementJuridique"]) == len(engagements["listeEngagementJuridique"])

    bonne = replace(FACTURE, numero="ODOO-1")
    fausse = replace(FACTURE, numero="ODOO-2", destinataire=PartieAEcrire("00020009999999", "INCONNUE"))
    flux = odoo.post(
        "factures/v1/deposer/flux",
        {
            "fichierFlux": en_base64(lot(ecrire_cii(bonne), ecrire_cii(fausse))),
            "nomFichier": "cii_chorus_lot_factures.tar.gz",
            "syntaxeFlux": "IN_DP_E1_CII_16B",
            "avecSignature": False,
        },
    )
    assert flux["codeRetour"] == 0
    demande = {"numeroFluxDepot": flux["numeroFluxDepot"]}
    avant = odoo.post("transverses/v1/consulterCRDetaille", demande)
    assert avant["etatCourantDepotFlux"] == "IN_DEPOT_PORTAIL_EN_ATTENTE_TRAITEMENT_SE_CPP"
    acces.laisser_passer()
    apres = odoo.post("transverses/v1/consulterCRDetaille", demande)
    assert (apres["etatCourantDepotFlux"], apres["libelle"]) == ("IN_INTEGRE_PARTIEL", "TRA_MSG_00.000")
    # The refused invoice is told by its number, and may be sent again.
    assert [erreur["numeroDP"] for erreur in apres["listeErreurDP"]] == ["ODOO-2"]
    lignes = odoo.post("factures/v1/rechercher/fournisseur", demande)["listeFactures"]
    [(numero, identifiant)] = [(ligne["numeroFacture"], ligne["identifiantFactureCPP"]) for ligne in lignes]
    assert numero == "ODOO-1"
    historique = odoo.post("factures/v1/consulter/historique", {"idFacture": identifiant})
    assert (historique["idFacture"], historique["statutCourantCode"]) == (identifiant, "MISE_A_DISPOSITION")


def test_tryton_renvoie_ce_qui_a_ete_refuse(acces, programme):
    """The module's own scenario: refused, then the same number sent again, then integrated."""
    tryton = programme(Tryton)

    def envoyer(contenu):
        recu = tryton.post(
            "factures/v1/deposer/flux",
            {
                "fichierFlux": en_base64(contenu),
                "nomFichier": "facture-TRY-1.xml",
                "syntaxeFlux": "IN_DP_E1_CII_16B",
                "avecSignature": False,
            },
        )
        assert recu["codeRetour"] == 0
        return recu["numeroFluxDepot"]

    refusee = envoyer(ecrire_cii(replace(FACTURE, numero="TRY-1", destinataire=PartieAEcrire("00020009999999", "X"))))
    assert tryton.suivre(refusee) == "sent"
    acces.laisser_passer()
    assert tryton.suivre(refusee) == "exception"
    bonne = envoyer(ecrire_cii(replace(FACTURE, numero="TRY-1")))
    acces.laisser_passer()
    assert tryton.suivre(bonne) == "done"


def test_chorus_api(acces, programme):
    client = programme(ChorusApi)
    assert client.sante() == {
        "body": "L'API CPRO est actuellement disponible et fonctionnel.",
        "statusCodeValue": 200,
        "statusCode": "OK",
    }
    [structure] = client.post(
        "structures/v1/rechercher",
        {"structure": {"identifiantStructure": VALMORAN, "typeIdentifiantStructure": "SIRET"}},
    )["listeStructures"]
    lue = client.post("structures/v1/consulter", {"codeLangue": "fr", "idStructureCPP": structure["idStructureCPP"]})
    assert lue["informationGenerales"]["raisonSocialeStructure"] == "COMMUNE DE VALMORAN"
    annuaire = client.post("transverses/v1/telecharger/annuaire/destinataire", {})
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(annuaire["fichierResultat"]))) as archive:
        assert VALMORAN.encode() in b"".join(archive.read(nom) for nom in archive.namelist())
    flux = client.post(
        "factures/v1/deposer/flux",
        {
            "idUtilisateurCourant": 0,
            "fichierFlux": en_base64(pdf_facturx(replace(FACTURE, numero="PY-1"))),
            "nomFichier": "facture_1819.pdf",
            "syntaxeFlux": "IN_DP_E2_CII_FACTURX",
            "avecSignature": False,
        },
    )
    acces.laisser_passer()
    cr = client.post("transverses/v1/consulterCR", {"numeroFluxDepot": flux["numeroFluxDepot"]})
    assert cr["etatCourantFlux"] == "IN_INTEGRE"
    assert base64.b64decode(cr["fichierCR"]).startswith(b"%PDF-")
    detail = client.post("transverses/v1/consulterCRDetaille", {"numeroFluxDepot": flux["numeroFluxDepot"]})
    assert detail["etatCourantDepotFlux"] == cr["etatCourantFlux"], "les deux disent la même chose"
    recherche = {"numeroFluxDepot": flux["numeroFluxDepot"], "typeFacture": "FACTURE"}
    [facture] = client.post("factures/v1/rechercher/fournisseur", recherche)["listeFactures"]
    assert (facture["numeroFacture"], facture["modeDepot"]) == ("PY-1", "UPLOAD_API")


def test_facture_electronique(acces, programme):
    """SAISIE_API, then a PDF with its document and an array where the model says an object."""
    client = programme(FactureElectronique)
    fournisseur = client.identifiant(VOLTAIGNE)
    assert client.identifiant("00020009999999") == 0
    facture = {
        "numeroFactureSaisi": "FE-1",
        "modeDepot": "SAISIE_API",
        "destinataire": {"codeDestinataire": VALMORAN, "codeServiceExecutant": ""},
        "fournisseur": {"idFournisseur": fournisseur, "idServiceFournisseur": 0},
        "cadreDeFacturation": {"codeCadreFacturation": "A1_FACTURE_FOURNISSEUR"},
        "references": {
            "deviseFacture": "EUR",
            "modePaiement": "ESPECE",
            "typeFacture": "FACTURE",
            "typeTva": "TVA_SUR_DEBIT",
            "numeroMarche": "VABFM001",
        },
        "commentaire": "Création_VABF_SoumettreFacture",
        "idUtilisateurCourant": 0,
        "lignePoste": [
            {
                "lignePosteNumero": 1,
                "lignePosteReference": "R1",
                "lignePosteDenomination": "D1",
                "lignePosteQuantite": 10.0,
                "lignePosteUnite": "lot",
                "lignePosteMontantUnitaireHT": 50.0,
                "lignePosteMontantRemiseHT": 0.0,
                "lignePosteTauxTva": "",
                "lignePosteTauxTvaManuel": 20.0,
            }
        ],
        "ligneTva": [
            {
                "ligneTvaMontantBaseHtParTaux": 500.0,
                "ligneTvaMontantTvaParTaux": 100.00000000000001,
                "ligneTvaTauxManuel": 20.0,
            }
        ],
        "montantTotal": {
            "montantHtTotal": 500.0,
            "montantTVA": 100.0,
            "montantTtcTotal": 600.0,
            "montantAPayer": 600.0,
        },
    }
    saisie = client.post("factures/v1/soumettre", facture)
    assert (saisie["codeRetour"], saisie["libelle"], saisie["statutFacture"]) == (0, "GCU_MSG_01_000", "DEPOSEE")
    lue = client.post("factures/v1/consulter/fournisseur", {"identifiantFactureCPP": saisie["identifiantFactureCPP"]})[
        "facture"
    ]
    assert lue["montantTotal"]["montantTtcTotal"] == 600

    fichier = client.post(
        "transverses/v1/ajouter/fichier",
        {
            "pieceJointeFichier": en_base64(pdf_texte(replace(FACTURE, numero="FE-2"))),
            "pieceJointeNom": "facture.pdf",
            "pieceJointeTypeMime": "application/pdf",
            "pieceJointeExtension": "PDF",
        },
    )
    principale = {
        "pieceJointePrincipaleDesignation": "facture",
        "pieceJointePrincipaleId": fichier["pieceJointeId"],
    }
    pdf = client.post(
        "factures/v1/soumettre",
        facture
        | {
            "numeroFactureSaisi": "FE-2",
            "modeDepot": "DEPOT_PDF_API",
            "dateFacture": "2026-12-07",
            "lignePoste": [],
            "pieceJointePrincipale": [principale],
        },
    )
    assert (pdf["codeRetour"], pdf["numeroFacture"]) == (0, "FE-2")


def test_pastell(acces, programme):
    """The recipient: connection test, polling by period, pivot, history, answer; then the supplier's side."""
    vendeur = programme(Pastell)
    assert vendeur.post("transverses/v1/recuperer/tauxtva", {})["listeTauxTva"]
    ocr = vendeur.post(
        "factures/v1/deposer/pdf",
        {
            "fichierFacture": en_base64(pdf_texte(replace(FACTURE, numero="PAS-1"))),
            "nomFichier": "facture.pdf",
            "formatDepot": "PDF_NON_SIGNE",
        },
    )
    assert (ocr["codeRetour"], ocr["typeFacture"]) == (0, "FACTURE")
    totaux = {"montantHtTotal": 300.5, "montantTVA": 60.1, "montantTtcTotal": 360.6, "montantAPayer": 360.6}
    soumise = vendeur.post(
        "factures/v1/soumettre",
        {
            "modeDepot": "DEPOT_PDF_API",
            "numeroFactureSaisi": "PAS-1",
            "dateFacture": "2026-12-07",
            "destinataire": {"codeDestinataire": VALMORAN},
            "fournisseur": {"idFournisseur": acces.structures[VOLTAIGNE]},
            "cadreDeFacturation": {"codeCadreFacturation": "A1_FACTURE_FOURNISSEUR"},
            "references": {
                "deviseFacture": "EUR",
                "typeFacture": "FACTURE",
                "typeTva": "TVA_SUR_DEBIT",
                "modePaiement": "VIREMENT",
            },
            "ligneTva": [
                {"ligneTvaTaux": "TVA5", "ligneTvaMontantBaseHtParTaux": 300.5, "ligneTvaMontantTvaParTaux": 60.1}
            ],
            "montantTotal": totaux,
            "pieceJointePrincipale": [
                {"pieceJointePrincipaleDesignation": "facture.pdf", "pieceJointePrincipaleId": ocr["pieceJointeId"]}
            ],
        },
    )
    assert soumise["codeRetour"] == 0, soumise
    acces.laisser_passer()

    mairie = programme(Pastell, VALMORAN)
    assert mairie.post("transverses/v1/recuperer/structures/actives/destinataire", {})["listeStructures"]
    periode = {
        "idDestinataire": acces.structures[VALMORAN],
        "periodeDateHeureEtatCourantDu": "2026-12-07",
        "periodeDateHeureEtatCourantAu": "2026-12-07T23:59:59",
        "factureTelechargeeParDestinataire": False,
    }
    [facture] = [f for f in mairie.recues(**periode) if f["numeroFacture"] == "PAS-1"]
    assert mairie.travaux() == []
    groupe = mairie.post(
        "factures/v1/telecharger/groupe", {"format": "PIVOT", "listeFacture": [{"idFacture": facture["idFacture"]}]}
    )
    assert etree.fromstring(base64.b64decode(groupe["fichierResultat"])).tag
    # Downloaded: the same polling does not bring it back.
    assert "PAS-1" not in {f["numeroFacture"] for f in mairie.recues(**periode)}
    histoire = mairie.post(
        "factures/v1/consulter/historique", {"idFacture": facture["idFacture"], "nbResultatsMaximum": 50}
    )
    assert histoire["derniereAction"]["derniereActionCode"] == "TELECHARGEMENT_FACTURE"
    refus = mairie.post(
        "factures/v1/traiter/recue",
        {"idFacture": facture["idFacture"], "nouveauStatut": "SUSPENDUE", "motif": "", "numeroDPMandat": ""},
    )
    assert refus["codeRetour"] == 29072
    traitee = mairie.post(
        "factures/v1/traiter/recue",
        {
            "idFacture": facture["idFacture"],
            "nouveauStatut": "MISE_EN_PAIEMENT",
            "motif": "",
            "numeroDPMandat": "2026-118",
        },
    )
    assert (traitee["codeRetour"], traitee["nouveauStatut"]) == (0, "MISE_EN_PAIEMENT")
    [par_numero] = mairie.post(
        "factures/v1/rechercher/recipiendaire",
        {"listeFournisseurs": [{"idFournisseur": acces.structures[VOLTAIGNE]}], "numeroFacture": "PAS-1"},
    )["listeFactures"]
    assert par_numero["idFacture"] == facture["idFacture"]
    trouve = mairie.post(
        "structures/v1/rechercher",
        {"structure": {"identifiantStructure": VOLTAIGNE}, "restreindreStructuresPrivees": ""},
    )
    assert trouve["listeStructures"] == [], "une structure privée d'un autre ne se trouve pas"


ZEROS_GO = {
    "cadreFacturation": {},
    "coordonneeBancaire": 0,
    "idFournisseur": 0,
    "idServiceFournisseur": 0,
    "idStructureValideur": 0,
    "idUtilisateurCourant": 0,
    "idUtilisateurCreateur": None,
    "listeDestinataire": None,
    "modeDepot": "",
    "montantApayerMax": 0,
    "montantApayerMin": 0,
    "montantHTMax": 0,
    "montantHTMin": 0,
    "montantTTCMax": 0,
    "montantTTCMin": 0,
    "numeroBonCommande": "",
    "numeroFacture": "",
    "numeroFactureOrigine": "",
    "numeroFluxDepot": "",
    "numeroMarche": "",
    "periodeDateDepotAu": "",
    "periodeDateDepotDu": "",
    "periodeDateFactureAu": None,
    "periodeDateFactureDu": "2026-12-07T00:00:00Z",
    "periodeDateHeureEtatCourantAu": None,
    "periodeDateHeureEtatCourantDu": None,
    "rechercheFactureParFournisseur": {"nbResultatsParPage": 10, "triSense": "Ascendant "},
    "rechercheSirenDestinataire": False,
    "recupererTaille": False,
    "rejetTraite": False,
    "statutCourant": None,
    "typeFacture": "",
}
"""A struct of the Go client where only one date was set: every other field goes at its zero value."""


def _integrer(acces, client, numero):
    flux = client.post(
        "factures/v1/deposer/flux",
        {
            "fichierFlux": en_base64(ecrire_cii(replace(FACTURE, numero=numero))),
            "nomFichier": "facture.xml",
            "syntaxeFlux": "IN_DP_E1_CII_16B",
        },
    )
    acces.laisser_passer()
    return flux["numeroFluxDepot"]


def test_go(acces, programme):
    """Zero values are no filters; every type and date decodes."""
    go = programme(Go)
    numero = _integrer(acces, go, "GO-1")
    recherche = go.post("factures/v1/rechercher/fournisseur", ZEROS_GO)
    assert [f["numeroFacture"] for f in recherche["listeFactures"]] == ["GO-1"]
    lecteurs.lire_go(recherche, lecteurs.RECHERCHE_EMISES)
    facture = recherche["listeFactures"][0]["identifiantFactureCPP"]
    lecteurs.lire_go(
        go.post(
            "factures/v1/consulter/fournisseur",
            {"identifiantFactureCPP": facture, "pLignesPoste": {"nbResultatsParPageLignesPoste": 5}},
        ),
        lecteurs.CONSULTATION,
    )
    lecteurs.lire_go(go.post("factures/v1/consulter/historique", {"idFacture": facture}), lecteurs.HISTORIQUE)
    lecteurs.lire_go(
        go.post(
            "transverses/v1/consulterCRDetaille",
            {"numeroFluxDepot": numero, "dateDepot": "2026-12-07T09:00:00+01:00", "syntaxeFlux": ""},
        ),
        lecteurs.CR_DETAILLE,
    )


def test_zmog(acces, programme):
    """Empty bodies written ``[]``, explicit nulls, a strict reading of what is required and of enumerations."""
    zmog = programme(Zmog)
    assert zmog.sante()["statusCode"] == "OK"
    formats = zmog.post("transverses/v1/recuperer/formatflux", {})
    assert [f["formatFlux"] for f in formats["listeFormatFlux"]] == [
        *("IN_DP_E1_STRUCT", "IN_DP_E2_MIXTE", "IN_DP_E2_FACTURX")
    ]
    assert zmog.post("transverses/v1/recuperer/devises", {"codeLangue": None})["listeDevises"]
    services = zmog.post(
        "transverses/v1/rechercher/serviceexecutant",
        {
            "idDestinataireCPP": acces.structures[ETAT],
            "codeServiceExecutant": None,
            "nomServiceExecutant": None,
            "actif": None,
            "parametresRecherche": None,
        },
    )
    assert services["listeServices"]
    numero = _integrer(acces, zmog, "PHP-1")
    cr = zmog.post(
        "transverses/v1/consulterCR",
        {"dateDepot": "2026-12-07T09:00:00Z", "numeroFluxDepot": numero, "syntaxFluxType": "IN_DP_E1_CII_16B"},
    )
    assert cr["etatCourantFlux"] == "IN_INTEGRE"
    [facture] = zmog.post("factures/v1/rechercher/fournisseur", {"numeroFluxDepot": numero})["listeFactures"]
    histoire = zmog.post("factures/v1/consulter/historique", {"idFacture": facture["identifiantFactureCPP"]})
    assert "derniereAction" not in histoire, "sans action, rien : son code est une énumération"
    statuts = set(Statut.values)
    lecteurs.lire_zmog(histoire, {"codeRetour", "libelle"}, {"statutCourantCode": statuts})
    for ligne in histoire["historiquesDesStatuts"]["histoStatut"]:
        lecteurs.lire_zmog(ligne, set(), {"histoStatutCode": statuts})
    with pytest.raises(ReponseInattendue, match=r"20001 POQ_MSG_01\.003"):
        zmog.post("transverses/v1/consulterCR", {"numeroFluxDepot": "CPP0"})


MEDIAS = ("application/json;charset=utf-8", "application/json; charset=UTF-8", "Application/JSON", "application/json")


def test_variantes_d_un_appel_sans_argument(programme):
    client = programme(Go)
    for media, corps in itertools.product(MEDIAS, (b"{}", b"[]", b"null", b"")):
        reponse = requests.post(
            f"{client.base}/cpro/transverses/v1/recuperer/tauxtva",
            data=corps,
            headers={**client.entetes(), "Content-Type": media},
            timeout=30,
        )
        assert (media, corps, reponse.status_code) == (media, corps, 200)
        assert reponse.json()["codeRetour"] == 0
        assert reponse.headers["Content-Type"] == "application/json;charset=UTF-8"


def test_un_secret_faux_se_lit(acces):
    """Both keys are shown to the users of one client."""
    with pytest.raises(ReponseInattendue, match=r"400 invalid_client .+"):
        Odoo(replace(acces, secret="faux"), VOLTAIGNE)


def test_un_refus_reste_un_200(acces, programme):
    """Several libraries raise on any 4xx: the business speaks in a 200."""
    client = programme(FactureElectronique)
    recu = client.post("factures/v1/soumettre", {"modeDepot": "SAISIE_API"})
    assert recu["codeRetour"] >= 29000
