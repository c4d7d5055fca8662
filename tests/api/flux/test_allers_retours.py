"""An invoice typed in the portal, exported, then deposited by API in another session, says the same (flux-edi.md §9).

Not carried, by the formats or by the dossier: the type of an attachment and its line; the code of a rate; the type of
VAT when no rate is above zero and it is not that of flux-edi.md §10.5; an « acompte » that is not what parts the amount
to pay from the total; the service of a valideur; the sign of a negative price, which goes to the quantity (BR-27).
"""

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP
from decimal import Decimal as D
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from invoices import calculs, tasks
from invoices.depot import Ligne
from invoices.documents import echange, lots
from invoices.enums import Cadre, ModePaiement, Statut, TypeFacture, TypeTva
from invoices.formats import controle, pivot
from invoices.models import Facture, LignePoste, LigneTva, PieceJointe
from sandbox.cohorts.models import Cohort
from sandbox.documents import store
from structures.models import CoordonneesBancaires, Service, Structure
from tests import factories
from tests.api.appels import CORVAN, VOLTAIGNE
from tests.api.flux.conftest import depositaire

IBAN = "FR76 3000 4008 2300 0123 4567 819"
SYNTAXES = {"cii": "IN_DP_E1_CII_16B", "ubl": "IN_DP_E1_UBL_INVOICE", "factur-x": "IN_DP_E2_CII_FACTURX"}
COLONNES = (
    *("numero", "type_facture", "cadre", "code_service", "libelle_service", "numero_engagement", "numero_marche"),
    *("numero_facture_origine", "devise", "mode_paiement", "type_tva", "motif_exoneration", "commentaire"),
    *("date_facture", "date_echeance", "montant_ht", "montant_tva", "remise_globale", "motif_remise", "montant_ttc"),
    *("acompte", "montant_a_payer", "siren_fournisseur", "annee"),
)
LIENS = ("destinataire", "fournisseur", "valideur")


@pytest.fixture
def sessions(cohort, autre_cohort, settings, monkeypatch):
    """Where it is typed, and a program of the other session; the same bank account and service in both."""
    settings.API_REQUETES_PAR_SECONDE = 10_000
    monkeypatch.setattr(tasks.produire_documents, "delay", lambda *a, **k: None)
    for monde in (cohort, autre_cohort):
        with monde.monde():
            fournisseur = Structure.objects.get(identifiant=VOLTAIGNE)
            CoordonneesBancaires.objects.create(
                cohort=monde, structure=fournisseur, nom="Compte", iban=IBAN, bic="BNPAFRPPXXX", actif=True
            )
            Service.objects.create(cohort=monde, structure=fournisseur, code="COMPTA", libelle="Comptabilité")
    Cohort.objects.filter(pk=autre_cohort.pk).update(delai_flux=0)
    return cohort, depositaire(autre_cohort)


def saisir(cohort, lignes, pieces=(), *, remise=D(0), acompte=D(0), banque=True, emetteur=False, valideur="", **champs):
    """A sent saisie with these lines: its amounts are those that the portal computes."""
    with cohort.monde():
        fournisseur = Structure.objects.get(identifiant=VOLTAIGNE)
        recapitulatif = calculs.recapituler(lignes)
        totaux = calculs.totaliser(recapitulatif, remise)
        commun = {"cohort": cohort, "place": None}
        facture = Facture.objects.create(
            **commun,
            **{
                "fournisseur": fournisseur,
                "destinataire": Structure.objects.get(identifiant=factories.VALMORAN),
                "valideur": Structure.objects.get(identifiant=valideur) if valideur else None,
                "service_fournisseur": fournisseur.services.get(code="COMPTA") if emetteur else None,
                "coordonnees_bancaires": fournisseur.comptes_bancaires.get(iban=IBAN) if banque else None,
                "mode_depot": "SAISIE_PORTAIL",
                "numero": "F-1",
                "date_facture": date(2026, 12, 1),
                "statut": Statut.DEPOSEE,
                "date_depot": cohort.sim_reference,
                "siren_fournisseur": fournisseur.siren,
                "annee": 2026,
                "montant_ht": totaux.ht,
                "montant_tva": totaux.tva,
                "montant_ttc": totaux.ttc,
                "remise_globale": remise,
                "motif_remise": "Fidélité" if remise else "",
                "acompte": acompte,
                "montant_a_payer": calculs.a_payer(totaux.ttc, acompte, deja_payee=champs.get("cadre") == Cadre.A2),
            }
            | champs,
        )
        LignePoste.objects.bulk_create(
            LignePoste(
                **commun,
                facture=facture,
                **{c: getattr(li, c) for c in ("numero", "reference", "denomination", "quantite", "unite")},
                **{c: getattr(li, c) for c in ("prix_unitaire", "remise", "taux", "code_taux")},
                montant_ht=calculs.ht(li),
            )
            for li in lignes
        )
        LigneTva.objects.bulk_create(
            LigneTva(**commun, facture=facture, taux=t.taux, base=t.base, montant=t.montant, code_taux=t.code_taux)
            for t in recapitulatif
        )
        for nom, contenu, designation in pieces:
            PieceJointe.objects.create(
                **commun,
                facture=facture,
                nom=nom,
                designation=designation,
                empreinte=store.store(contenu),
                taille=len(contenu),
            )
        return facture


