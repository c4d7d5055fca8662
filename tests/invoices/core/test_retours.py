"""What the issuer does of an invoice that came back (factures.md §7; A05, A12, A13)."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError

from invoices import lifecycle, queries_espaces, queries_retours
from invoices.enums import Acteur, Action, Cadre, Espace, Motif, Statut
from invoices.models import ActionUtilisateur, DestinatairePrecedent, EvenementComplementaire, Facture, HistoriqueStatut
from invoices.services import brouillons, retours
from invoices.services.deposer import DepotRefuse
from invoices.services.transitions import Auteur, Depassee, TransitionRefusee
from sandbox.cohorts.enums import Regime
from structures.enums import Role
from structures.queries import droits
from tests import factories

pytestmark = pytest.mark.django_db
S = Statut


@pytest.fixture
def departement(cohort):
    return factories.publique(cohort, factories.DEPARTEMENT)


@pytest.fixture
def facture(monde, structure, mandat, departement, compte):
    """Exercise 5's: sent to the wrong service, without engagement."""

    def faire(statut=S.A_RECYCLER, **champs):
        faite = factories.facture(
            structure,
            departement,
            statut=statut,
            compte=compte,
            **({"numero": "ARB-2026-104", "code_service": "DOR-COLLEGES", "date_facture": date(2026, 12, 1)} | champs),
        )
        faite.cohort = monde
        return faite

    return faire


@pytest.fixture
def auteur(compte):
    return Auteur(nom=str(compte), compte=compte)


def recycler(facture, auteur, **champs):
    reroutage = retours.Reroutage(
        **(
            {
                "destinataire_id": facture.destinataire_id,
                "code_service": "DOR-ROUTES",
                "numero_engagement": "DOR-26-0457",
                "vu": "A_RECYCLER",
            }
            | champs
        )
    )
    return retours.recycler(facture.pk, reroutage, auteur=auteur, droits=droits(auteur.compte))


def test_recycler_garde_le_numero_et_change_le_service(facture, auteur):
    """A13."""
    avant = facture()
    ligne = recycler(avant, auteur, commentaire="Service corrigé.")
    apres = Facture.objects.get()
    assert (ligne.transition, apres.statut, apres.numero) == ("T29", S.DEPOSEE, "ARB-2026-104")
    assert (apres.code_service, apres.service.code) == ("DOR-ROUTES", "DOR-ROUTES")
    assert (apres.numero_engagement, apres.commentaire) == ("DOR-26-0457", "Service corrigé.")
    assert (apres.montant_ttc, apres.recyclages, apres.telechargee) == (avant.montant_ttc, 1, False)
    assert EvenementComplementaire.objects.get().libelle.startswith("Recyclage n° 1 : ")


def test_l_ancien_destinataire_garde_ce_qu_il_a_lu(facture, auteur, cohort, departement):
    valmoran = factories.publique(cohort)
    avant = facture(numero_engagement="VIEUX", commentaire="Pour les collèges")
    ligne = recycler(avant, auteur, destinataire_id=valmoran.pk, code_service="", numero_engagement="")
    trace = DestinatairePrecedent.objects.get()
    assert (trace.structure, trace.code_service, trace.numero_engagement) == (departement, "DOR-COLLEGES", "VIEUX")
    assert (trace.commentaire, trace.recyclage) == ("Pour les collèges", ligne)
    assert Facture.objects.get().destinataire == valmoran


def test_changer_le_seul_engagement_ne_fait_quitter_personne(facture, auteur):
    recycler(facture(code_service="DOR-ROUTES"), auteur)
    assert not DestinatairePrecedent.objects.exists()
    assert Facture.objects.get().recyclages == 1


def test_deux_boucles_se_comptent(facture, auteur, monde):
    avant = facture()
    recycler(avant, auteur)
    Facture.objects.update(statut=S.A_RECYCLER)
    recycler(Facture.objects.get(), auteur, code_service="DOR-COLLEGES", numero_engagement="")
    assert Facture.objects.get().recyclages == 2
    assert [t.code_service for t in DestinatairePrecedent.objects.all()] == ["DOR-COLLEGES", "DOR-ROUTES"]


