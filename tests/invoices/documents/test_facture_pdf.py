"""The invoice of a saisie: complete, a valid Factur-X for each kind of invoice, a PDF/A-3b by its structure."""

import io
from datetime import date
from decimal import Decimal

import pikepdf
import pypdf
import pytest

from invoices.documents import facture_pdf
from invoices.documents.donnees import a_ecrire
from invoices.enums import Cadre, ModeDepot, ModePaiement, MotifExoneration, TypeFacture, TypeTva
from invoices.formats.controle import controler
from invoices.formats.lecture import lire
from invoices.formats.pdf import examine
from invoices.formats.ubl import ecrire_ubl
from invoices.models import LignePoste, LigneTva
from invoices.services import documents
from structures.identifiants import iban_de_base
from structures.models import CoordonneesBancaires
from tests import factories

pytestmark = pytest.mark.django_db

JOUR = date(2026, 12, 31)
D = Decimal


def texte(octets):
    lu = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(octets)).pages)
    return " ".join(lu.replace("\u202f", "").replace("\u2212", "-").split())


@pytest.fixture
def banque(structure):
    with structure.cohort.monde():
        return CoordonneesBancaires.objects.create(
            cohort=structure.cohort, place=1, structure=structure, nom="Courant", iban=iban_de_base("0101"), bic=""
        )


@pytest.fixture
def faire(structure, destinataire, compte, cohort):
    """Make a sent saisie with these columns, lines (quantité, prix, remise, taux, unité, code) and open its world."""
    with cohort.monde():

        def fabrique(lignes=(("2", "50", "0", "20", "heure", "TVA5"),), **champs):
            remise, acompte = D(champs.pop("remise_globale", 0)), D(champs.get("acompte", 0))
            bases = {}
            details = []
            for q, p, r, t, unite, code in lignes:
                ht = (D(q) * D(p) - D(r)).quantize(D("0.01"), "ROUND_HALF_UP")
                bases[D(t)] = (bases.get(D(t), (D(0), ""))[0] + ht, code)
                details.append((D(q), D(p), D(r), D(t), unite, code, ht))
            tva = {t: (base * t / 100).quantize(D("0.01"), "ROUND_HALF_UP") for t, (base, _) in bases.items()}
            ht = sum(base for base, _ in bases.values())
            ttc = ht + sum(tva.values()) - remise
            paye = champs.get("cadre") == Cadre.A2
            facture = factories.facture(
                structure,
                destinataire,
                compte=compte,
                avec_lignes=False,
                **(
                    {
                        "montant_ht": ht,
                        "montant_tva": sum(tva.values()),
                        "remise_globale": remise,
                        "montant_ttc": ttc,
                        "montant_a_payer": D(0) if paye else ttc - acompte,
                    }
                    | champs
                ),
            )
            commun = {"cohort": cohort, "place": 1, "facture": facture}
            for rang, (q, p, r, t, unite, code, montant) in enumerate(details, 1):
                LignePoste.objects.create(
                    **commun, numero=rang, denomination=f"Prestation {rang}", reference=f"REF-{rang}", quantite=q,
                    unite=unite, prix_unitaire=p, remise=r, taux=t, code_taux=code, montant_ht=montant,
                )  # fmt: skip
            for t, (base, code) in bases.items():
                LigneTva.objects.create(**commun, taux=t, base=base, montant=tva[t], code_taux=code)
            return documents.charger(facture.pk)

        yield fabrique


L = ("2", "50", "0", "20", "heure", "TVA5")
ZERO = ("3", "41.5", "0", "0", "palette", "")
CAS = {
    "une ligne": {},
    "plusieurs taux, remises": {
        "lignes": (L, ("1.2345", "33.333333", "2.5", "5.5", "kg", ""), ("-1", "10", "0", "10", "m²", "TVA4")),
        "remise_globale": "12.34",
        "motif_remise": "Fidélité & volume",
        "acompte": D("20"),
    },
    "sans compte": {"mode_paiement": ModePaiement.VIREMENT},
    "chèque": {"mode_paiement": ModePaiement.CHEQUE},
    "prélèvement": {"mode_paiement": ModePaiement.PRELEVEMENT},
    "espèces": {"mode_paiement": ModePaiement.ESPECE},
    "autre": {"mode_paiement": ModePaiement.AUTRE},
    "report": {"mode_paiement": ModePaiement.REPORT},
    "encaissements": {"type_tva": TypeTva.TVA_SUR_ENCAISSEMENT},
    "avoir": {"type_facture": TypeFacture.AVOIR, "numero_facture_origine": "F-2026-000"},
    "déjà payée": {"cadre": Cadre.A2},
    "devise": {"devise": "DZD"},
    "autoliquidation": {
        "lignes": (ZERO,), "type_tva": TypeTva.SANS_TVA, "commentaire": "Autoliquidation (art. 283 du CGI)"
    },
    "hors champ": {"lignes": (ZERO,), "type_tva": TypeTva.SANS_TVA, "remise_globale": "1.50", "motif_remise": "Geste"},
    "taux zéro": {"lignes": (L, ZERO)},
    "franchise par le taux": {"lignes": (L, ("1", "10", "0", "0", "lot", "TVA1"))},
    "motif libre": {
        "lignes": (ZERO,), "type_tva": TypeTva.EXONERATION, "motif_exoneration": "Formation agréée"
    },
    **{
        motif.label: {"lignes": (ZERO,), "type_tva": TypeTva.EXONERATION, "motif_exoneration": motif.label}
        for motif in MotifExoneration
    },
    "quantité nulle": {"lignes": (L, ("0", "10", "0", "20", "C62", ""))},
    "prix négatif": {"lignes": (L, ("1", "-10", "0", "20", "", ""))},
    "échéance": {"date_echeance": date(2027, 1, 31)},
}  # fmt: skip


