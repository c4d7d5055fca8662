"""Orders, matching, mistakes: the pure functions (formation.md SIM-2, SIM-3)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formation.services import packs
from formation.services.distribution import Distribution
from invoices.enums import Cadre, Statut, TypeFacture
from invoices.robots import attentes, reactions, textes
from invoices.robots.attentes import Autre, LigneVue, Piece, Vue
from sandbox.cohorts.models import Cohort

ANCRAGE = date(2026, 12, 7)


def _attendus(pack="novices-7h"):
    """The orders of seat 1, as its session holds them."""
    distribution = Distribution(Cohort())
    for commande in packs.lire(pack).commandes:
        distribution.commande(commande, 1)
    return {c.cle: attentes.lire(c.cle, c.contenu, ancrage=ANCRAGE) for c in distribution.commandes}


TOUS = _attendus()
DU_POSTE = [a for cle, a in TOUS.items() if "voltaigne" not in cle and "ostreval" not in cle]
JUSTES = [a for a in DU_POSTE if a.cadre in Cadre.values]


def vue(attendu, **champs):
    """The right deposit for this order."""
    bases = {}
    for ligne in attendu.lignes:
        bases[ligne.taux] = bases.get(ligne.taux, D(0)) + ligne.ht
    pieces = tuple(Piece(nom=(p.noms or ("bl",))[0] + ".pdf") for p in attendu.pieces)
    return replace(
        Vue(
            numero="X-1",
            cadre=attendu.cadre,
            client=attendu.client,
            ht=attendu.ht,
            tva=attendu.tva,
            ttc=attendu.ttc,
            service=attendu.service,
            engagement=next(iter(attendu.engagements), ""),
            marche=attendu.marche,
            date_facture=ANCRAGE,
            valideur=attendu.valideur,
            lignes=attendu.lignes,
            taux=bases,
            pieces=pieces,
        ),
        **champs,
    )


def constater(vu, autres=()):
    return reactions.constater(vu, attentes.rapprocher(vu, DU_POSTE), DU_POSTE, list(autres))


def test_les_commandes_du_pack_ont_les_montants_des_exercices():
    """exercices.md, EX3 to EX9, 12, 14."""
    assert {a.exercice: (a.ht, a.ttc) for a in TOUS.values() if a.cle.count("-") == 1} == {
        "EX3": (D("3474.00"), D("4168.80")),
        "EX4": (D("2845.00"), D("3392.54")),
        "EX5": (D("1280.00"), D("1536.00")),
        "EX6": (D("2150.00"), D("2580.00")),
        "EX7": (D("800.00"), D("960.00")),
        "EX8": (D("7450.00"), D("7450.00")),
        "EX9": (D("3120.00"), D("3744.00")),
        "EX10": (D("21109.25"), D("25331.10")),
        "EX12": (D("5200.00"), D("6240.00")),
        "EX14": (D("1500.00"), D("1800.00")),
    }


def test_les_documents_des_exercices_facturent_ce_qui_est_commande():
    """exercices.toml and commandes.toml say the same amounts, line for line."""
    decrits = packs.lire("novices-7h").exercices.get("lignes", {})
    connues = {tuple((D(x.quantite), D(x.prix), D(x.taux)) for x in a.lignes) for a in TOUS.values()}
    for nom in ("fenetres", "portes", "reparations", "tablettes_109", "tablettes_livrees", "colleges", "groupement"):
        if nom in decrits:
            lignes = tuple((D(q), D(prix), D(taux)) for _, q, _, prix, taux in decrits[nom])
            assert lignes in connues, nom


@pytest.mark.parametrize("attendu", JUSTES, ids=lambda a: a.cle)
def test_un_depot_juste_est_reconnu_et_n_a_pas_d_ecart(attendu):
    vu = vue(attendu)
    assert attentes.rapprocher(vu, DU_POSTE) is attendu
    assert constater(vu) is None
    assert reactions.valider(vu, attendu, [], siret=attendu.valideur) is None


def test_mille_depots_justes_zero_rejet():
    """SIM-3: a thousand right deposits of a ``bon_payeur``, none reproached, whatever surrounds them."""
    deja = [
        Autre(numero=f"D-{n}", client=a.client, ht=a.ht + n, ttc=a.ttc + n, avant=True, vivante=True)
        for n, a in enumerate(JUSTES, 1)
    ]
    assert [ecart for n in range(1000) if (ecart := constater(_juste(n), deja))] == []


def _juste(n):
    """Right, in one of the ways that a trainee may write it."""
    attendu = JUSTES[n % len(JUSTES)]
    vu = vue(attendu, numero=f"F-{n}")
    if n % 5 == 1:
        vu = replace(vu, lignes=())
    if n % 5 == 2:
        vu = replace(vu, engagement=vu.engagement.lower().replace("-", " "), service=vu.service.lower())
    if n % 5 == 3:
        vu = replace(vu, lignes=tuple(reversed(vu.lignes)))
    if n % 5 == 4:
        vu = replace(vu, marche="")
    return vu


LIGNES = st.builds(
    LigneVue,
    denomination=st.text(max_size=20),
    quantite=st.decimals("0.01", "999", places=2),
    prix=st.decimals("0.01", "9999", places=2),
    taux=st.sampled_from([D(20), D(10), D("5.5"), D(0)]),
)


@given(
    lignes=st.lists(LIGNES, min_size=1, max_size=5).map(tuple),
    client=st.sampled_from(sorted({a.client for a in DU_POSTE})),
    service=st.sampled_from(["", "CHM-TECH", "DOR-ROUTES", "AUTRE"]),
    engagement=st.one_of(st.just(""), st.text(alphabet="ABCDEFXYZ", min_size=1, max_size=12)),
    montants=st.sampled_from([(D(800), D(960)), (D(1500), D(1800)), (D(100), D(120))]),
)
def test_un_depot_inconnu_n_est_jamais_reproche(lignes, client, service, engagement, montants):
    """Free deposits, round amounts of the exercises included: without strong evidence nobody reacts."""
    quelconque = Vue(
        numero="LIBRE-1",
        cadre=Cadre.A1,
        client=client,
        ht=sum((x.ht for x in lignes), D(0)),
        tva=D(1),
        ttc=montants[1],
        service=service,
        engagement=engagement,
        date_facture=ANCRAGE,
        lignes=lignes,
    )
    assert constater(quelconque) is None
    ronde = replace(quelconque, ht=montants[0], client="00020008900019")
    assert constater(ronde) is None


def test_deux_commandes_aussi_probables_n_en_designent_aucune():
    ex3 = TOUS["ex3-01"]
    jumelle = replace(ex3, cle="jumelle")
    assert attentes.rapprocher(vue(ex3), [ex3, jumelle]) is None
    assert attentes.rapprocher(vue(ex3), []) is None


def test_le_contenu_l_emporte_sur_une_reference_d_une_autre_commande():
    """EX9, « Marché M-2026-031 saisi »."""
    ex9 = TOUS["ex9-01"]
    assert attentes.rapprocher(vue(ex9, marche="M-2026-031"), DU_POSTE) is ex9


def _ligne(nom, quantite, prix, taux="20"):
    return LigneVue(denomination=nom, quantite=D(quantite), prix=D(prix), taux=D(taux))


def test_les_lignes_s_apparient_par_nom_puis_par_prix():
    fenetre, pose, divers = _ligne("Fenêtre", 6, "400"), _ligne("Pose", 2, "50"), _ligne("Divers", 1, "9")
    facturees = [_ligne("POSE", 3, "55"), _ligne("Ouvrage", 6, "400"), _ligne("Reste", 1, "8")]
    paires = {f.denomination: c for f, c in attentes.apparier(facturees, [fenetre, pose, divers])}
    assert paires == {"POSE": pose, "Ouvrage": fenetre, "Reste": divers}
    assert attentes.apparier([_ligne("A", 1, "1"), _ligne("B", 1, "2")], [divers])[1][1] is None


def test_le_meme_total_autrement_detaille_est_juste():
    ex3 = TOUS["ex3-01"]
    vu = vue(ex3, lignes=(_ligne("Fenêtres posées", 1, "3474.00"),))
    assert constater(vu) is None


def test_une_ligne_de_moins_se_dit_en_total():
    ex3 = TOUS["ex3-01"]
    ecart = constater(vue(ex3, lignes=ex3.lignes[:2], ht=D("3339.00"), tva=D("667.80"), ttc=D("4006.80")))
    assert ecart.texte.startswith("Montant HT facturé : 3\u202f339,00 €")


@pytest.mark.parametrize(
    ("taux", "tva", "debut"),
    [
        ({D(20): D(2845)}, "569.00", "Taux de TVA du manuel imprimé erroné (5,5 %). Facturé : 20 %."),
        ({D(20): D(2000), D("5.5"): D(845)}, "446.48", "TVA facturée : 446,48 € ; TVA attendue : 547,54 €."),
        ({}, "500.00", "TVA facturée : 500,00 €"),
    ],
)
def test_la_tva_d_un_pdf_sans_ligne(taux, tva, debut):
    ex4 = TOUS["ex4-01"]
    ecart = constater(vue(ex4, lignes=(), taux=taux, tva=D(tva), ttc=ex4.ht + D(tva)))
    assert (ecart.regle, ecart.motif) == ("ERR-09", "TX_TVA_ERR")
    assert ecart.texte.startswith(debut)


def test_le_client_d_un_sous_traitant_voit_aussi_la_tva():
    ex8 = TOUS["ex8-01"]
    assert constater(vue(ex8, tva=D(1490), ttc=D(8940))).regle == "ERR-09"


def test_sans_date_ou_sans_debut_rien_n_est_trop_tot():
    ex3 = TOUS["ex3-01"]
    assert constater(vue(ex3, date_facture=None)) is None
    assert reactions.constater(vue(TOUS["ex10-01"], cadre=TOUS["ex10-01"].cadre), TOUS["ex10-01"], [], []) is None


def test_un_avoir_sans_origine():
    ecart = constater(vue(TOUS["ex3-01"], type_facture=TypeFacture.AVOIR))
    assert ecart.texte == "Facture d'origine inconnue de nos services : « aucune »."


@pytest.mark.parametrize(
    ("nom", "convient"),
    [("BL-109-signe.pdf", True), ("bl_109.PDF", True), ("BL-119.pdf", False), ("bon de livraison 109.pdf", True)],
)
def test_les_noms_de_pieces_se_lisent_sans_accent_ni_tiret(nom, convient):
    bon = TOUS["ex6-01"].pieces[0]
    assert bon.fournie([Piece(nom=nom)]) is convient
    assert bon.fournie([Piece(nom="scan.pdf", designation=nom)]) is convient


def test_les_pieces_se_reclament_une_fois():
    ex6 = TOUS["ex6-01"]
    sans = vue(ex6, pieces=())
    assert constater(sans).statut == Statut.SUSPENDUE
    apres = constater(replace(sans, suspensions=1))
    assert (apres.statut, apres.motif, apres.apres_completion) == (Statut.REJETEE, "AUTRE", True)
    assert reactions.relancer(vue(ex6), ex6, limite="") == ""


# --- words


def test_aucun_texte_ordinaire_ne_deborde():
    for nom, texte in textes.TEXTES.items():
        assert textes.jetons(texte) <= textes.JETONS, nom
        assert len(texte) < 200, nom


@pytest.mark.parametrize(
    ("texte", "style", "attendu"),
    [
        ("Court.", "courtois", "Bonjour. Court. Merci de votre compréhension."),
        ("Court.", "inconnu", "Court."),
        ("Court.", "codifié", "EJ_ERR – Court."),
        ("x" * 240, "courtois", "Bonjour. " + "x" * 240),
        ("x" * 250, "courtois", "x" * 250),
        ("x" * 300, "laconique", "x" * 254 + "…"),
    ],
)
def test_la_politesse_cede_la_place(texte, style, attendu):
    assert textes.habiller(texte, style, motif="EJ_ERR", numero="F-1") == attendu


def test_enumerer_et_remplir():
    assert textes.enumerer(["Rib"]) == "Rib"
    assert textes.enumerer(["Bon", "Plan", "Rib"]) == "Bon, plan et rib"
    assert textes.remplir("{trouve} {reste}", trouve="a") == "a {reste}"
    assert (textes.nombre(D("12.00")), textes.nombre(D("100")), textes.taux(D("5.50"))) == ("12", "100", "5,5 %")