@pytest.mark.parametrize(
    ("champs", "codes"),
    [
        ({"numero_engagement": ""}, ["SBX_002"]),
        ({"code_service": ""}, ["SBX_001"]),
        ({"code_service": "INCONNU"}, ["SBX_005"]),
        ({"destinataire_id": None}, ["SBX_004"]),
        ({"commentaire": "x" * 2001}, ["SBX_013"]),
    ],
)
def test_les_regles_parlent_des_quatre_champs(facture, auteur, champs, codes):
    avant = facture()
    with pytest.raises(DepotRefuse) as refus:
        recycler(avant, auteur, **champs)
    assert [m.code for m in refus.value.manquements] == codes
    assert {m.champ for m in refus.value.manquements} <= set(retours.CHAMPS_DU_RECYCLAGE)
    assert Facture.objects.get().statut == S.A_RECYCLER


def test_une_facture_partie_ne_se_recycle_plus(facture, auteur):
    """The second of two clicks, or a page left open."""
    avant = facture()
    recycler(avant, auteur)
    with pytest.raises(Depassee, match="ARB-2026-104 a changé entre-temps"):
        recycler(avant, auteur, code_service="")
    with pytest.raises(TransitionRefusee):
        recycler(avant, auteur, vu="")
    assert Facture.objects.get().recyclages == 1


def test_une_a9_recyclee_n_est_pas_validee_a_nouveau(facture, auteur, cohort):
    titulaire = factories.structure(cohort, 2)
    avant = facture(cadre=Cadre.A9, valideur=titulaire)
    recycler(avant, auteur)
    apres = Facture.objects.get()
    apres.cohort = cohort
    attendues = [row.action for row in lifecycle.available(apres.situation(), Acteur.PLATEFORME)]
    assert attendues == [Action.ACHEMINER]


def piece(nom="BL-109-signe.pdf", contenu=b"%PDF-1.7 bon"):
    return brouillons.Piece(nom=nom, contenu=contenu, type="BON_LIVRAISON", designation="BL signé")


def completer(facture, auteur, *pieces, commentaire=None, vu="SUSPENDUE"):
    complement = retours.Complement(pieces=pieces, commentaire=commentaire, vu=vu)
    return retours.completer(facture.pk, complement, auteur=auteur)


def test_completer_par_une_piece(facture, auteur, departement, cohort):
    """A12: the recipient finds it among what waits for him."""
    avant = facture(S.SUSPENDUE)
    ligne = completer(avant, auteur, piece())
    apres = Facture.objects.get()
    jointe = apres.pieces.get()
    assert (ligne.transition, apres.statut) == ("T28", S.COMPLETEE)
    assert (jointe.nom, jointe.type, jointe.ajoutee_par) == ("BL-109-signe.pdf", "BON_LIVRAISON", auteur.compte)
    assert EvenementComplementaire.objects.get().libelle == "Complément : 1 pièce jointe ajoutée"
    agent = factories.compte(cohort, 2)
    factories.rattachement(agent, departement, role=Role.UTILISATEUR)
    assert apres in queries_espaces.visibles(droits(agent), Espace.RECUES)


def test_completer_par_deux_pieces_garde_les_premieres(facture, auteur):
    avant = facture(S.SUSPENDUE)
    completer(avant, auteur, piece())
    Facture.objects.update(statut=S.SUSPENDUE)
    completer(avant, auteur, piece("a.pdf", b"%PDF-1.7 a"), piece("b.pdf", b"%PDF-1.7 b"))
    assert {p.nom for p in Facture.objects.get().pieces.all()} == {"BL-109-signe.pdf", "a.pdf", "b.pdf"}
    assert EvenementComplementaire.objects.filter(libelle="Complément : 2 pièces jointes ajoutées").exists()


def test_completer_par_le_seul_commentaire(facture, auteur):
    completer(facture(S.SUSPENDUE), auteur, commentaire="Le bon de livraison est le n° 109.")
    assert Facture.objects.get().commentaire == "Le bon de livraison est le n° 109."


@pytest.mark.parametrize("commentaire", [None, "Avant", " Avant "])
def test_completer_sans_rien_changer(facture, auteur, commentaire):
    avant = facture(S.SUSPENDUE, commentaire="Avant")
    with pytest.raises(DepotRefuse, match="rien n'a changé"):
        completer(avant, auteur, commentaire=commentaire)
    assert Facture.objects.get().statut == S.SUSPENDUE