@pytest.mark.parametrize("nom", list(CAS))
def test_chaque_sorte_de_saisie_est_un_facturx_valide(faire, nom):
    facture = faire(**CAS[nom])
    octets = facture_pdf.rendre(facture)
    controle = controler(octets, aujourd_hui=JOUR)
    assert (controle.nature, controle.profil, controle.remarques) == ("Factur-X", "EN 16931", ())
    assert (controle.erreurs_xsd, controle.erreurs_en16931, controle.chorus) == ((), (), ())
    lue = lire(examine(octets).xml)
    assert (lue.numero, lue.montant_ttc, lue.montant_a_payer) == (
        facture.numero,
        facture.montant_ttc,
        facture.montant_a_payer,
    )
    assert lue.montant_ht + lue.montant_tva == facture.montant_ttc
    assert (lue.type_facture, lue.mode_paiement) == (facture.type_facture, facture.mode_paiement)
    assert lue.cadre == facture.cadre.partition("_")[0]
    assert controler(ecrire_ubl(a_ecrire(facture)), aujourd_hui=JOUR).failing_rules == ()


@pytest.mark.parametrize("cadre", [Cadre.A9, Cadre.A12])
def test_le_valideur_est_dans_le_fichier(faire, cohort, cadre):
    titulaire = factories.structure(cohort, 2)
    facture = faire(cadre=cadre, valideur=titulaire)
    octets = facture_pdf.rendre(facture)
    controle = controler(octets, aujourd_hui=JOUR)
    assert (controle.profil, controle.en16931_valid, controle.xsd_valid) == ("EXTENDED", True, True)
    lue = lire(examine(octets).xml)
    assert (lue.cadre, lue.valideur.identifiant) == (cadre.partition("_")[0], titulaire.identifiant)
    assert titulaire.raison_sociale in texte(octets)


def test_la_remise_ttc_devient_une_remise_ht_par_taux(faire):
    facture = faire(**CAS["plusieurs taux, remises"])
    lue = lire(examine(facture_pdf.rendre(facture)).xml)
    assert {(r.taux_tva, r.motif) for r in lue.remises} == {
        (D("20"), "Fidélité & volume"),
        (D("5.5"), "Fidélité & volume"),
    }
    assert lue.montant_lignes == facture.montant_ht
    assert lue.montant_ht == facture.montant_ht - lue.montant_remises
    assert lue.montant_ttc == facture.montant_ttc
    assert lue.acompte == D("20")


def test_tout_ce_qui_a_ete_saisi_se_lit(faire, banque):
    facture = faire(
        lignes=(("2", "50.123456", "5", "20", "palette", "TVA5"),),
        coordonnees_bancaires=banque,
        code_service="SRV-01",
        libelle_service="Achats",
        numero_engagement="EJ-77",
        numero_marche="M-88",
        type_facture=TypeFacture.AVOIR,
        numero_facture_origine="F-2026-000",
        remise_globale="3.10",
        motif_remise="Retard de livraison",
        acompte=D("4.40"),
        commentaire="Première ligne\nSeconde ligne",
    )
    octets = facture_pdf.rendre(facture)
    lu = texte(octets)
    attendus = [
        "Avoir n° F-2026-001", "Date : 07/12/2026", "ARBELIN MENUISERIE 01", "SIRET : ", "12 rue des Rabots",
        "COMMUNE DE VALMORAN", "SIRET client", "Service : SRV-01 – Achats", "EJ-77", "M-88", "F-2026-000",
        "Virement", banque.iban, "TVA sur les débits", "2 palette", "50,123456 €", "5,00 €", "20 %", "95,25 €",
        "19,05 €", "Total TTC avant remise", "114,30 €", "- 3,10 €", "Retard de livraison", "111,20 €",
        "Acompte déjà versé", "- 4,40 €", "Montant de l'avoir", "106,80 €", "Première ligne", "Réf. REF-1",
        "mandat de facturation", "FORMATION – SANS VALEUR",
    ]  # fmt: skip
    sans_blancs = "".join(lu.split())
    assert [mot for mot in attendus if "".join(mot.split()) not in sans_blancs] == []


