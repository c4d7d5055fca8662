"""A session where something of everything has happened, all of it through the gateway."""

import base64
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from invoices.formats.a_ecrire import FactureAEcrire, LigneAEcrire, PartieAEcrire
from invoices.formats.cii import ecrire_cii
from invoices.formats.exemples import pdf_texte
from sandbox.documents import store
from sandbox.events import engine
from structures.models import CoordonneesBancaires, Rattachement, RattachementService, Service, Structure
from tests.api.appels import CORVAN, MONTBRISAC, VALMORAN, VOLTAIGNE, Programme, client_api

FOURNISSEUR, COMMUNE, HOPITAL, VALIDEUR = "fournisseur", "commune", "hopital", "valideur"
COMPTES = {FOURNISSEUR: VOLTAIGNE, COMMUNE: VALMORAN, HOPITAL: MONTBRISAC, VALIDEUR: CORVAN}
FACTURE = FactureAEcrire(
    numero="FLUX-1",
    date_facture=date(2026, 12, 7),
    fournisseur=PartieAEcrire(VOLTAIGNE, "VOLTAIGNE ÉLECTRICITÉ EURL"),
    destinataire=PartieAEcrire(VALMORAN, "COMMUNE DE VALMORAN"),
    lignes=(LigneAEcrire("Tableau électrique", Decimal(2), Decimal("150.25")),),
)


def en_base64(contenu: bytes) -> str:
    return base64.b64encode(contenu).decode()


def pdf(numero: str = "PDF-1") -> bytes:
    return pdf_texte(replace(FACTURE, numero=numero))


@dataclass
class Scene:
    cohort: object
    programmes: dict[str, Programme] = field(default_factory=dict)
    structures: dict[str, int] = field(default_factory=dict)
    services: dict[str, int] = field(default_factory=dict)
    factures: dict[str, int] = field(default_factory=dict)
    flux: dict[str, str] = field(default_factory=dict)
    pieces: dict[str, int] = field(default_factory=dict)

    def appeler(self, qui: str, cle: str, corps: object) -> dict:
        """The answer to a call that must succeed."""
        statut, recu = self.programmes[qui].post(cle, corps)
        assert (statut, recu.get("codeRetour")) == (200, 0), f"{cle} : {statut} {recu}"
        return recu

    def avancer(self, duree: timedelta = timedelta(minutes=2)) -> None:
        engine.advance(self.cohort, self.cohort.simulated_now() + duree)

    def saisie(self, **champs: object) -> dict:
        """Body of « soumettre », SAISIE_API, accepted as it is."""
        return {
            "idUtilisateurCourant": 0,
            "modeDepot": "SAISIE_API",
            "destinataire": {"codeDestinataire": VALMORAN},
            "fournisseur": {"idFournisseur": self.structures[VOLTAIGNE]},
            "cadreDeFacturation": {"codeCadreFacturation": "A1_FACTURE_FOURNISSEUR"},
            "references": {
                "deviseFacture": "EUR",
                "typeFacture": "FACTURE",
                "typeTva": "TVA_SUR_DEBIT",
                "numeroMarche": "M2026-04",
                "numeroBonCommande": "BC-1",
                "modePaiement": "VIREMENT",
            },
            "lignePoste": [
                {
                    "lignePosteNumero": 1,
                    "lignePosteReference": "R1",
                    "lignePosteDenomination": "Câblage",
                    "lignePosteQuantite": 10,
                    "lignePosteUnite": "lot",
                    "lignePosteMontantUnitaireHT": 50.5,
                    "lignePosteMontantRemiseHT": 0,
                    "lignePosteTauxTva": "TVA5",
                }
            ],
            "ligneTva": [
                {"ligneTvaTaux": "TVA5", "ligneTvaMontantBaseHtParTaux": 505, "ligneTvaMontantTvaParTaux": 101}
            ],
            "montantTotal": {
                "montantHtTotal": 505,
                "montantTVA": 101,
                "montantTtcTotal": 606,
                "montantAPayer": 606,
            },
            "commentaire": "Chantier de la mairie",
            **champs,
        }

    def soumettre(self, nom: str, **champs: object) -> int:
        # The same demand sent twice is a retry: each says which one it is.
        recu = self.appeler(FOURNISSEUR, "factures/v1/soumettre", self.saisie(**{"commentaire": nom, **champs}))
        self.factures[nom] = recu["identifiantFactureCPP"]
        return self.factures[nom]

    def deposer(self, nom: str, contenu: bytes, fichier: str = "facture.xml", syntaxe: str = "IN_DP_E1_CII_16B") -> str:
        recu = self.appeler(
            FOURNISSEUR,
            "factures/v1/deposer/flux",
            {"fichierFlux": en_base64(contenu), "nomFichier": fichier, "syntaxeFlux": syntaxe},
        )
        self.flux[nom] = recu["numeroFluxDepot"]
        return self.flux[nom]

    def joindre(self, nom: str) -> int:
        recu = self.appeler(
            FOURNISSEUR,
            "transverses/v1/ajouter/fichier",
            {
                "pieceJointeFichier": en_base64(pdf(nom)),
                "pieceJointeNom": f"{nom}.pdf",
                "pieceJointeTypeMime": "application/pdf",
                "pieceJointeExtension": "PDF",
            },
        )
        self.pieces[nom] = recu["pieceJointeId"]
        return self.pieces[nom]