def ligne(numero=1, **champs):
    base = Ligne(numero=numero, denomination="Étude", quantite=D(2), unite="jour", prix_unitaire=D("412.5"), taux=D(20))
    return replace(base, **champs)


def valeurs(facture):
    """What must be the same on both sides, names and numbers instead of the rows of one session."""
    dit = {nom: getattr(facture, nom) for nom in COLONNES}
    dit |= {role: tiers.identifiant if (tiers := getattr(facture, role)) else None for role in LIENS}
    dit["service_fournisseur"] = facture.service_fournisseur.code if facture.service_fournisseur else None
    dit["iban"] = facture.coordonnees_bancaires.iban if facture.coordonnees_bancaires else None
    dit["lignes"] = list(
        facture.lignes.values_list(
            *("numero", "reference", "denomination", "quantite", "unite", "prix_unitaire", "remise", "taux"),
            "montant_ht",
        )
    )
    dit["tva"] = list(facture.lignes_tva.values_list("taux", "base", "montant"))
    return dit


def pieces_de(facture):
    jointes = facture.pieces.filter(principale=False).exclude(designation="Facture XML")
    return {p.nom: (p.empreinte, p.designation) for p in jointes}


def exporter(cohort, facture, sorte):
    with cohort.monde():
        relue = Facture.objects.get(pk=facture.pk)
        contenu = echange.FORMATS[sorte][1](relue)
        return valeurs(relue), pieces_de(relue), contenu


def valide(contenu):
    """By the schema, by EN 16931, by Chorus Pro."""
    verdict = controle.controler(contenu, aujourd_hui=date(2026, 12, 7))
    assert (verdict.erreurs_xsd, verdict.erreurs_en16931, verdict.chorus) == ((), (), ())


def reprendre(depositaire_, contenu, sorte):
    resultat = depositaire_.deposer(contenu, f"facture.{'pdf' if sorte == 'factur-x' else 'xml'}", SYNTAXES[sorte])
    assert resultat.etat == "IN_INTEGRE", resultat
    with depositaire_.cohort.monde():
        facture = Facture.objects.get(flux__numero=resultat.numero)
        return valeurs(facture), pieces_de(facture)