def test_autoliquidation_et_exoneration_sont_dites(faire):
    lu = texte(facture_pdf.rendre(faire(**CAS["autoliquidation"])))
    assert "la TVA est due par le preneur" in lu
    exoneree = faire(**(CAS["motif libre"] | {"numero": "F-2"}))
    assert "Formation agréée" in texte(facture_pdf.rendre(exoneree))


def test_plusieurs_pages_rappellent_le_numero_et_les_titres(faire):
    octets = facture_pdf.rendre(faire(lignes=(L,) * 80))
    pages = [" ".join(p.extract_text().split()) for p in pypdf.PdfReader(io.BytesIO(octets)).pages]
    assert len(pages) > 2
    assert all("Désignation" in page and "Prix unitaire HT" in page for page in pages[:-1])
    assert [page.count("F-2026-001") for page in pages] == [1] * len(pages)
    assert [f"page {n}/{len(pages)}" in page for n, page in enumerate(pages, 1)] == [True] * len(pages)
    assert all("SANS VALEUR" in page for page in pages)


def test_memes_octets_au_meme_instant_simule(faire):
    facture = faire()
    assert facture_pdf.rendre(facture) == facture_pdf.rendre(facture)


def test_pdf_a_3b_par_sa_structure(faire):
    octets = facture_pdf.rendre(faire())
    with pikepdf.open(io.BytesIO(octets)) as pdf:
        with pdf.open_metadata() as meta:
            assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "B")
        xmp = pdf.Root.Metadata.read_bytes()
        assert b"<fx:ConformanceLevel>EN 16931<" in xmp
        assert b"<fx:DocumentFileName>factur-x.xml<" in xmp
        intention = pdf.Root.OutputIntents[0]
        assert intention.S == "/GTS_PDFA1"
        assert len(intention.DestOutputProfile.read_bytes()) > 128
        assert [str(f.AFRelationship) for f in pdf.Root.AF] == ["/Data"]
        assert list(pdf.attachments) == ["factur-x.xml"]
        assert pdf.trailer.ID
        assert not pdf.is_encrypted
        assert "/JavaScript" not in pdf.Root.Names
        assert _polices_sans_fichier(pdf) == []


def _polices_sans_fichier(pdf):
    """Fonts of the pages whose program is not in the file."""
    absentes = []
    for page in pdf.pages:
        for police in page.resources.get("/Font", {}).values():
            for feuille in police.get("/DescendantFonts", [police]):
                descripteur = feuille.FontDescriptor
                if not any(cle in descripteur for cle in ("/FontFile", "/FontFile2", "/FontFile3")):
                    absentes.append(str(police.BaseFont))
    return absentes


def test_un_depot_sans_ligne_s_exporte_par_son_recapitulatif(faire, cohort):
    facture = faire(mode_depot=ModeDepot.DEPOT_PDF_PORTAIL)
    facture.lignes.all().delete()
    lue = a_ecrire(documents.charger(facture.pk))
    assert [(li.designation, li.montant_ht) for li in lue.lignes] == [("Total des lignes au taux de 20 %", D("100"))]
    facture.lignes_tva.all().delete()
    (seule,) = a_ecrire(documents.charger(facture.pk)).lignes
    assert (seule.taux_tva, seule.montant_ht, seule.categorie_tva) == (D("20"), D("100"), "S")
    facture.montant_tva = D("13.37")
    facture.save()
    assert a_ecrire(documents.charger(facture.pk)).lignes[0].taux_tva == D("13.37")


def test_une_copie_lisible_dit_d_ou_elle_vient(faire):
    lu = texte(facture_pdf.lisible(faire(mode_depot=ModeDepot.UPLOAD_PORTAIL)))
    assert "Copie lisible" in lu
    assert "mandat de facturation" not in lu


def test_les_remises_du_fichier_d_origine_gardent_les_bases(faire):
    facture = faire(mode_depot=ModeDepot.UPLOAD_PORTAIL)
    facture.lignes_tva.update(base=D("90"), montant=D("18"))
    facture.montant_ht, facture.montant_tva = D("90"), D("18")
    facture.montant_ttc = facture.montant_a_payer = D("108")
    facture.save()
    ecrite = a_ecrire(documents.charger(facture.pk))
    assert [(a.montant, a.charge) for a in ecrite.ajustements] == [(D("10"), False)]
    assert (ecrite.montant_ht, ecrite.montant_ttc) == (D("90"), D("108"))