def test_completer_refuse_une_mauvaise_piece_et_un_long_commentaire(facture, auteur):
    avant = facture(S.SUSPENDUE)
    with pytest.raises(DepotRefuse) as refus:
        completer(avant, auteur, piece("facture.exe"))
    assert refus.value.manquements[0].code == "SBX_040"
    with pytest.raises(DepotRefuse, match="2000 caractères"):
        completer(avant, auteur, commentaire="x" * 2001)
    assert not Facture.objects.get().pieces.exists()


def test_completer_une_facture_qui_n_est_plus_suspendue(facture, auteur):
    avant = facture(S.SUSPENDUE)
    completer(avant, auteur, piece())
    with pytest.raises(Depassee):
        completer(avant, auteur, piece("b.pdf"))
    with pytest.raises(TransitionRefusee, match="« Suspendue »"):
        completer(avant, auteur, piece("b.pdf"), vu="")
    assert Facture.objects.get().pieces.count() == 1


def test_acquitter_une_fois_et_ne_rien_changer(facture, compte):
    rejetee, suspendue = facture(S.REJETEE), facture(S.SUSPENDUE, numero="F-2")
    deposee = facture(S.DEPOSEE, numero="F-3")
    assert retours.acquitter([rejetee, suspendue, deposee], compte=compte) == 2
    assert retours.acquitter([rejetee, suspendue], compte=compte) == 0
    assert sorted(ActionUtilisateur.objects.values_list("code", flat=True)) == [
        "ACQUITTEMENT_REJET",
        "ACQUITTEMENT_SUSPENSION",
    ]
    rejetee.refresh_from_db()
    assert (rejetee.statut, rejetee.rejet_traite) == (S.REJETEE, False)


def test_traiter_les_rejets(facture, compte, monde):
    rejetee, refusee = facture(S.REJETEE), facture(S.REFUSEE_1, numero="F-2", cadre=Cadre.A12)
    transmise = facture(S.REFUSEE_1, numero="F-3", cadre=Cadre.A9)
    suspendue = facture(S.SUSPENDUE, numero="F-4")
    monde.regime = Regime.REFORME_2026
    assert retours.traiter_rejets([rejetee, refusee, transmise, suspendue], compte=compte) == 2
    assert retours.traiter_rejets([rejetee, refusee], compte=compte) == 0
    assert set(Facture.objects.filter(rejet_traite=True)) == {rejetee, refusee}
    assert ActionUtilisateur.objects.filter(code="TRAITEMENT_REJET").count() == 2


def test_ce_qui_reste_a_acquitter(facture, compte, structure, cohort, departement):
    autre = factories.structure(cohort, 2)
    factories.facture(autre, departement, statut=S.REJETEE, numero="AUTRE")
    rejetee, suspendue = facture(S.REJETEE), facture(S.SUSPENDUE, numero="F-2")
    facture(S.REJETEE, numero="F-3", rejet_traite=True)
    HistoriqueStatut.objects.filter(facture=suspendue, statut=S.SUSPENDUE).update(
        motif=Motif.JUSTIF_ABS, commentaire="Bon de livraison absent."
    )
    attendues = queries_retours.a_acquitter(droits(compte))
    assert [(f.numero, f.dernier_motif, f.dernier_commentaire) for f in attendues.order_by("pk")] == [
        ("ARB-2026-104", "", ""),
        ("F-2", "JUSTIF_ABS", "Bon de livraison absent."),
    ]
    retours.acquitter([rejetee], compte=compte)
    assert [f.numero for f in queries_retours.a_acquitter(droits(compte))] == ["F-2"]
    assert queries_retours.est_acquittee(rejetee)
    assert not queries_retours.est_acquittee(suspendue)


def test_une_nouvelle_suspension_est_a_acquitter_a_nouveau(facture, compte, auteur):
    suspendue = facture(S.SUSPENDUE)
    retours.acquitter([suspendue], compte=compte)
    Facture.objects.update(statut_depuis=suspendue.statut_depuis + timedelta(days=400))
    assert queries_retours.a_acquitter(droits(compte)).count() == 1


