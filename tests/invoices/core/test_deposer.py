"""« Valider et envoyer »: accepted, or refused with nothing written (factures.md §2.12, §2.15, §10.2)."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, transaction

from invoices import queries
from invoices.enums import Cadre, ModeDepot, Statut
from invoices.models import Facture, HistoriqueStatut, LigneTva
from invoices.services import deposer
from invoices.services.deposer import DejaEnvoyee, DepotRefuse
from invoices.services.transitions import TransitionRefusee
from sandbox.cohorts.models import Trace
from sandbox.events.models import DueEvent
from sandbox.mail.models import Message
from sandbox.snapshots.services import state_hash
from structures import queries as structures
from structures.models import CoordonneesBancaires, Mandat
from tests import factories


def envoyer(facture, compte):
    with compte.cohort.monde():
        return deposer.envoyer(facture.pk, compte=compte, droits=structures.droits(compte))


def refuser(facture, compte, *codes):
    """Sent, refused under these codes, and not one row has moved."""
    avant = state_hash(compte.cohort)
    with pytest.raises(DepotRefuse) as refus:
        envoyer(facture, compte)
    assert tuple(m.code for m in refus.value.manquements) == codes
    assert str(refus.value) == "; ".join(m.message for m in refus.value.manquements)
    assert state_hash(compte.cohort) == avant
    with compte.cohort.monde():
        assert Facture.objects.get(pk=facture.pk).statut == Statut.BROUILLON
    return refus.value.manquements


@pytest.fixture
def neuf(structure, compte, mandat):
    """Make another draft of seat 1."""
    return lambda destinataire, **champs: factories.brouillon(structure, destinataire, compte=compte, **champs)


# --- accepted


def test_envoyer_un_brouillon(brouillon, compte, cohort, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=False) as rappels:
        facture = envoyer(brouillon, compte)
    assert rappels
    with cohort.monde():
        facture.refresh_from_db()
        (ligne,) = HistoriqueStatut.objects.all()
        (event,) = DueEvent.objects.all()
        (message,) = Message.objects.all()
    assert (facture.statut, facture.date_depot) == (Statut.DEPOSEE, cohort.sim_reference)
    assert (facture.siren_fournisseur, facture.annee, facture.cree_par) == ("000101014", 2026, compte)
    assert (ligne.transition, ligne.acteur, ligne.auteur, ligne.compte) == ("T03", "FOURNISSEUR", str(compte), compte)
    assert (event.kind, event.cible, event.place, event.etat) == ("invoices.acheminer", facture.pk, 1, "prevu")
    assert event.reel_le is not None
    assert (message.type, message.place) == ("N1", 1)


def test_le_journal_apprend_le_depot(brouillon, compte, cohort, django_capture_on_commit_callbacks, monkeypatch):
    from invoices import tasks

    monkeypatch.setattr(tasks.produire_documents, "delay", lambda *a, **k: None)
    with django_capture_on_commit_callbacks(execute=True):
        envoyer(brouillon, compte)
    with cohort.monde():
        trace = Trace.objects.get(verbe="dépose la facture")
    assert (trace.objet, trace.place) == ("F-2026-001 → COMMUNE DE VALMORAN", 1)


def test_une_saisie_est_recalculee_par_le_portail(neuf, destinataire, compte, cohort):
    """Whatever the page sent: the amounts are those of the lines."""
    facture = neuf(
        destinataire,
        lignes=[("3", "33.335", "20"), ("2", "10.00", "5.5"), ("1", "0.005", "20")],
        montant_ht=D(1),
        montant_tva=D(2),
        montant_ttc=D(3),
        montant_a_payer=D("141.12"),
    )
    envoyee = envoyer(facture, compte)
    with cohort.monde():
        envoyee.refresh_from_db()
        recapitulatif = list(LigneTva.objects.filter(facture=envoyee).values_list("taux", "base", "montant"))
    assert recapitulatif == [(D("20.00"), D("100.02"), D("20.00")), (D("5.50"), D("20.00"), D("1.10"))]
    assert (envoyee.montant_ht, envoyee.montant_tva, envoyee.montant_ttc) == (D("120.02"), D("21.10"), D("141.12"))


def test_un_pdf_garde_les_montants_verifies_par_la_personne(neuf, destinataire, compte, mandat, cohort):
    with cohort.monde():
        Mandat.objects.all().delete()
    facture = neuf(destinataire, mode_depot=ModeDepot.DEPOT_PDF_PORTAIL, avec_lignes=False)
    assert envoyer(facture, compte).montant_ttc == D(120)


def test_le_meme_numero_l_annee_suivante(neuf, destinataire, compte, cohort):
    """A04."""
    envoyer(neuf(destinataire), compte)
    envoyer(neuf(destinataire, date_facture=date(2025, 12, 31)), compte)
    with cohort.monde():
        assert sorted(Facture.objects.values_list("annee", flat=True)) == [2025, 2026]


def test_deux_fournisseurs_ont_le_meme_numero(neuf, destinataire, compte, cohort):
    autre = factories.compte(cohort, 2)
    entreprise = factories.structure(cohort, 2)
    factories.rattachement(autre, entreprise)
    factories.mandat(entreprise)
    envoyer(neuf(destinataire), compte)
    envoyer(factories.brouillon(entreprise, destinataire, compte=autre), autre)


def test_un_brouillon_au_meme_numero_ne_gene_pas(neuf, destinataire, compte):
    neuf(destinataire)
    supprime = neuf(destinataire)
    with compte.cohort.monde():
        deposer.supprimer(supprime.pk, compte=compte)
    envoyer(neuf(destinataire), compte)


# --- refused: §10.2


def test_a01_service_obligatoire(neuf, compte, cohort):
    refuser(neuf(factories.publique(cohort, factories.DEPARTEMENT)), compte, "SBX_001")


def test_a02_engagement_de_l_etat(neuf, compte, cohort):
    etat = factories.publique(cohort, factories.ETAT)
    refuser(neuf(etat, code_service="FIC0DSD042"), compte, "SBX_002")
    inconnu = neuf(etat, code_service="FIC0DSD042", numero_engagement="9999")
    (manquement,) = refuser(inconnu, compte, "SBX_006")
    assert "« 9999 »" in manquement.message
    envoyer(neuf(etat, code_service="FIC0DSD042", numero_engagement="1512345678"), compte)


def test_a03_un_numero_sert_une_fois_par_siren_et_par_annee(neuf, destinataire, compte, cohort):
    envoyer(neuf(destinataire), compte)
    refuser(neuf(factories.publique(cohort, factories.MAIRIE_LENTE)), compte, "SBX_010")


def test_a05_une_facture_rejetee_garde_son_numero(neuf, destinataire, compte, cohort):
    facture = envoyer(neuf(destinataire), compte)
    with cohort.monde():
        Facture.objects.filter(pk=facture.pk).update(statut=Statut.REJETEE)
    refuser(neuf(destinataire), compte, "SBX_010")


@pytest.mark.parametrize(
    ("siret", "champs", "codes"),
    [
        (factories.HOPITAL, {}, ("SBX_001", "SBX_002")),
        (factories.HOPITAL, {"code_service": "CHM-TECH"}, ("SBX_002",)),
        (factories.BELLECOMBE, {}, ("SBX_002",)),
        (factories.LYCEE, {}, ("SBX_003",)),
        (factories.MOA, {}, ("SBX_062",)),
        (factories.INACTIVE, {}, ("SBX_004",)),
        (factories.VALMORAN, {"code_service": "FACTURES_PUBLIQUES"}, ("SBX_061",)),
        (factories.VALMORAN, {"cadre": Cadre.A2}, ("SBX_021",)),
        (factories.VALMORAN, {"numero": "F 1"}, ("SBX_011",)),
        (factories.VALMORAN, {"date_facture": date(2026, 12, 8)}, ("SBX_012",)),
        (factories.VALMORAN, {"montant_a_payer": D("210.00")}, ("SBX_026",)),
    ],
)
def test_chaque_destinataire_a_ses_exigences(neuf, compte, cohort, siret, champs, codes):
    refuser(neuf(factories.publique(cohort, siret), **champs), compte, *codes)


def test_sans_destinataire(neuf, compte):
    refuser(neuf(None), compte, "SBX_004")


def test_sans_mandat(brouillon, compte, mandat, cohort):
    with cohort.monde():
        Mandat.objects.update(actif=False)
    refuser(brouillon, compte, "SBX_060")


def test_sans_habilitation_le_fournisseur_n_est_pas_le_sien(brouillon, cohort):
    intrus = factories.compte(cohort, 2)
    refuser(brouillon, intrus, "SBX_013")


def test_le_compte_bancaire_d_un_autre(neuf, destinataire, compte, cohort, structure):
    etrangere = factories.structure(cohort, 2)
    with cohort.monde():
        mien, autre = (
            CoordonneesBancaires.objects.create(cohort=cohort, place=s.place, structure=s, nom="c", iban="FR76")
            for s in (structure, etrangere)
        )
        assert str(mien) == "c – FR76"
    refuser(neuf(destinataire, coordonnees_bancaires=autre), compte, "SBX_014")
    envoyer(neuf(destinataire, coordonnees_bancaires=mien), compte)


def test_un_pdf_aux_montants_faux(neuf, destinataire, compte):
    facture = neuf(destinataire, mode_depot=ModeDepot.DEPOT_PDF_PORTAIL, avec_lignes=False, montant_ttc=D("120.02"))
    refuser(facture, compte, "SBX_020")


# --- twice, at once, too late


def test_envoyer_deux_fois(brouillon, compte, cohort):
    envoyer(brouillon, compte)
    avant = state_hash(cohort)
    with pytest.raises(DejaEnvoyee, match="n'est plus un brouillon : elle est « Déposée »"):
        envoyer(brouillon, compte)
    assert state_hash(cohort) == avant


def test_envoyer_un_brouillon_supprime(brouillon, compte, cohort):
    with cohort.monde():
        deposer.supprimer(brouillon.pk, compte=compte)
        assert Facture.objects.get().statut == Statut.SUPPRIMEE
        with pytest.raises(DejaEnvoyee, match="« Supprimée »"):
            deposer.supprimer(brouillon.pk, compte=compte)
    with pytest.raises(DejaEnvoyee):
        envoyer(brouillon, compte)


def test_supprimer_une_facture_envoyee(facture_deposee, compte, cohort):
    with cohort.monde(), pytest.raises(DejaEnvoyee):
        deposer.supprimer(facture_deposee.pk, compte=compte)


def test_a_egalite_la_contrainte_tranche(neuf, destinataire, compte, monkeypatch):
    """Two sendings have both read that the number is free."""
    envoyer(neuf(destinataire), compte)
    monkeypatch.setattr(queries, "est_doublon", lambda *a: False)
    (manquement,) = refuser(neuf(destinataire), compte, "SBX_010")
    assert manquement.message.endswith("F-2026-001. Donnez à celle-ci le numéro suivant de votre série.")


def test_expedier_sans_fournisseur_ni_date(neuf, destinataire, compte, cohort):
    facture = neuf(destinataire, date_facture=None)
    with cohort.monde(), pytest.raises(DepotRefuse) as refus:
        deposer.expedier(facture, compte=compte)
    assert [m.code for m in refus.value.manquements] == ["SBX_013"]


def test_deja_envoyee_est_une_transition_refusee():
    assert issubclass(DejaEnvoyee, TransitionRefusee)
    assert DejaEnvoyee("x").code == "SBX_071"


# --- the database keeps the rules


def test_la_base_refuse_deux_fois_le_meme_numero(facture_deposee, neuf, destinataire):
    autre = neuf(destinataire)
    with autre.cohort.monde(), pytest.raises(IntegrityError), transaction.atomic():
        Facture.objects.filter(pk=autre.pk).update(
            statut=Statut.DEPOSEE,
            siren_fournisseur=facture_deposee.siren_fournisseur,
            annee=2026,
            date_depot=facture_deposee.date_depot,
        )


@pytest.mark.parametrize(
    "champs", [{"statut": "PERDUE"}, {"statut": Statut.DEPOSEE}, {"statut": Statut.REJETEE, "annee": 2026}]
)
def test_la_base_refuse_une_facture_incoherente(brouillon, champs):
    with brouillon.cohort.monde(), pytest.raises(IntegrityError), transaction.atomic():
        Facture.objects.filter(pk=brouillon.pk).update(**champs)


def test_un_formulaire_ne_fait_qu_un_brouillon(neuf, destinataire):
    neuf(destinataire, cle_envoi="abc")
    with pytest.raises(IntegrityError), transaction.atomic():
        neuf(destinataire, cle_envoi="abc")
    neuf(destinataire)
    neuf(destinataire)


# --- reads


def test_le_contexte_se_lit_en_peu_de_requetes(neuf, compte, cohort, structure, django_assert_max_num_queries):
    with cohort.monde():
        banque = CoordonneesBancaires.objects.create(cohort=cohort, structure=structure, nom="c", iban="FR76")
    facture = neuf(factories.publique(cohort, factories.ETAT), coordonnees_bancaires=banque)
    with cohort.monde():
        droits = structures.droits(compte)
        depot = queries.depot_de(facture)
        with django_assert_max_num_queries(7):
            contexte = queries.contexte(depot, droits=droits)
    assert contexte.engagements == {"1500261234", "1512345678", "1512345679", "1512345680"}
    assert contexte.comptes_bancaires == {banque.pk}
    assert contexte.mandat_actif


def test_un_brouillon_se_relit_comme_depot(brouillon, cohort):
    with cohort.monde():
        brouillon.pieces.create(cohort=cohort, nom="a.pdf", taille=3, empreinte="0" * 64, principale=True)
        brouillon.pieces.create(cohort=cohort, nom="b.pdf", taille=4, empreinte="1" * 64, designation="BL")
        depot = queries.depot_de(Facture.objects.get())
    assert [(p.nom, p.taille, p.designation) for p in depot.pieces_jointes] == [("b.pdf", 4, "BL")]
    assert [(ligne.denomination, ligne.prix_unitaire, ligne.taux) for ligne in depot.lignes] == [
        ("Fenêtre 1", D(100), D(20))
    ]
    assert (depot.montant_ttc, depot.remise_globale) == (D(120), D(0))


def test_les_noms_qui_se_lisent(brouillon, cohort):
    with cohort.monde():
        assert str(brouillon) == "F-2026-001"
        assert str(Facture(numero="", pk=4)) == "Brouillon 4"
        assert str(brouillon.lignes.get()) == "Fenêtre 1"
        assert str(brouillon.lignes_tva.get()) == "20.00 %"
        piece = brouillon.pieces.create(cohort=cohort, nom="a.pdf", taille=3, empreinte="0" * 64)
        assert str(piece) == "a.pdf"
        action = brouillon.actions.create(cohort=cohort, code="TELECHARGEMENT_FACTURE", compte=brouillon.cree_par)
        assert str(action) == "Téléchargement de la facture"
    assert brouillon.statut_enum is Statut.BROUILLON
    assert brouillon.est_brouillon
    assert brouillon.montant_ttc_avant_remise == D(120)
    brouillon.montant_ttc = None
    assert brouillon.montant_ttc_avant_remise is None