PIECE = ("bon de commande.pdf", b"%PDF-1.4 bon\n%%EOF", "Bon de commande signé")
PIECES = (PIECE, ("photo.png", b"\x89PNG\r\n\x1a\nphoto", ""))
CAS = {
    "nominale": {"lignes": (ligne(reference="REF-1"), ligne(2, taux=D("5.5"), unite="lot"))},
    "références": {
        "lignes": (ligne(reference="R" * 50),),
        "numero_engagement": "2026-BC-0147",
        "numero_marche": "M-12",
        "commentaire": "Premier\nsecond & <fin>",
        "date_echeance": date(2027, 1, 6),
    },
    "avoir": {"lignes": (ligne(),), "type_facture": TypeFacture.AVOIR, "numero_facture_origine": "F-0"},
    "déjà payée": {"lignes": (ligne(),), "cadre": Cadre.A2, "mode_paiement": ModePaiement.AUTRE, "banque": False},
    "remise globale": {"lignes": (ligne(), ligne(2, taux=D("5.5"))), "remise": D("33.33")},
    "remise d'un taux": {"lignes": (ligne(),), "remise": D("99.99")},
    "remise de ligne": {"lignes": (ligne(remise=D("12.34")), ligne(2, remise=D("-5")))},
    "acompte": {"lignes": (ligne(),), "acompte": D("100.10")},
    "devise": {"lignes": (ligne(),), "devise": "DZD"},
    "encaissements": {"lignes": (ligne(),), "type_tva": TypeTva.TVA_SUR_ENCAISSEMENT},
    "exonération": {
        "lignes": (ligne(taux=D(0)),),
        "type_tva": TypeTva.EXONERATION,
        "motif_exoneration": "Exonération (art. 261 du CGI)",
    },
    "exonération en d'autres mots": {
        "lignes": (ligne(taux=D(0)),),
        "type_tva": TypeTva.EXONERATION,
        "motif_exoneration": "Formation professionnelle",
    },
    "sans TVA": {"lignes": (ligne(taux=D(0)),), "type_tva": TypeTva.SANS_TVA},
    "autoliquidation": {
        "lignes": (ligne(taux=D(0)),),
        "type_tva": TypeTva.SANS_TVA,
        "commentaire": "Autoliquidation",
    },
    "sans compte": {"lignes": (ligne(),), "banque": False},
    "chèque": {"lignes": (ligne(),), "mode_paiement": ModePaiement.CHEQUE, "banque": False},
    "prélèvement": {"lignes": (ligne(),), "mode_paiement": ModePaiement.PRELEVEMENT},
    "report": {"lignes": (ligne(),), "mode_paiement": ModePaiement.REPORT, "banque": False},
    "unité inconnue": {"lignes": (ligne(unite="barrique"), ligne(2, unite="H87"), ligne(3, unite="m²"))},
    "service émetteur": {"lignes": (ligne(),), "emetteur": True},
    "A9": {"lignes": (ligne(),), "cadre": Cadre.A9, "valideur": CORVAN},
    "A12": {"lignes": (ligne(),), "cadre": Cadre.A12, "valideur": CORVAN},
    "pièces": {"lignes": (ligne(),), "pieces": PIECES},
}


@pytest.mark.lent
@pytest.mark.parametrize("sorte", list(SYNTAXES))
@pytest.mark.parametrize("cas", list(CAS))
def test_ce_qui_est_saisi_ressort_pareil(sessions, cas, sorte):
    ici, ailleurs = sessions
    facture = saisir(ici, **CAS[cas])
    dites, jointes, contenu = exporter(ici, facture, sorte)
    valide(contenu)
    relues, rejointes = reprendre(ailleurs, contenu, sorte)
    if sorte == "factur-x":  # a file of a PDF has its name alone
        jointes, rejointes = ({nom: e for nom, (e, _) in x.items()} for x in (jointes, rejointes))
    assert relues == dites
    assert rejointes == jointes


def test_un_xml_laisse_les_pieces_qu_il_ne_sait_pas_porter(sessions):
    """Word, zip: EN 16931 takes six types (BR-CL-24); a Factur-X takes them all."""
    ici, ailleurs = sessions
    facture = saisir(ici, (ligne(),), (PIECE, ("note.docx", b"PK\x03\x04mots", "")))
    for sorte in SYNTAXES:
        _, jointes, contenu = exporter(ici, facture, sorte)
        valide(contenu)
        _, rejointes = reprendre(ailleurs, contenu, sorte)
        assert set(rejointes) == (set(jointes) if sorte == "factur-x" else {PIECE[0]})
        with ailleurs.cohort.monde():
            Facture.objects.all().delete()


