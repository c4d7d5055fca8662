"""A Factur-X deposited: received at once, integrated or rejected with its reasons (flux-edi.md §5–§9)."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, transaction

from accounts.profils import Profil
from invoices.enums import EtatFlux, ModeDepot, Statut
from invoices.formats.cii import PartieAEcrire, ecrire_cii
from invoices.formats.exemples import pdf_chiffre
from invoices.formats.lecture import lire
from invoices.formats.modele import LigneLue, RemiseLue
from invoices.models import Facture, Flux, LigneTva
from invoices.queries_parties import Parties
from invoices.services import facture_de_flux
from invoices.services import flux as services
from sandbox import clock
from sandbox.documents import store
from sandbox.events import engine
from sandbox.events.models import DueEvent
from sandbox.mail.models import Message
from structures.enums import Role
from structures.models import Habilitation, Structure
from tests import factories
from tests.invoices.core.conftest import FACTURE


@pytest.fixture
def deposer(compte, structure, cohort):
    """Deposit these bytes; nothing is integrated yet."""

    def faire(contenu, nom="facture.pdf"):
        with cohort.monde():
            return services.deposer_flux(
                cohort, compte=compte, fournisseur=structure, nom=nom, contenu=contenu, place=1
            )

    return faire


@pytest.fixture
def integrer(deposer, cohort):
    """Deposit these bytes and integrate them; the flow, read again, and the result."""

    def faire(contenu, nom="facture.pdf"):
        flux = deposer(contenu, nom)
        with cohort.monde(), transaction.atomic():
            resultat = services.integrer(flux.pk)
            flux.refresh_from_db()
        return flux, resultat

    return faire


def constats(flux):
    """Technical errors, then the refusals of each invoice."""
    with flux.cohort.monde():
        return [*flux.compte_rendu, *(c for e in flux.elements.all() for c in e.refus)]


def codes(flux):
    return [c["code"] for c in constats(flux)]


def rejete(cohort, flux, resultat):
    """Rejected: no invoice, one N9, reasons in the report."""
    assert (flux.etat, resultat) == (EtatFlux.REJETE, "Flux rejeté")
    trouves = constats(flux)
    assert trouves
    assert all(c["message"] and c["libelle"] and c["conseil"] for c in trouves)
    with cohort.monde():
        assert not Facture.objects.exists()
        (message,) = Message.objects.filter(type="N9")
    assert message.objet == f"[Bac à sable Chorus Pro] Flux {flux.numero} – Rejeté"
    assert trouves[0]["message"] in message.corps
    pris = "SBX_010" in {c["code"] for c in trouves}
    assert ("Donnez à la facture un autre numéro" in message.corps) == pris
    assert ("Le même numéro de facture peut servir" in message.corps) != pris
    assert message.lien.endswith(f"/suivi-des-flux/{flux.numero}/")
    return trouves


# --- received


def test_un_depot_repond_tout_de_suite_un_numero_de_flux(deposer, facturx, cohort, compte, structure):
    contenu = facturx()
    flux = deposer(contenu)
    assert flux.numero == f"CPP0011117{flux.pk:015d}"
    assert str(flux) == flux.numero
    assert (flux.etat, flux.syntaxe, flux.taille) == (EtatFlux.EN_ATTENTE, "IN_DP_E2_CII_FACTURX", len(contenu))
    assert not flux.etat_final
    assert store.open_bytes(flux.empreinte) == contenu
    with cohort.monde():
        debut, fin = DueEvent.objects.order_by("sequence")
        assert not Facture.objects.exists()
    assert (debut.kind, debut.cible, debut.place) == ("invoices.commencer_flux", flux.pk, 1)
    assert (fin.kind, fin.cible, fin.place) == ("invoices.integrer_flux", flux.pk, 1)
    assert debut.reel_le < fin.reel_le


def test_un_second_clic_rend_le_meme_flux(deposer, facturx, cohort):
    premier = deposer(facturx())
    assert deposer(facturx()) == premier
    with cohort.monde():
        assert (Flux.objects.count(), DueEvent.objects.count()) == (1, 2)


def test_deposer_a_nouveau_un_fichier_rejete_fait_un_autre_flux(integrer, deposer, facturx):
    contenu = facturx(numero="INTERDIT#1")
    flux, _ = integrer(contenu)
    assert flux.etat == EtatFlux.REJETE
    assert deposer(contenu) != flux


def test_le_nom_du_fichier_est_borne(deposer, facturx):
    assert deposer(facturx(), "c:\\x\\" + "n" * 300 + ".pdf").nom_fichier == "n" * 196 + ".pdf"


# --- integrated


def test_un_flux_juste_devient_une_facture(integrer, facturx, cohort, compte, structure):
    flux, resultat = integrer(facturx(date_echeance=date(2027, 1, 6), numero_engagement="2026-BC-0147"))
    assert (resultat, flux.etat, constats(flux)) == ("Flux intégré", EtatFlux.INTEGRE, [])
    assert flux.etat_final
    assert flux.traite_le == cohort.sim_reference
    with cohort.monde():
        (facture,) = Facture.objects.all()
        lignes = list(facture.lignes.values_list("numero", "denomination", "quantite", "prix_unitaire", "taux"))
        tva = list(facture.lignes_tva.values_list("taux", "base", "montant"))
        (piece,) = facture.pieces.all()
        types = list(Message.objects.values_list("type", flat=True))
    assert (facture.statut, facture.mode_depot, facture.flux) == (Statut.DEPOSEE, ModeDepot.UPLOAD_PORTAIL, flux)
    assert (facture.numero, facture.fournisseur, facture.place) == ("FX-1", structure, 1)
    assert (facture.siren_fournisseur, facture.annee, facture.cree_par) == ("000101014", 2026, compte)
    assert facture.date_echeance == date(2027, 1, 6)
    assert facture.numero_engagement == "2026-BC-0147"
    assert (facture.montant_ht, facture.montant_tva, facture.montant_ttc) == (D(2623), D("503.14"), D("3126.14"))
    assert facture.montant_a_payer == D("3126.14")
    assert lignes == [
        (1, "Fenêtre", D("6.0000"), D("412.500000"), D("20.00")),
        (2, "Livre", D("8.0000"), D("18.500000"), D("5.50")),
    ]
    assert tva == [(D("20.00"), D("2475.000000"), D("495.000000")), (D("5.50"), D("148.000000"), D("8.140000"))]
    assert (piece.principale, piece.empreinte, piece.nom) == (True, flux.empreinte, "facture.pdf")
    assert types == ["N1"]


def test_integrer_deux_fois_ne_fait_rien_de_plus(integrer, facturx, cohort):
    flux, _ = integrer(facturx())
    with cohort.monde():
        assert services.integrer(flux.pk) is None
        assert services.integrer(10**9) is None
        assert Facture.objects.count() == 1


def test_le_moteur_integre_puis_achemine(deposer, facturx, cohort, monkeypatch):
    deposer(facturx())
    cohort.refresh_from_db()
    bilan = engine.advance(cohort, cohort.sim_reference + timedelta(days=1))
    assert bilan.effets == {
        "En cours de traitement": 1,
        "Flux intégré": 1,
        "En cours d'acheminement": 1,
        "Mise à disposition du destinataire": 1,
    }


def test_un_avoir_en_fichier_garde_ses_montants(integrer, facturx, cohort):
    flux, _ = integrer(facturx(type_document="381", facture_origine="F-0"))
    assert constats(flux) == []
    with cohort.monde():
        facture = Facture.objects.get()
    assert (facture.type_facture, facture.numero_facture_origine) == ("AVOIR", "F-0")


def test_un_net_a_payer_reduit_par_un_acompte(integrer, facturx, cohort):
    flux, _ = integrer(facturx(acompte=D("126.14")))
    assert constats(flux) == []
    with cohort.monde():
        assert Facture.objects.get().montant_a_payer == D(3000)


def test_deux_categories_au_meme_taux_font_une_ligne(integrer, facturx, cohort):
    gratuites = tuple(
        replace(ligne, taux_tva=D(0), categorie_tva=categorie)
        for ligne, categorie in zip(FACTURE.lignes, ("Z", "K"), strict=True)
    )
    flux, _ = integrer(facturx(lignes=gratuites))
    assert constats(flux) == []
    with cohort.monde():
        assert list(LigneTva.objects.values_list("taux", "base")) == [(D("0.00"), D("2623.000000"))]


# --- rejected


@pytest.mark.parametrize(
    ("champs", "code", "mots"),
    [
        ({"destinataire": PartieAEcrire("00029999900019", "INCONNUE")}, "SBX_004", "destinataire"),
        ({"destinataire": PartieAEcrire(factories.INACTIVE, "EAUX")}, "SBX_004", "désactivée"),
        ({"destinataire": PartieAEcrire(factories.HOPITAL, "CHM")}, "SBX_001", "service exécutant"),
        ({"destinataire": PartieAEcrire(factories.MOA, "SYNDICAT")}, "SBX_062", "factures de travaux"),
        ({"code_service": "INCONNU"}, "SBX_005", "INCONNU"),
        ({"code_service": "FACTURES_PUBLIQUES"}, "SBX_061", "réservé"),
    ],
)
def test_l_annuaire_rejette_un_flux(integrer, facturx, cohort, champs, code, mots):
    trouves = rejete(cohort, *integrer(facturx(**champs)))
    assert code in [c["code"] for c in trouves]
    assert any(mots in c["message"] for c in trouves)


def test_un_fournisseur_qui_n_est_pas_le_sien(integrer, facturx, cohort):
    autre = factories.structure(cohort, 2)
    for siret in ("00029999900019", autre.identifiant):
        flux, resultat = integrer(facturx(fournisseur=PartieAEcrire(siret, "AUTRE")))
        assert (resultat, codes(flux)[0]) == ("Flux rejeté", "DP")
        (constat, *_) = constats(flux)
        assert siret in constat["message"]
        assert constat["champ"] == "BT-30"
        assert constat["libelle"].startswith("L'identifiant fournisseur de la demande de paiement (balise : ")
        assert constat["libelle"].endswith(") n'est pas reference dans notre systeme. ")
    with cohort.monde():
        assert not Facture.objects.exists()


def test_un_droit_de_consultation_ne_depose_pas(integrer, facturx, cohort, compte):
    with cohort.monde():
        Habilitation.objects.filter(profil=Profil.FACTURES_EMISES).update(niveau="CONSULTATION_UNIQUEMENT")
    flux, _ = integrer(facturx())
    assert "DP" in codes(flux)


def test_un_numero_deja_utilise_est_rejete(integrer, facturx, facture_deposee, cohort):
    with cohort.monde():
        Facture.objects.update(numero="FX-1")
    flux, resultat = integrer(facturx())
    assert (resultat, codes(flux)) == ("Flux rejeté", ["SBX_010"])
    with cohort.monde():
        assert Facture.objects.count() == 1


def test_a06_apres_un_rejet_le_meme_numero_peut_servir(integrer, facturx, cohort):
    flux, _ = integrer(facturx(code_service="INCONNU"))
    assert flux.etat == EtatFlux.REJETE
    flux, _ = integrer(facturx())
    assert flux.etat == EtatFlux.INTEGRE


def test_a_egalite_la_contrainte_rejette(integrer, facturx, facture_deposee, cohort, monkeypatch):
    from invoices import queries

    monkeypatch.setattr(queries, "est_doublon", lambda *a: False)
    with cohort.monde():
        Facture.objects.update(numero="FX-1")
    flux, resultat = integrer(facturx())
    assert (resultat, codes(flux)) == ("Flux rejeté", ["SBX_010"])
    with cohort.monde():
        assert Facture.objects.count() == 1


def test_une_valeur_demesuree_est_rejetee_sans_panne(integrer, facturx, cohort):
    def grossir(xml):
        return re.sub(rb"(<ram:BilledQuantity[^>]*>)[^<]*", rb"\g<1>" + b"9" * 25, xml)

    rejete(cohort, *integrer(facturx(editer=grossir)))


def test_ce_qui_n_est_un_pdf_que_de_nom(integrer, cohort):
    rejete(cohort, *integrer(b"%PDF-1.7\n%%EOF"))


def test_un_pdf_tronque_ou_chiffre(integrer, page_pdfa, cohort):
    for contenu in (page_pdfa[: len(page_pdfa) // 2], pdf_chiffre(page_pdfa)):
        flux, resultat = integrer(contenu)
        assert (resultat, flux.etat) == ("Flux rejeté", EtatFlux.REJETE)
    with cohort.monde():
        assert not Facture.objects.exists()


def test_un_pdf_sans_fichier_de_facture(integrer, page_pdfa, cohort):
    (constat,) = rejete(cohort, *integrer(page_pdfa))
    assert (constat["code"], constat["fichier"]) == ("IRR_TYPE_F", "facture.pdf")
    assert constat["message"] == "Le PDF ne contient pas de fichier de facture (factur-x.xml)."


@pytest.mark.parametrize(
    "editer",
    [
        lambda xml: xml[: len(xml) // 2],
        lambda xml: xml.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY e "x">]>', 1),
        lambda xml: xml.replace(b"20261207", b"20261399"),
        lambda xml: re.sub(rb"(<ram:GrandTotalAmount[^>]*>)[^<]*", rb"\g<1>quatre cents", xml),
    ],
    ids=["mal formé", "DOCTYPE", "date illisible", "montant illisible"],
)
def test_un_xml_inexploitable(integrer, facturx, cohort, editer):
    rejete(cohort, *integrer(facturx(editer=editer)))


def test_des_totaux_qui_ne_concordent_pas(integrer, facturx, cohort):
    trouves = rejete(cohort, *integrer(facturx(editer=lambda xml: xml.replace(b">3126.14<", b">3126.20<"))))
    assert any("3126" in c["message"].replace("\u202f", "") or "montant" in c["message"].lower() for c in trouves)


def test_le_message_de_rejet_liste_au_plus_cinq_motifs(cohort, compte):
    from invoices.services import notifications

    with cohort.monde():
        recus = [{"code": "DP", "champ": "", "message": f"motif {n}"} for n in range(9)]
        flux = Flux.objects.create(
            cohort=cohort, numero="CPP1", compte=compte, place=1, compte_rendu=recus, taille=1, etat=EtatFlux.REJETE
        )
        notifications.refus_de_flux(flux)
        corps = Message.objects.get().corps
    assert corps.count("– motif") == 5


def test_un_flux_d_un_compte_sans_structure(facturx, cohort, structure):
    intrus = factories.compte(cohort, 2)
    with cohort.monde():
        flux = services.deposer_flux(
            cohort, compte=intrus, fournisseur=structure, nom="f.pdf", contenu=facturx(), place=2
        )
        assert services.integrer(flux.pk) == "Flux rejeté"
        flux.refresh_from_db()
    assert "DP" in codes(flux)


def test_un_collegue_depose_pour_la_meme_structure(facturx, cohort, structure):
    collegue = factories.compte(cohort, 2)
    factories.rattachement(collegue, structure, role=Role.UTILISATEUR, profils=[Profil.FACTURES_EMISES])
    with cohort.monde():
        flux = services.deposer_flux(
            cohort, compte=collegue, fournisseur=structure, nom="f.pdf", contenu=facturx(), place=2
        )
        assert services.integrer(flux.pk) == "Flux intégré"
        assert Facture.objects.get().cree_par == collegue


# --- mapping


def test_ce_que_le_fichier_ne_dit_pas():
    lue = replace(
        lire(ecrire_cii(FACTURE)),
        numero="",
        type_facture="",
        type_document="",
        montant_tva=None,
        lignes=(LigneLue(), LigneLue(description="d", quantite=D("1.23456"))),
    )
    depot = facture_de_flux.depot_de(lue, fournisseur=None, destinataire=None)
    assert (depot.fournisseur_id, depot.destinataire_id, depot.numero) == (None, None, "")
    assert [(x.denomination, x.quantite, x.unite, x.prix_unitaire) for x in depot.lignes] == [
        ("Ligne", D("1.0000"), "unité", D(0)),
        ("d", D("1.2346"), "unité", D(0)),
    ]
    assert depot.montant_tva == 0
    assert depot.type_facture == "type absent"


def test_la_base_refuse_deux_flux_du_meme_numero(deposer, facturx, cohort):
    flux = deposer(facturx())
    with cohort.monde(), pytest.raises(IntegrityError), transaction.atomic():
        Flux.objects.create(
            cohort=cohort,
            numero=flux.numero,
            nom_fichier="x",
            syntaxe="x",
            empreinte="0" * 64,
            taille=0,
            compte=flux.compte,
            depose_le=clock.now(),
        )


def test_les_parties_se_lisent_une_fois(cohort, django_assert_num_queries):
    parties = Parties()
    with cohort.monde():
        valmoran = Structure.objects.get(identifiant=factories.VALMORAN)
        etat = Structure.objects.get(identifiant=factories.ETAT)
        with django_assert_num_queries(6):  # both, nobody, the other by its id, two services, engagements of the State
            for _ in range(2):
                assert parties.identifiee("SIRET", factories.VALMORAN) == valmoran
                assert parties.identifiee("SIRET", "") is None
                assert parties.identifiee("RIDET", factories.VALMORAN) is None
                assert parties.structures([valmoran.pk, etat.pk, None, 0]) == {valmoran.pk: valmoran, etat.pk: etat}
                assert parties.engagements(valmoran) == frozenset()
                assert parties.engagements(etat)
                assert isinstance(parties.services(valmoran), tuple)


@pytest.mark.parametrize(
    ("avant", "apres", "code", "dit"),
    [
        (rb"RateApplicablePercent>[^<]+<", b"RateApplicablePercent>9999999999<", "vat", "n'est pas entre 0 et 99,99"),
        (rb"RateApplicablePercent>[^<]+<", b"RateApplicablePercent>-20<", "vat", "n'est pas entre 0 et 99,99"),
        (rb"(<ram:BilledQuantity[^>]*>)[^<]+<", rb"\g<1>99999999999999<", "IRR_SYNTAX", "dépasse la taille"),
    ],
)
def test_ce_que_la_base_ne_peut_relire_est_refuse(integrer, facturx, cohort, avant, apres, code, dit):
    """SQLite keeps a number of any size, then fails at each reading of the invoice: refused at the door."""
    flux, resultat = integrer(facturx(editer=lambda xml: re.sub(avant, apres, xml)))
    (constat, *_) = rejete(cohort, flux, resultat)
    assert constat["code"] == code
    assert dit in constat["message"]


# --- discounts


def avec_remise(**champs):
    return lire(ecrire_cii(replace(FACTURE, remise_globale=D("26.14"), motif_remise="Fidélité", **champs)))


def test_une_remise_ttc_devient_la_remise_globale_du_portail():
    depot = facture_de_flux.depot_de(avec_remise(), fournisseur=None, destinataire=None)
    assert (depot.montant_ht, depot.montant_tva, depot.remise_globale) == (D(2623), D("503.14"), D("26.14"))
    assert (depot.motif_remise, depot.montant_ttc) == ("Fidélité", D(3100))


@pytest.mark.parametrize(
    "champs",
    [
        {"lignes": ()},
        {"montant_ht": D(1)},
        {"remises": (RemiseLue(charge=False, montant=D(5), categorie_tva="S", taux_tva=D(20)),)},
    ],
    ids=["sans lignes", "totaux d'ailleurs", "parts d'ailleurs"],
)
def test_d_autres_remises_laissent_les_totaux_du_fichier(champs):
    lue = replace(avec_remise(), **champs)
    depot = facture_de_flux.depot_de(lue, fournisseur=None, destinataire=None)
    assert (depot.montant_ht, depot.montant_tva) == (lue.montant_ht, lue.montant_tva)
    assert (depot.remise_globale, depot.motif_remise) == (0, "")