def _completer(scene: Scene) -> None:
    """What no call writes: bank details with their RIB, a service of an account."""
    commun = {"cohort": scene.cohort, "place": None}
    CoordonneesBancaires.objects.create(
        **commun,
        structure_id=scene.structures[VOLTAIGNE],
        nom="Courant",
        iban="FR7699999000000000000000055",
        bic="FICTFRPP",
        rib=store.store(pdf("RIB")),
        rib_nom="rib.pdf",
    )
    lien = Rattachement.objects.get(structure__identifiant=MONTBRISAC, compte__login_email__startswith="TECH_")
    RattachementService.objects.create(
        **commun,
        rattachement=lien,
        service_id=next(iter(scene.services.values())),
        debut=date(2026, 1, 1),
        fin=date(2027, 1, 1),
    )


def a9() -> dict:
    return {"codeCadreFacturation": "A9_FACTURE_SOUSTRAITANT", "codeStructureValideur": CORVAN}


def monter(cohort: object) -> Scene:
    """Invoices in every open status, flows in each final state, files, a validation under way."""
    scene = Scene(cohort)
    with cohort.monde():
        scene.structures = dict(Structure.objects.values_list("identifiant", "pk"))
        scene.services = dict(Service.objects.filter(structure__identifiant=MONTBRISAC).values_list("code", "pk"))
        _completer(scene)
    scene.programmes = {nom: client_api(cohort, siret=siret) for nom, siret in COMPTES.items()}
    scene.joindre("devis")
    scene.joindre("plan")
    piece = {
        "pieceJointeComplementaireDesignation": "Devis",
        "pieceJointeComplementaireType": "DIVERS",
        "pieceJointeComplementaireId": scene.pieces["devis"],
    }
    scene.soumettre("recue", pieceJointeComplementaire=[piece])
    for nom in ("suspendue", "a_recycler", "rejetee", "a_traiter"):
        scene.soumettre(nom)
    for nom in ("a_valider", "mauvais_valideur"):
        scene.soumettre(nom, cadreDeFacturation=a9())
    scene.deposer("integre", ecrire_cii(FACTURE))
    scene.deposer("rejete", b"<html/>")
    inconnue = replace(FACTURE, numero="FLUX-2", destinataire=PartieAEcrire("00020009999999", "INCONNUE"))
    scene.deposer("facture_refusee", ecrire_cii(inconnue))
    scene.avancer()
    for nom, statut in (("suspendue", "SUSPENDUE"), ("a_recycler", "A_RECYCLER"), ("rejetee", "REJETEE")):
        scene.appeler(
            COMMUNE,
            "factures/v1/traiter/recue",
            {"idFacture": scene.factures[nom], "nouveauStatut": statut, "motif": "Document manquant"},
        )
    scene.appeler(
        VALIDEUR,
        "factures/v1/traiter/factureAValider",
        {"idFacture": scene.factures["mauvais_valideur"], "action": "REFUS", "motifRefus": "ERR_VALIDEUR"},
    )
    scene.deposer("en_attente", ecrire_cii(replace(FACTURE, numero="FLUX-3")))
    return scene