def test_le_pivot_est_bien_forme(sessions):
    ici, _ = sessions
    facture = saisir(ici, **CAS["remise globale"])
    with ici.monde():
        relue = Facture.objects.get(pk=facture.pk)
        sortie = BytesIO()
        enveloppe = pivot.EnveloppePivot(produite_le=ici.sim_reference, id_flux="CPP1", recepteur=factories.VALMORAN)
        pivot.ecrire_pivot(sortie, [lots.en_pivot(relue)], enveloppe, 1)
    racine = etree.fromstring(sortie.getvalue())
    assert racine.findtext(".//DonneesFacture/Id") == "F-1"
    assert D(racine.findtext(".//Montants/MontantTTC")) == relue.montant_ttc


montants = st.decimals("0.01", "5000", places=2)
lignes = st.lists(
    st.builds(
        lambda **champs: ligne(**champs),
        denomination=st.text("abcéÀ&<'\" ", min_size=1, max_size=30).map(str.strip).filter(bool),
        reference=st.text("ABC-1", max_size=8),
        quantite=st.decimals("-3", "500", places=4).filter(bool),
        unite=st.sampled_from(["unité", "jour", "m³", "barrique", "KWH"]),
        prix_unitaire=st.decimals("0", "900", places=6),
        remise=st.just(D(0)) | st.decimals("-5", "20", places=2),
        taux=st.sampled_from([D(t) for t in ("0", "2.1", "5.5", "8.5", "10", "20")]),
    ),
    min_size=1,
    max_size=6,
)


@st.composite
def saisies(draw):
    """What the form of the portal lets through."""
    choisies = [replace(li, numero=rang) for rang, li in enumerate(draw(lignes), 1)]
    totaux = calculs.totaliser(calculs.recapituler(choisies))
    champs = {"lignes": choisies, "commentaire": draw(st.text("abé\n&<", max_size=30).map(str.strip))}
    champs["numero_engagement"] = draw(st.text("ABC-19", max_size=10))
    champs["numero_marche"] = draw(st.text("ABC-19", max_size=10))
    champs["devise"] = draw(st.sampled_from(["EUR", "DZD", "XPF"]))
    champs["date_echeance"] = draw(st.none() | st.dates(date(2026, 12, 1), date(2027, 6, 1)))
    champs["emetteur"], champs["banque"] = draw(st.booleans()), draw(st.booleans())
    champs["pieces"] = draw(st.sampled_from([(), PIECES]))
    taxees = any(li.taux for li in choisies)
    types = [TypeTva.TVA_SUR_DEBIT, TypeTva.TVA_SUR_ENCAISSEMENT] if taxees else [TypeTva.EXONERATION, TypeTva.SANS_TVA]
    champs["type_tva"] = draw(st.sampled_from(types))
    if champs["type_tva"] == TypeTva.EXONERATION:
        champs["motif_exoneration"] = draw(st.sampled_from(["Exonération (art. 261 du CGI)", "Autre motif"]))
    if totaux.ttc > 0:
        part = draw(st.sampled_from([D(0), D("0.1"), D("0.333")]))
        champs["remise"] = (totaux.ttc * part).quantize(D("0.01"), ROUND_HALF_UP)
        reste = totaux.ttc - champs["remise"]
        champs["acompte"] = (reste * draw(st.sampled_from([D(0), D("0.25")]))).quantize(D("0.01"), ROUND_HALF_UP)
    cadre, valideur = draw(st.sampled_from([(Cadre.A1, ""), (Cadre.A9, CORVAN), (Cadre.A12, CORVAN)]))
    champs |= {"cadre": cadre, "valideur": valideur}
    if draw(st.booleans()):
        champs |= {"type_facture": TypeFacture.AVOIR, "numero_facture_origine": draw(st.text("F-12", max_size=9))}
    return champs


@pytest.mark.lent
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(champs=saisies(), sorte=st.sampled_from(["cii", "ubl"]))
def test_toute_saisie_ressort_pareille(sessions, champs, sorte):
    ici, ailleurs = sessions
    for session in (ici, ailleurs.cohort):
        with session.monde():
            Facture.objects.all().delete()
    facture = saisir(ici, **champs)
    dites, jointes, contenu = exporter(ici, facture, sorte)
    valide(contenu)
    relues, rejointes = reprendre(ailleurs, contenu, sorte)
    assert relues == dites
    assert rejointes == jointes
