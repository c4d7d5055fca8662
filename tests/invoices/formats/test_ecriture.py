"""What we write is valid by the schemas and by the rules of EN 16931, and reads back as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoices.formats.a_ecrire import (
    AjustementAEcrire,
    FactureAEcrire,
    LigneAEcrire,
    PartieAEcrire,
    TvaAEcrire,
    arrondir,
    repartir_remise,
    retrouver_remise,
)
from invoices.formats.cii import ecrire_cii
from invoices.formats.controle import controler
from invoices.formats.exemples import facture_exemple
from invoices.formats.lecture import lire
from invoices.formats.ubl import ecrire_ubl

JOUR = date(2026, 11, 21)
TAUX = [Decimal(t) for t in ("0.9", "2.1", "5.5", "8.5", "10", "20")]
BELGE = PartieAEcrire("BE0123456749", "Atelier de Gand", pays="BE", type_identifiant="UE_HORS_FRANCE")


def ligne(**champs: object) -> LigneAEcrire:
    return replace(LigneAEcrire("Conseil", Decimal("1.5"), Decimal("333.333333")), **champs)  # type: ignore[arg-type]


def exoneree(categorie: str) -> LigneAEcrire:
    return ligne(taux_tva=Decimal(0), categorie_tva=categorie)


VARIANTES: dict[str, dict[str, object]] = {
    "nominale": {},
    "avoir": {"type_document": "381", "facture_origine": "F2026-00001"},
    "déjà payée": {"cadre": "A2", "code_paiement": "48", "iban": ""},
    "acompte": {"acompte": Decimal("100.10")},
    "virement sans compte": {"code_paiement": "42", "iban": ""},
    "espèces": {"code_paiement": "10", "iban": ""},
    "report": {"code_paiement": "97", "iban": ""},
    "prélèvement": {"code_paiement": "49"},
    "mode autre": {"code_paiement": "ZZZ", "iban": ""},
    "sans échéance": {"conditions": "Délai global de paiement"},
    "encaissements": {"sur_encaissement": True},
    "franchise": {"lignes": (exoneree("E"),)},
    "exonération": {
        "lignes": (exoneree("E"),),
        "motif_exoneration": "Exonération (art. 261 du CGI)",
        "code_exoneration": "VATEX-EU-132",
    },
    "autoliquidation": {"lignes": (exoneree("AE"),), "commentaire": "Autoliquidation"},
    "hors champ": {"lignes": (exoneree("O"),)},
    "taux zéro": {"lignes": (exoneree("Z"), ligne())},
    "remise globale": {"remise_globale": Decimal("33.33"), "motif_remise": "Fidélité"},
    "remise sur une exonérée": {"lignes": (exoneree("E"),), "remise_globale": Decimal("33.33")},
    "remise et retour": {
        "lignes": (ligne(), ligne(quantite=Decimal(-1), taux_tva=Decimal("5.5"))),
        "remise_globale": Decimal("10"),
    },
    "remise sur rien": {"lignes": (ligne(quantite=Decimal(0)),), "remise_globale": Decimal("1.20")},
    "remise de ligne": {"lignes": (ligne(remise=Decimal("12.345678")),)},
    "charge de ligne": {"lignes": (ligne(remise=Decimal("-12.30")),)},
    "quantité nulle": {"lignes": (ligne(quantite=Decimal(0)),)},
    "prix négatif": {"lignes": (ligne(prix_unitaire=Decimal("-10")), ligne())},
    "devise": {"devise": "DZD"},
    "A9": {"cadre": "A9", "valideur": PartieAEcrire("00096585500018", "Titulaire")},
    "A12": {"cadre": "A12", "valideur": PartieAEcrire("00096585500018", "Mandataire")},
    "fournisseur belge": {"fournisseur": BELGE},
    "fournisseur suisse": {"fournisseur": replace(BELGE, siret="CHATELIER", pays="CH", type_identifiant="HORS_UE")},
    "RIDET": {"fournisseur": replace(BELGE, siret="123456789", pays="NC", type_identifiant="RIDET")},
    "particulier": {"fournisseur": replace(BELGE, siret="0612345678DUPONT", pays="FR", type_identifiant="PARTICULIER")},
    "charge déclarée": {
        "ajustements_declares": (AjustementAEcrire("S", Decimal(20), Decimal("4.20"), "Port", charge=True),)
    },
    "TVA au centime près": {"montants_tva": ((Decimal(20), Decimal("694.81")),)},
    "contrôles dans le texte": {"commentaire": "Avant\x0baprès\ufffe & <fin>", "nom_service": "Achats & marchés"},
}


def variante(nom: str) -> FactureAEcrire:
    return replace(facture_exemple(), **VARIANTES[nom])  # type: ignore[arg-type]


def verdicts(xml: bytes) -> tuple[object, ...]:
    controle = controler(xml, aujourd_hui=JOUR)
    return controle.erreurs_xsd, controle.erreurs_en16931, controle.chorus


@pytest.mark.parametrize("ecrire", [ecrire_cii, ecrire_ubl])
@pytest.mark.parametrize("nom", list(VARIANTES))
def test_chaque_sorte_de_facture_est_valide(nom: str, ecrire: object) -> None:
    assert verdicts(ecrire(variante(nom))) == ((), (), ())  # type: ignore[operator]


def relue(facture: FactureAEcrire, xml: bytes) -> None:
    lue = lire(xml)
    attendus = {
        "numero": facture.numero,
        "type_facture": "AVOIR" if facture.est_avoir else "FACTURE",
        "date_facture": facture.date_facture,
        "cadre": facture.cadre,
        "devise": facture.devise,
        "code_service": facture.code_service,
        "nom_service": facture.nom_service,
        "numero_engagement": facture.numero_engagement,
        "numero_marche": facture.numero_marche,
        "facture_origine": facture.facture_origine,
        "code_paiement": facture.code_paiement,
        "iban": facture.iban,
        "date_echeance": facture.echeance,
        "conditions_paiement": facture.conditions,
        "montant_ht": facture.montant_ht,
        "montant_tva": facture.montant_tva,
        "montant_ttc": facture.montant_ttc,
        "montant_a_payer": facture.montant_a_payer,
        "anomalies": (),
    }
    assert {nom: getattr(lue, nom) for nom in attendus} == attendus
    assert lue.fournisseur.identifiant == facture.fournisseur.siret
    assert lue.fournisseur.type_identifiant == facture.fournisseur.type_identifiant
    assert [
        (li.designation, li.reference, li.quantite, li.prix_unitaire, li.montant_ht, li.unite) for li in lue.lignes
    ] == [
        (li.designation, li.reference, li.quantite_ecrite, li.prix_ecrit, li.montant_ht, li.unite)
        for li in facture.lignes
    ]
    assert [(t.categorie, t.taux or 0, t.base, t.montant) for t in lue.lignes_tva] == [
        (t.categorie, t.taux, t.base, t.montant) for t in facture.lignes_tva
    ]
    assert [(r.charge, r.montant, r.motif) for r in lue.remises] == [
        (a.charge, a.montant, a.motif) for a in facture.ajustements
    ]


@pytest.mark.parametrize("ecrire", [ecrire_cii, ecrire_ubl])
@pytest.mark.parametrize("nom", [nom for nom in VARIANTES if nom != "contrôles dans le texte"])
def test_ce_qui_est_ecrit_se_relit(nom: str, ecrire: object) -> None:
    relue(variante(nom), ecrire(variante(nom)))  # type: ignore[operator]


def test_le_valideur_demande_le_profil_qui_sait_le_porter() -> None:
    lue = lire(ecrire_cii(variante("A9")))
    assert (lue.profil, lue.valideur.nom if lue.valideur else "") == ("EXTENDED", "Titulaire")
    assert lire(ecrire_cii(variante("nominale"))).profil == "EN 16931"
    lue = lire(ecrire_ubl(variante("A9")))
    assert (lue.cadre, lue.valideur.identifiant if lue.valideur else "") == ("A9", "00096585500018")
    assert lire(ecrire_ubl(variante("nominale"))).valideur is None


def test_un_avoir_ubl_est_un_creditnote() -> None:
    assert b"<CreditNote " in ecrire_ubl(variante("avoir"))
    assert lire(ecrire_ubl(variante("avoir"))).type_facture == "AVOIR"


def test_les_caracteres_interdits_sont_laisses_de_cote() -> None:
    assert lire(ecrire_cii(variante("contrôles dans le texte"))).commentaire == "Avantaprès & <fin>"


montants = st.decimals("-500", "5000", places=2)
lignes = st.builds(
    LigneAEcrire,
    designation=st.text("abcéÀ&<'\" ", min_size=1, max_size=20).filter(str.strip).map(str.strip),
    quantite=st.decimals("-20", "500", places=4),
    prix_unitaire=st.decimals("-50", "900", places=6),
    taux_tva=st.sampled_from(TAUX),
    remise=st.just(Decimal(0)) | st.decimals("0", "50", places=2),
)
sans_tva = st.sampled_from(["E", "AE", "O", "Z"]).flatmap(
    lambda categorie: st.lists(
        lignes.map(lambda li: replace(li, taux_tva=Decimal(0), categorie_tva=categorie)), min_size=1, max_size=4
    )
)
factures = st.builds(
    lambda contenu, part, **champs: replace(_remisee(contenu, part), **champs),
    contenu=st.lists(lignes, min_size=1, max_size=6) | sans_tva,
    part=st.just(Decimal(0)) | st.decimals("0", "0.6", places=3),
    type_document=st.sampled_from(["380", "381"]),
    devise=st.sampled_from(["EUR", "DZD", "XPF"]),
    cadre=st.sampled_from(["A1", "A2", "A12"]),
    sur_encaissement=st.booleans(),
)


def _remisee(contenu: list[LigneAEcrire], part: Decimal) -> FactureAEcrire:
    facture = replace(facture_exemple(), lignes=tuple(contenu))
    return replace(facture, remise_globale=(max(facture.montant_ttc, Decimal(0)) * part).quantize(Decimal("0.01")))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(factures)
def test_toute_facture_ecrite_est_valide_et_se_relit(facture: FactureAEcrire) -> None:
    for ecrire in (ecrire_cii, ecrire_ubl):
        xml = ecrire(facture)
        assert verdicts(xml) == ((), (), ())
        relue(facture, xml)


recapitulatifs = st.lists(
    st.builds(
        lambda taux, base: TvaAEcrire("S", taux, base, (base * taux / 100).quantize(Decimal("0.01"))),
        st.sampled_from(TAUX),
        montants,
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(recapitulatifs, st.decimals("0", "900", places=2))
def test_la_remise_globale_ne_deplace_aucun_total(recapitulatif: list[TvaAEcrire], remise: Decimal) -> None:
    """TTC less the discount to the cent; VAT of a rate within one cent of base × rate (G1.53)."""
    apres = repartir_remise(recapitulatif, remise)
    assert sum(t.ttc for t in apres) == sum(t.ttc for t in recapitulatif) - remise
    for avant, tva in zip(recapitulatif, apres, strict=True):
        assert abs(tva.montant - tva.base * tva.taux / 100) <= Decimal("0.01")
        assert tva.base <= avant.base + Decimal("0.01")


@settings(max_examples=200, deadline=None)
@given(recapitulatifs, st.decimals("0.01", "900", places=2))
def test_la_remise_globale_se_retrouve_dans_ses_parts(recapitulatif: list[TvaAEcrire], remise: Decimal) -> None:
    """Of its shares HT, the very récapitulatif that it was taken from; of anything else, nothing."""
    sans_doublon = {t.taux: t for t in recapitulatif}.values()
    avant = [replace(t, montant=arrondir(t.base * t.taux / 100)) for t in sans_doublon]
    apres = repartir_remise(avant, remise)
    parts = [
        AjustementAEcrire(a.categorie, a.taux, abs(a.base - b.base), charge=a.base < b.base)
        for a, b in zip(avant, apres, strict=True)
    ]
    assert retrouver_remise(apres, parts) == (tuple(avant), remise)
    assert retrouver_remise(apres, [*parts, AjustementAEcrire("S", Decimal(99), Decimal(1))]) is None
    assert retrouver_remise(avant, []) is None