def test_obligatoire_apres_sept_jours(facture, compte, cohort):
    """A19, in simulated days."""
    from sandbox import clock

    rejetee = facture(S.REJETEE)
    for ecart, attendu in ((timedelta(days=7, seconds=-1), 0), (timedelta(days=7), 1)):
        Facture.objects.filter(pk=rejetee.pk).update(statut_depuis=clock.now() - ecart)
        assert queries_retours.en_retard(queries_retours.a_acquitter(droits(compte))).count() == attendu


@pytest.mark.parametrize(
    ("statut", "cadre", "motif", "attendu"),
    [
        (S.REJETEE, Cadre.A1, Motif.MONTANT_ERR, True),
        (S.REJETEE, Cadre.A1, Motif.DOUBLE_FACT, False),
        (S.REFUSEE_1, Cadre.A12, Motif.AUT_MOTIF_ERR_VALIDEUR, True),
        (S.SUSPENDUE, Cadre.A1, Motif.JUSTIF_ABS, False),
    ],
)
def test_ce_qui_se_remplace(facture, statut, cadre, motif, attendu):
    faite = facture(statut, cadre=cadre)
    HistoriqueStatut.objects.filter(facture=faite, statut=statut).update(motif=motif)
    assert retours.remplacable(faite) is attendu


def test_une_rejetee_sans_histoire_se_remplace(facture):
    faite = facture(S.REJETEE)
    HistoriqueStatut.objects.all().delete()
    assert retours.remplacable(faite)


def test_dupliquer_sans_numero_ni_date_ni_piece(facture, compte, cohort, auteur):
    rejetee = facture(S.REJETEE, code_service="DOR-ROUTES", numero_engagement="DOR-26-0457")
    brouillons.joindre_a(rejetee, [piece()])
    neuve = retours.dupliquer(rejetee, cohort=cohort, compte=compte, cle="clic")
    assert retours.dupliquer(rejetee, cohort=cohort, compte=compte, cle="clic") == neuve
    neuve.refresh_from_db()
    assert (neuve.statut, neuve.numero, neuve.date_facture, neuve.annee) == (S.BROUILLON, "", None, None)
    assert (neuve.destinataire, neuve.code_service, neuve.montant_ttc) == (
        rejetee.destinataire,
        "DOR-ROUTES",
        rejetee.montant_ttc,
    )
    assert [ligne.denomination for ligne in neuve.lignes.all()] == ["Fenêtre 1"]
    assert neuve.lignes_tva.count() == 1
    assert not neuve.pieces.exists()
    assert rejetee.lignes.count() == 1
    assert Facture.objects.count() == 2


def test_dupliquer_au_meme_instant_ne_fait_qu_un_brouillon(facture, compte, cohort, monkeypatch):
    rejetee = facture(S.REJETEE)
    premier = retours.dupliquer(rejetee, cohort=cohort, compte=compte, cle="clic")
    vus = iter([None, premier])
    monkeypatch.setattr(brouillons, "du_formulaire", lambda cle: next(vus))
    assert retours.dupliquer(rejetee, cohort=cohort, compte=compte, cle="clic") == premier
    monkeypatch.setattr(brouillons, "du_formulaire", lambda cle: None)
    with pytest.raises(IntegrityError):
        retours.dupliquer(rejetee, cohort=cohort, compte=compte, cle="clic")


def test_dupliquer_une_double_facturation_est_refuse(facture, compte, cohort):
    faite = facture(S.REJETEE)
    HistoriqueStatut.objects.filter(statut=S.REJETEE).update(motif=Motif.DOUBLE_FACT)
    with pytest.raises(TransitionRefusee):
        retours.dupliquer(faite, cohort=cohort, compte=compte, cle="")


def test_la_cle_n_ouvre_pas_le_brouillon_d_un_autre(facture, cohort, compte):
    """Keys are unique in a session: an empty one never finds the first draft made without a key."""
    rejetee = facture(S.REJETEE)
    un = retours.dupliquer(rejetee, cohort=cohort, compte=compte, cle="")
    assert retours.dupliquer(rejetee, cohort=cohort, compte=compte, cle="") != un
