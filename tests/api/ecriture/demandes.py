"""Bodies of calls that write, as real clients send them, and the world that they act on."""

import base64
from copy import deepcopy

from api.services import fichiers
from invoices.models import Facture, HistoriqueStatut
from sandbox.events import engine
from structures.models import CompteTechnique, Structure
from tests.api.appels import VALMORAN, VOLTAIGNE

SOUMETTRE = "factures/v1/soumettre"
PDF = "factures/v1/deposer/pdf"
COMPLETER, RECYCLER = "factures/v1/completer", "factures/v1/recycler"
CORRIGER, REJETS = "factures/v1/corriger/valideur/facture", "factures/v1/traiterRejet"
RECUE, A_VALIDER = "factures/v1/traiter/recue", "factures/v1/traiter/factureAValider"
OSTREVAL = "00010303600018"


def structure(cohort, siret):
    with cohort.monde():
        trouvee = Structure.objects.get(identifiant=siret)
    trouvee.cohort = cohort
    return trouvee


def fournisseur(cohort, siret=VOLTAIGNE):
    return {"idFournisseur": structure(cohort, siret).pk}


def saisie(cohort, **blocs):
    """SAISIE_API with everything that the service needs, numbered; each block may be changed, None takes it away."""
    corps = {
        "idUtilisateurCourant": 0,
        "modeDepot": "SAISIE_API",
        "numeroFactureSaisi": "V-2026-001",
        "dateFacture": "2026-12-07",
        "destinataire": {"codeDestinataire": VALMORAN},
        "fournisseur": fournisseur(cohort),
        "cadreDeFacturation": {"codeCadreFacturation": "A1_FACTURE_FOURNISSEUR"},
        "references": {
            "deviseFacture": "EUR",
            "typeFacture": "FACTURE",
            "typeTva": "TVA_SUR_DEBIT",
            "modePaiement": "VIREMENT",
        },
        "lignePoste": [
            {
                "lignePosteNumero": 1,
                "lignePosteDenomination": "Tableau électrique",
                "lignePosteQuantite": 2,
                "lignePosteUnite": "lot",
                "lignePosteMontantUnitaireHT": 50,
                "lignePosteTauxTva": "TVA5",
            }
        ],
        "ligneTva": [{"ligneTvaTaux": "TVA5", "ligneTvaMontantBaseHtParTaux": 100, "ligneTvaMontantTvaParTaux": 20}],
        "montantTotal": {"montantHtTotal": 100, "montantTVA": 20, "montantTtcTotal": 120, "montantAPayer": 120},
    }
    for nom, valeur in blocs.items():
        corps[nom] = {**corps[nom], **valeur} if isinstance(valeur, dict) and nom in corps else valeur
    return deepcopy(corps)


def echantillon_aife(cohort):
    """AIFE's published sample: two kinds of rates, three decimals, a global discount, less to pay than the TTC."""

    def ligne(numero, quantite, unite, prix, code, manuel):
        return {
            "lignePosteNumero": numero,
            "lignePosteReference": f"R{numero}",
            "lignePosteDenomination": f"D{numero}",
            "lignePosteQuantite": quantite,
            "lignePosteUnite": unite,
            "lignePosteMontantUnitaireHT": prix,
            "lignePosteMontantRemiseHT": None,
            "lignePosteTauxTva": code,
            "lignePosteTauxTvaManuel": manuel,
        }

    def tva(code, manuel, base, montant):
        return {
            "ligneTvaTaux": code,
            "ligneTvaTauxManuel": manuel,
            "ligneTvaMontantBaseHtParTaux": base,
            "ligneTvaMontantTvaParTaux": montant,
        }

    return {
        "modeDepot": "SAISIE_API",
        "numeroFactureSaisi": None,
        "destinataire": {"codeDestinataire": VALMORAN, "codeServiceExecutant": None},
        "fournisseur": {
            "idFournisseur": structure(cohort, VOLTAIGNE).pk,
            "idServiceFournisseur": 0,
            "codeCoordonneesBancairesFournisseur": 0,
        },
        "cadreDeFacturation": {"codeCadreFacturation": "A1_FACTURE_FOURNISSEUR", "codeStructureValideur": None},
        "references": {
            "deviseFacture": "EUR",
            "typeFacture": "FACTURE",
            "typeTva": "TVA_SUR_DEBIT",
            "motifExonerationTva": None,
            "numeroMarche": "VABFM001",
            "numeroBonCommande": None,
            "numeroFactureOrigine": None,
            "modePaiement": "ESPECE",
        },
        "lignePoste": [
            ligne(1, 10, "lot", 50.0, "TVA5", None),
            ligne(2, 12, "Kg", 36.0, None, 2.1),
            ligne(3, 16, "lot", 24.0, None, 5),
            ligne(4, 1, "Kg", 10.0, "TVA5", None),
        ],
        "ligneTva": [
            tva("TVA5", None, 510.0, 102.0),
            tva(None, 2.1, 432.0, 9.072),
            tva(None, 5, 384.0, 19.2),
        ],
        "montantTotal": {
            "montantHtTotal": 1326.0,
            "montantTVA": 130.272,
            "montantTtcTotal": 1406.272,
            "montantRemiseGlobaleTTC": 50.0,
            "motifRemiseGlobaleTTC": "Geste commercial",
            "montantAPayer": 1400.0,
        },
        "pieceJointePrincipale": [],
        "commentaire": "Création_VABF_SoumettreFacture",
    }


def fichier(cohort, nom="bon.pdf", contenu=b"%PDF-1.4 essai", siret=VOLTAIGNE):
    """What ajouter/fichier leaves; its id."""
    with cohort.monde():
        technique = CompteTechnique.objects.get(structure__identifiant=siret, numero=1)
        technique.cohort = cohort
        return fichiers.deposer(technique, nom=nom, contenu=contenu, type_mime="application/pdf", extension="pdf").pk


def depot_pdf(contenu, nom="facture.pdf", format_depot="PDF_NON_SIGNE"):
    return {
        "fichierFacture": base64.b64encode(contenu).decode(),
        "nomFichier": nom,
        "formatDepot": format_depot,
    }


def lue(cohort, pk):
    with cohort.monde():
        trouvee = Facture.objects.select_related("destinataire", "valideur", "valideur_2").get(pk=pk)
    trouvee.cohort = cohort
    return trouvee


def lignes(cohort, pk):
    """Statuses of the history, oldest first."""
    with cohort.monde():
        return list(HistoriqueStatut.objects.filter(facture=pk).order_by("pk"))


def nombre(cohort, **filtre):
    with cohort.monde():
        return Facture.objects.filter(**filtre).count()


def router(cohort):
    """What the worker does within ten seconds: the platform's own steps, the clock stopped."""
    engine.advance(cohort, cohort.simulated_now())
