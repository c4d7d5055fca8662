"""consulter/fournisseur, /recipiendaire, /valideur (api.md §6.7)."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.familles import factures_consultation as famille
from api.registre import OPERATIONS
from invoices.enums import Statut
from invoices.models import DestinatairePrecedent, Facture, LignePoste, LigneTva, PieceJointe
from structures.models import CoordonneesBancaires, Service, Structure
from tests import factories
from tests.api.appels import CORVAN, VALMORAN
from tests.api.lecture.conftest import a_paris

F10, F15, F19 = (f"factures/v1/consulter/{qui}" for qui in ("fournisseur", "recipiendaire", "valideur"))
INEXISTANTE = {"codeRetour": 20000, "libelle": "GDP_MSG_11.008 - La demande de paiement n'existe pas."}


def lue(programme, chemin, facture, **corps):
    statut, recu = programme.post(chemin, {"identifiantFactureCPP": facture.pk, **corps})
    assert (statut, recu["codeRetour"], recu["libelle"]) == (200, 0, "TRA_MSG_00.000")
    return recu["facture"]


@pytest.fixture
def lignes(decor):
    """Twelve lines of ``visee``, at two rates: one of the référentiel, one typed by hand."""
    with decor.cohort.monde():
        commun = {"cohort": decor.cohort, "facture": decor.visee}
        LignePoste.objects.filter(facture=decor.visee).delete()
        LigneTva.objects.filter(facture=decor.visee).delete()
        LignePoste.objects.bulk_create(
            LignePoste(
                **commun,
                numero=rang,
                reference=f"R{rang}",
                denomination=f"Article {13 - rang}",
                quantite=Decimal("1.5"),
                unite="heure",
                prix_unitaire=Decimal(rang * 10),
                remise=Decimal("1"),
                taux=Decimal("5.5") if rang % 2 else Decimal("7"),
                code_taux="TVA3" if rang % 2 else "",
                montant_ht=Decimal(rang) * 15 - 1,
            )
            for rang in range(1, 13)
        )
        for taux, code in ((Decimal("5.5"), "TVA3"), (Decimal("7"), ""), (Decimal("0"), "TVA1")):
            LigneTva.objects.create(**commun, taux=taux, code_taux=code, base=100, montant=taux)


def test_la_facture_de_l_emetteur(decor, emetteur, lignes):
    with decor.cohort.monde():
        Structure.objects.filter(pk=decor.fournisseur.pk).update(
            adresse="3 rue du Volt",
            complement_adresse="Bât. B",
            code_postal="99030",
            ville="LUMIÈRE",
            numero_rcs="RCS-1",
        )
        Facture.objects.filter(pk=decor.visee.pk).update(
            commentaire="Merci",
            date_echeance="2026-12-31",
            montant_tva=Decimal("40.1"),
            remise_globale=Decimal("10"),
            motif_remise="Fidélité",
            type_tva="EXONERATION",
            motif_exoneration="Franchise en base (art. 293 B du CGI)",
            mode_paiement="CHEQUE",
            cree_le=a_paris(1, 9, 5),
        )
        principale = PieceJointe.objects.create(
            cohort=decor.cohort, facture=decor.visee, nom="facture.pdf", principale=True, empreinte="0" * 64, taille=6
        )
        devis = PieceJointe.objects.get(facture=decor.visee, nom="devis.pdf")
    facture = lue(emetteur, F10, decor.visee)
    assert {nom: valeur for nom, valeur in facture.items() if not isinstance(valeur, dict)} == {
        "identifiantFactureCPP": decor.visee.pk,
        "numeroFacture": "F-A1",
        "statutFacture": "REJETEE",
        "modeDepot": "UPLOAD_API",
        "commentaire": "Merci",
        "rejetTraite": True,
    }
    assert facture["destinataire"] == {
        "designationDestinataire": "CENTRE HOSPITALIER DE MONTBRISAC",
        "miseEnPaiementDestinataire": True,
        "idDestinataire": decor.hopital.pk,
        "codeDestinataire": decor.hopital.identifiant,
        "libelleDestinataire": "CENTRE HOSPITALIER DE MONTBRISAC",
        "idServiceExecutant": decor.service.pk,
        "codeServiceExecutant": "CHM-TECH",
        "libelleServiceExecutant": "Services techniques",
        "adresseDestinataireDetail": "40 avenue des Tilleuls",
        "adresseDestinataireCodePostal": "99020",
        "adresseDestinataireVille": "MONTBRISAC",
        "adresseDestinataireCodePays": "FR",
        "adresseDestinataireLibellePays": "France",
    }
    assert facture["fournisseur"] == {
        "raisonSocialeFournisseur": decor.fournisseur.raison_sociale,
        "idFournisseur": decor.fournisseur.pk,
        "typeIdentifiantFournisseur": "SIRET",
        "codeFournisseur": decor.fournisseur.identifiant,
        "designationFournisseur": decor.fournisseur.raison_sociale,
        "numeroRcsFournisseur": "RCS-1",
        "idServiceFournisseur": decor.service_fournisseur.pk,
        "codeServiceFournisseur": "ATELIER",
        "libelleServiceFournisseur": "Service ATELIER",
        "adresseFournisseurDetail": "3 rue du Volt",
        "adresseFournisseurComplement1": "Bât. B",
        "adresseFournisseurCodePostal": "99030",
        "adresseFournisseurVille": "LUMIÈRE",
        "adresseFournisseurCodePays": "FR",
        "adresseFournisseurLibellePays": "France",
        "coordBancairesFournisseurId": decor.banque.pk,
        "coordBancairesFournisseurType": "IBAN",
        "coordBancairesFournisseurLibelle": "Compte principal",
        "coordBancairesBicSwift": "ZZZZFR2A",
        "coordBancairesFournisseurCodePays": "FR",
        "coordBancairesFournisseurCleIban": "76",
        "coordBancairesFournisseurCodeBanque": "99999",
        "coordBancairesCodeGuichet": "00001",
        "coordBancairesFournisseurCompteBancaire": "00000010280",
        "coordBancairesFournisseurCleRib": "76",
        "affactureur": {"affactureurRaisonSociale": "FACTOR EXEMPLE"},
    }
    assert facture["cadreDeFacturation"] == {
        "codeCadreFacturation": "A9_FACTURE_SOUSTRAITANT",
        "idValideur1": decor.valideur.pk,
        "typeIdentifiantValideur1": "SIRET",
        "codeValideur1": CORVAN,
        "raisonSocialeValideur1": decor.valideur.raison_sociale,
        "dateValidation1": "2026-12-02",
    }
    assert facture["references"] == {
        "dateFacture": "2026-12-01",
        "dateDepot": "2026-12-02",
        "dateCreationFacture": "2026-12-01 09:05",
        "dateEcheancePaiement": "2026-12-31",
        "codeDeviseFacture": "EUR",
        "libelleDeviseFacture": "Euro",
        "typeFacture": "AVOIR",
        "typeTva": "EXONERATION",
        "motifExonerationTva": "EXO1",
        "libelleMotifExonerationTva": "Franchise en base (art. 293 B du CGI)",
        "numeroMarche": "M-77",
        "numeroBonCommande": "CHM2600731",
        "numeroFactureOrigine": "F-0",
        "modePaiement": "CHEQUE",
        "tailleTotalePiecesJointes": 20,
        "numeroDpMandat": "MDT-9",
    }
    assert facture["montantTotal"] == {
        "montantHtTotal": 150.5,
        "montantTVA": 40.1,
        "montantTtcAvantRemiseGlobalTTC": 190.6,
        "montantRemiseGlobaleTTC": 10,
        "motifRemiseGlobaleTTC": "Fidélité",
        "montantTtcTotal": 180.6,
        "montantAPayer": 170,
    }
    assert facture["recapitulatifDeTva"] == {
        "ligneTva": [
            {"ligneTvaTauxManuel": 7, "ligneTvaMontantBaseHtParTaux": 100, "ligneTvaMontantTvaParTaux": 7},
            {
                "ligneTvaTauxRefId": 3,
                "ligneTvaTauxRefCode": "TVA3",
                "ligneTvaTauxRefLibelle": "5.5",
                "ligneTvaTauxRefValeur": 5.5,
                "ligneTvaMontantBaseHtParTaux": 100,
                "ligneTvaMontantTvaParTaux": 5.5,
            },
            {
                "ligneTvaTauxRefId": 1,
                "ligneTvaTauxRefCode": "TVA1",
                "ligneTvaTauxRefLibelle": "Art 293B(FranchiseEnBase)",
                "ligneTvaTauxRefValeur": 0,
                "ligneTvaMontantBaseHtParTaux": 100,
                "ligneTvaMontantTvaParTaux": 0,
            },
        ],
        "pageCouranteLignesRecapitulativesTVA": 1,
        "pagesLignesRecapitulativesTVA": 1,
        "nbResultatsParPageLignesRecapitulativesTVA": 10,
        "totalLignesRecapitulativesTVA": 3,
    }
    assert facture["pieceJointePrincipale"] == {
        "idPieceJointePrincipale": principale.pk,
        "idLiaisonPieceJointePrincipale": principale.pk,
    }
    assert facture["listeDesPiecesJointes"] == {
        "pieceJointe": [
            {
                "pieceJointeId": devis.pk,
                "pieceJointeIdLiaison": devis.pk,
                "pieceJointeDesignation": "devis.pdf",
                "pieceJointeExtension": "PDF",
                "pieceJointeTypeCode": "BON_COMMANDE",
                "pieceJointeTypeLibelle": "Bon de commande",
            }
        ],
        "pageCouranteListePiecesJointe": 1,
        "pagesListePiecesJointe": 1,
        "nbResultatsParPageListePiecesJointe": 10,
        "totalListePiecesJointe": 1,
    }
    poste = facture["lignesDePoste"]
    assert [poste[f"{nom}LignesPoste"] for nom in ("pageCourante", "pages", "nbResultatsParPage", "total")] == [
        1,
        2,
        10,
        12,
    ]
    assert [ligne["lignePosteNumero"] for ligne in poste["lignePoste"]] == list(range(1, 11))
    assert poste["lignePoste"][:2] == [
        {
            "lignePosteNumero": 1,
            "lignePosteReference": "R1",
            "lignePosteDenomination": "Article 12",
            "lignePosteQuantite": 1.5,
            "lignePosteUniteLibelle": "heure",
            "lignePosteMontantUnitaireHT": 10,
            "lignePosteMontantRemiseHT": 1,
            "lignePosteTauxTva": "TVA3",
            "lignePosteMontantHtApresRemise": 14,
            "lignePosteMontantTva": 0.77,
            "lignePosteMontantTtcApresRemise": 14.77,
        },
        {
            "lignePosteNumero": 2,
            "lignePosteReference": "R2",
            "lignePosteDenomination": "Article 11",
            "lignePosteQuantite": 1.5,
            "lignePosteUniteLibelle": "heure",
            "lignePosteMontantUnitaireHT": 20,
            "lignePosteMontantRemiseHT": 1,
            "lignePosteTauxTvaManuel": 7,
            "lignePosteMontantHtApresRemise": 29,
            "lignePosteMontantTva": 2.03,
            "lignePosteMontantTtcApresRemise": 31.03,
        },
    ]


def test_la_vue_du_recipiendaire_dit_s_il_est_l_etat(decor, receveur):
    facture = lue(receveur, F15, decor.visee)
    assert facture["destinataire"]["destinataireEtat"] == "NON"
    assert "designationDestinataire" not in facture["destinataire"]
    assert "raisonSocialeFournisseur" not in facture["fournisseur"]
    assert "rejetTraite" not in facture
    with decor.cohort.monde():
        Structure.objects.filter(pk=decor.hopital.pk).update(etat_public=True)
    assert lue(receveur, F15, decor.visee)["destinataire"]["destinataireEtat"] == "OUI"


def test_la_vue_du_valideur(decor):
    with decor.cohort.monde():
        Facture.objects.filter(pk=decor.visee.pk).update(valideur_2=decor.commune)
    facture = lue(decor.client(CORVAN), F19, decor.visee)
    assert facture["numeroFacture"] == "F-A1"
    assert facture["cadreDeFacturation"]["designationValideur2"] == "COMMUNE DE VALMORAN"
    assert "rejetTraite" not in facture


def test_la_mise_en_paiement_ne_remonte_pas_toujours(decor, emetteur):
    def remonte():
        return lue(emetteur, F10, decor.visee)["destinataire"]["miseEnPaiementDestinataire"]

    with decor.cohort.monde():
        Service.objects.filter(pk=decor.service.pk).update(mise_en_paiement=False)
    assert remonte() is False
    with decor.cohort.monde():
        Facture.objects.filter(pk=decor.visee.pk).update(service=None)
    assert remonte() is True
    with decor.cohort.monde():
        Structure.objects.filter(pk=decor.hopital.pk).update(mise_en_paiement_non_remontee=True)
    assert remonte() is False


@pytest.mark.parametrize(
    ("texte", "code", "libelle"),
    [("EXO4", "EXO4", "Exonération (art. 261 du CGI)"), ("Don", "Don", "Don"), ("", None, None)],
)
def test_le_motif_d_exoneration(decor, emetteur, texte, code, libelle):
    with decor.cohort.monde():
        Facture.objects.filter(pk=decor.visee.pk).update(type_tva="EXONERATION", motif_exoneration=texte)
    references = lue(emetteur, F10, decor.visee)["references"]
    assert (references.get("motifExonerationTva"), references.get("libelleMotifExonerationTva")) == (code, libelle)


def test_en_anglais(decor, emetteur):
    facture = lue(emetteur, F10, decor.visee, codeLangue="EN")
    with decor.cohort.monde():
        Structure.objects.filter(pk=decor.hopital.pk).update(pays="Allemagne")
    etranger = lue(emetteur, F10, decor.visee, codeLangue="en")["destinataire"]
    assert facture["references"]["libelleDeviseFacture"] == "Euro"
    assert (etranger["adresseDestinataireCodePays"], etranger["adresseDestinataireLibellePays"]) == ("DE", "Germany")


def test_un_brouillon_ne_dit_que_ce_qu_il_a(decor, emetteur, receveur):
    vide = factories.brouillon(decor.fournisseur, None, numero="", avec_lignes=False, code_service="X")
    facture = lue(emetteur, F10, vide)
    assert "numeroFacture" not in facture
    assert facture["destinataire"] == {"codeServiceExecutant": "X"}
    assert "pieceJointePrincipale" not in facture
    assert facture["lignesDePoste"]["lignePoste"] == []
    assert facture["listeDesPiecesJointes"]["pieceJointe"] == []
    with decor.cohort.monde():
        orpheline = Facture.objects.create(cohort=decor.cohort, statut=Statut.BROUILLON, mode_depot="SAISIE_API")
        Facture.objects.filter(pk=orpheline.pk).update(fournisseur=None)
    assert emetteur.post(F10, {"identifiantFactureCPP": orpheline.pk}) == (200, INEXISTANTE)
    assert receveur.post(F15, {"identifiantFactureCPP": vide.pk}) == (200, INEXISTANTE)


def test_un_iban_etranger_ou_absent(decor, emetteur):
    def banque():
        fournisseur = lue(emetteur, F10, decor.visee)["fournisseur"]
        return {nom: valeur for nom, valeur in fournisseur.items() if nom.startswith("coordBancaires")}

    with decor.cohort.monde():
        comptes = CoordonneesBancaires.objects.filter(pk=decor.banque.pk)
        comptes.update(iban="DE89 3704 0044 0532 0130 00", affactureur="", bic="")
    assert banque() == {
        "coordBancairesFournisseurId": decor.banque.pk,
        "coordBancairesFournisseurType": "IBAN",
        "coordBancairesFournisseurLibelle": "Compte principal",
        "coordBancairesFournisseurCodePays": "DE",
        "coordBancairesFournisseurCleIban": "89",
        "coordBancairesFournisseurCompteBancaire": "370400440532013000",
    }
    with decor.cohort.monde():
        comptes.update(iban="")
    assert "coordBancairesFournisseurCodePays" not in banque()


@pytest.mark.parametrize("nom", ["getpLignesPoste", "pLignesPoste", "rechercheLignePoste"])
def test_les_noms_de_la_page_des_lignes(decor, emetteur, lignes, nom):
    page = {
        "pageResultatDemandeeLignesPoste": 2,
        "nbResultatsParPageLignesPoste": 5,
        "triSensListeLignesPoste": "Descendant",
        "triColonneListeLignesPoste": "LignePosteMontantTtcApresRemise",
    }
    poste = lue(emetteur, F10, decor.visee, **{nom: page})["lignesDePoste"]
    assert [ligne["lignePosteNumero"] for ligne in poste["lignePoste"]] == [7, 6, 5, 4, 3]
    assert (poste["pageCouranteLignesPoste"], poste["pagesLignesPoste"]) == (2, 3)


@pytest.mark.parametrize(
    "nom", ["getpLigneRecapTva", "pLigneRecapTva", "rechercheligneTvaRecap", "rechercheLigneTvaRecap"]
)
@pytest.mark.parametrize("liste", ["Liste", "ListeListe"])
def test_les_noms_de_la_page_de_tva(decor, emetteur, lignes, nom, liste):
    page = {
        "pageResultatDemandeeListeRecapitulatifTVA": 2,
        f"nbResultatsParPage{liste}RecapitulatifTVA": 2,
        "triSensListeRecapitulatifTVA": "Ascendant",
        "triColonneListeRecapitulatifTVA": "LigneTvaTauxRefCode",
    }
    tva = lue(emetteur, F10, decor.visee, **{nom: page})["recapitulatifDeTva"]
    assert [ligne.get("ligneTvaTauxRefCode") for ligne in tva["ligneTva"]] == ["TVA3"]
    assert (tva["pagesLignesRecapitulativesTVA"], tva["totalLignesRecapitulativesTVA"]) == (2, 3)


@pytest.mark.parametrize("nom", ["getpListePiecesJointes", "pListePiecesJointes", "recherchePj"])
def test_les_noms_de_la_page_des_pieces(decor, emetteur, nom):
    with decor.cohort.monde():
        for rang, genre in ((2, "RIB"), (1, "DIVERS")):
            PieceJointe.objects.create(
                cohort=decor.cohort,
                facture=decor.visee,
                nom=f"p{rang}",
                type=genre,
                ligne=rang,
                designation=f"D{rang}",
                empreinte="0" * 64,
                taille=1,
            )
    page = {
        "pageResultatDemandeeListePieceJointe": 1,
        "nbResultatsParPageListePieceJointe": 2,
        "triSensListePiecesJointes": "Descendant",
        "triColonneListePiecesJointes": "PieceJointeNumeroLigneFacture",
    }
    pieces = lue(emetteur, F10, decor.visee, **{nom: page})["listeDesPiecesJointes"]
    assert [piece["pieceJointeDesignation"] for piece in pieces["pieceJointe"]] == ["D2", "D1"]
    assert pieces["pieceJointe"][0]["pieceJointeNumeroLigneFacture"] == 2
    assert "pieceJointeExtension" not in pieces["pieceJointe"][0]
    assert (pieces["pagesListePiecesJointe"], pieces["totalListePiecesJointe"]) == (2, 3)


@pytest.mark.parametrize("sens", ["Ascendant", "Descendant"])
@pytest.mark.parametrize("colonne", sorted(famille._COLONNES_LIGNES))
def test_chaque_colonne_des_lignes(decor, emetteur, lignes, colonne, sens):
    page = {
        "nbResultatsParPageLignesPoste": 100,
        "triSensListeLignesPoste": sens,
        "triColonneListeLignesPoste": colonne,
    }
    lues = lue(emetteur, F10, decor.visee, pLignesPoste=page)["lignesDePoste"]["lignePoste"]
    champ = colonne[0].lower() + colonne[1:]
    valeurs = [ligne[champ] for ligne in lues if champ in ligne]
    assert valeurs == sorted(valeurs, reverse=sens == "Descendant")
    assert len(lues) == 12


def test_autant_de_requetes_pour_une_ligne_que_pour_mille(decor, emetteur):
    def compter():
        with CaptureQueriesContext(connection) as lues:
            lue(emetteur, F10, decor.autre, pLignesPoste={"nbResultatsParPageLignesPoste": 10_000})
        return len(lues)

    lue(emetteur, F10, decor.autre)
    peu = compter()
    with decor.cohort.monde():
        LignePoste.objects.bulk_create(
            LignePoste(
                cohort=decor.cohort,
                facture=decor.autre,
                numero=rang,
                denomination="x",
                quantite=1,
                unite="lot",
                prix_unitaire=1,
                montant_ht=1,
            )
            for rang in range(2, 1001)
        )
    assert compter() == peu


def test_ce_qui_n_est_pas_a_soi_n_existe_pas(decor, emetteur, receveur, tiers, ailleurs):
    for programme in (tiers, ailleurs):
        for chemin in (F10, F15, F19):
            assert programme.post(chemin, {"identifiantFactureCPP": decor.visee.pk}) == (200, INEXISTANTE)
    for chemin in (F15, F19):
        assert emetteur.post(chemin, {"identifiantFactureCPP": decor.visee.pk}) == (200, INEXISTANTE)
    for chemin in (F10, F19):
        assert receveur.post(chemin, {"identifiantFactureCPP": decor.visee.pk}) == (200, INEXISTANTE)
    for corps in (
        {},
        {"identifiantFactureCPP": 0},
        {"identifiantFactureCPP": 2**63 - 1},
        {"identifiantFactureCPP": -1},
    ):
        assert emetteur.post(F10, corps) == (200, INEXISTANTE)
    assert emetteur.post(F10, {"identifiantFactureCPP": "abc"})[0] == 400


def test_l_ancien_destinataire_la_lit_comme_elle_etait(decor, receveur):
    with decor.cohort.monde():
        Facture.objects.filter(pk=decor.autre.pk).update(commentaire="Nouveau", numero_engagement="E-2")
        PieceJointe.objects.create(
            cohort=decor.cohort,
            facture=decor.autre,
            nom="apres.pdf",
            empreinte="0" * 64,
            taille=9,
            ajoutee_le=a_paris(7, 12),
        )
        DestinatairePrecedent.objects.create(
            cohort=decor.cohort,
            facture=decor.autre,
            structure=decor.hopital,
            service=decor.service,
            code_service="CHM-TECH",
            commentaire="Ancien",
            numero_engagement="E-1",
            jusqu_au=a_paris(7, 11),
        )
    facture = lue(receveur, F15, decor.autre)
    assert (facture["statutFacture"], facture["commentaire"]) == ("A_RECYCLER", "Ancien")
    assert facture["references"]["numeroBonCommande"] == "E-1"
    assert facture["destinataire"]["idDestinataire"] == decor.hopital.pk
    assert facture["destinataire"]["codeServiceExecutant"] == "CHM-TECH"
    assert (facture["listeDesPiecesJointes"]["pieceJointe"], facture["references"]["tailleTotalePiecesJointes"]) == (
        [],
        0,
    )
    actuel = lue(decor.client(VALMORAN), F15, decor.autre)
    assert (actuel["statutFacture"], actuel["commentaire"]) == ("MISE_A_DISPOSITION", "Nouveau")


def test_les_exemples_sont_acceptes(emetteur):
    for cle in (F10, F15, F19):
        assert emetteur.post(cle, dict(OPERATIONS[cle].exemple))[0] == 200
