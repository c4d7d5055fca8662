"""Create a structure, sign its mandate, search, rights (comptes-structures.md §4, §5; factures.md §2.2)."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from accounts.enums import Niveau
from accounts.profils import Profil, du_gestionnaire
from sandbox import clock
from sandbox.cohorts.models import Trace
from structures import acces, queries
from structures.enums import EtatStructure, Nature, Role, StatutRattachement, TypeIdentifiant
from structures.models import EntrepriseInsee, Habilitation, Mandat, Rattachement, Structure
from structures.services import structures as services
from tests import factories

SIRET = factories.siret_du_poste(1)


def creer(cohort, compte, siret=SIRET, **champs):
    with cohort.monde():
        return services.creer(cohort, compte=compte, siret=siret, **champs)


# --- creation


def test_creer_sa_structure_depuis_l_annuaire_insee(cohort, compte):
    structure = creer(cohort, compte, email="a@b.example", telephone="01", complement_adresse="Bât. B")
    with cohort.monde():
        structure.refresh_from_db()
        lien = Rattachement.objects.get(compte=compte)
        droits = queries.droits(compte)
    assert (structure.raison_sociale, structure.identifiant) == ("ARBELIN MENUISERIE 01", SIRET)
    assert (structure.nature, structure.etat, structure.place) == (Nature.PRIVEE, EtatStructure.ACTIF, 1)
    assert structure.numero_tva == "FR26000101014"
    assert structure.adresse_complete == "12 rue des Rabots Bât. B 99010 VALMORAN"
    assert structure.siren == SIRET[:9]
    assert (lien.role, lien.statut) == (Role.GESTIONNAIRE_PRINCIPAL, StatutRattachement.VALIDEE)
    assert droits.gestionnaire_de == {structure.pk}
    assert droits.profils == {p.value for p in du_gestionnaire(publique=False)}
    assert all(d.niveau == Niveau.MODIFICATION for d in droits.droits)
    assert str(lien) == "Nadia Poste01 – ARBELIN MENUISERIE 01 (Gestionnaire principal)"
    with cohort.monde():
        assert str(Habilitation.objects.order_by("pk").first()) == "ORGANISATION modification"


@pytest.mark.parametrize(
    ("siret", "message"),
    [
        ("00010101400018", "clé de contrôle de « 00010101400018 » est fausse"),
        ("", "clé de contrôle"),
        (factories.siret_du_poste(99), "inconnu de la base INSEE"),
        ("00010309300019", r"MENUISERIE FERMÉE DE L'ORLE\) est fermé"),
    ],
)
def test_refus_de_creation(cohort, compte, siret, message):
    with pytest.raises(services.CreationRefusee, match=message) as refus:
        creer(cohort, compte, siret)
    assert refus.value.champ == "identifiant"
    assert not isinstance(refus.value, services.StructureExistante)
    with cohort.monde():
        assert not Structure.objects.filter(identifiant=siret or "-").exists()
        assert not Rattachement.objects.filter(compte=compte).exists()


@pytest.mark.parametrize("siret", [SIRET, factories.VALMORAN])
def test_une_structure_deja_connue_ne_se_cree_pas_deux_fois(cohort, compte, structure, siret):
    with pytest.raises(services.StructureExistante, match="existe déjà sur le portail") as refus:
        creer(cohort, compte, siret)
    assert refus.value.structure.identifiant == siret


def test_deux_creations_au_meme_instant(cohort, compte, monkeypatch):
    """Both have read that the identifier is free: the constraint is the judge."""
    with cohort.monde():
        entreprise = EntrepriseInsee.objects.get(siret=SIRET)
    premiere = factories.structure(cohort)
    monkeypatch.setattr(services, "chercher_insee", lambda siret: entreprise)
    with pytest.raises(services.StructureExistante) as refus:
        creer(cohort, compte)
    assert refus.value.structure == premiere
    with cohort.monde():
        assert Structure.objects.filter(identifiant=SIRET).count() == 1


def test_le_journal_apprend_la_creation_et_le_mandat(cohort, compte, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        structure = creer(cohort, compte)
        with cohort.monde():
            services.souscrire_mandat(structure, compte=compte, nom="Mandat")
    with cohort.monde():
        assert list(Trace.objects.filter(place=1).order_by("pk").values_list("verbe", flat=True)) == [
            "crée sa structure",
            "souscrit le mandat de facturation",
        ]


# --- mandate


def test_souscrire_un_mandat(structure, compte):
    with structure.cohort.monde():
        mandat = services.souscrire_mandat(structure, compte=compte, nom="M" * 100)
        assert (mandat.nom, mandat.signataire, mandat.place) == ("M" * 80, "Nadia Poste01", 1)
        assert mandat.signe_le == structure.cohort.sim_reference
        assert str(mandat) == "M" * 80


def test_souscrire_deux_fois_rend_le_meme_mandat(structure, compte, django_capture_on_commit_callbacks):
    with structure.cohort.monde(), django_capture_on_commit_callbacks() as dits:
        premier = services.souscrire_mandat(structure, compte=compte, nom="un")
        assert len(dits) == 0
        assert services.souscrire_mandat(structure, compte=compte, nom="deux") == premier
        assert Mandat.objects.get(structure=structure).nom == "un"
    assert len(dits) == 1


def test_un_mandat_resilie_se_souscrit_a_nouveau(structure, compte, mandat):
    with structure.cohort.monde():
        Mandat.objects.update(actif=False)
        assert services.souscrire_mandat(structure, compte=compte, nom="deux") != mandat
        assert Mandat.objects.filter(structure=structure).count() == 2


# --- the database keeps the rules


def test_une_structure_privee_n_a_pas_de_parametres_publics(structure):
    structure.service_obligatoire = True
    with structure.cohort.monde(), pytest.raises(IntegrityError), transaction.atomic():
        structure.save()


def test_un_seul_gestionnaire_principal(structure):
    autre = factories.compte(structure.cohort, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.rattachement(autre, structure)
    factories.rattachement(autre, structure, role=Role.UTILISATEUR)


# --- what is read


def test_le_siren_d_un_identifiant_etranger():
    with clock.at(datetime(2026, 12, 7, tzinfo=UTC)):
        etrangere = Structure(type_identifiant=TypeIdentifiant.HORS_UE, identifiant="CH12")
    assert etrangere.siren == "HORS_UE:CH12"


def test_la_phrase_d_exigence_est_celle_de_la_regle(cohort):
    assert factories.publique(cohort).exigence_phrase == "Ni code service ni numéro d'engagement obligatoires."
    assert factories.publique(cohort, factories.LYCEE).exigence_phrase.startswith("Code service ou numéro")


def test_chaque_structure_publique_a_son_service_reserve(cohort):
    with cohort.monde():
        for structure in Structure.objects.publiques():
            assert [s.est_reserve_public for s in structure.services.filter(code="FACTURES_PUBLIQUES")] == [True]
        tech = factories.publique(cohort, factories.HOPITAL).services.get(code="CHM-TECH")
    assert (str(tech), tech.est_actif, tech.est_reserve_public) == ("CHM-TECH – Services techniques", True, False)


@pytest.mark.parametrize(
    ("texte", "attendus"),
    [
        ("00020001400017", ["COMMUNE DE VALMORAN"]),
        ("000 200 014 00017", ["COMMUNE DE VALMORAN"]),
        ("99010", ["COMMUNE DE VALMORAN"]),
        ("valmoran", ["COMMUNE DE VALMORAN"]),
        ("commune valmoran", ["COMMUNE DE VALMORAN"]),
        ("département", ["DÉPARTEMENT DE L'ORLE"]),
        ("montbrisac hospitalier", ["CENTRE HOSPITALIER DE MONTBRISAC"]),
        ("SYNDICAT DES EAUX", []),
        ("ARBELIN", []),
        ("00010306900019", []),
        ("zzz", []),
    ],
)
def test_rechercher_un_destinataire(monde, texte, attendus):
    assert [s.raison_sociale for s in queries.rechercher_destinataires(texte)] == attendus


def test_la_recherche_est_bornee(monde):
    assert len(queries.rechercher_destinataires("")) == 9
    assert len(queries.rechercher_destinataires("", limite=4)) == 4


@pytest.mark.parametrize(
    ("texte", "nombre"), [(SIRET, 1), (SIRET[:9], 2), ("0001 0101", 2), ("arbelin", 6), ("fermée", 1), ("9999", 0)]
)
def test_rechercher_dans_l_annuaire_insee(monde, texte, nombre):
    trouvees = queries.rechercher_insee(texte)
    assert len(trouvees) == nombre
    assert [str(e) for e in trouvees] == sorted(e.raison_sociale for e in trouvees)


@pytest.mark.parametrize(("siret", "recevable"), [(factories.VALMORAN, True), (factories.INACTIVE, False)])
def test_qui_recoit_une_facture(cohort, siret, recevable):
    assert queries.est_recevable(factories.publique(cohort, siret)) is recevable


def test_une_entreprise_ne_recoit_pas_de_facture(structure):
    assert not queries.est_recevable(structure)


# --- rights


def test_les_droits_se_lisent_en_deux_requetes(cohort, compte, structure, django_assert_num_queries):
    factories.rattachement(compte, factories.publique(cohort), role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
    with cohort.monde(), django_assert_num_queries(2):
        droits = queries.droits(compte)
    assert droits.rattache
    assert len(droits.structures(Profil.FACTURES_EMISES)) == 1


def test_sous_le_nom_du_compte_sa_structure_ou_leur_nombre(cohort, compte, structure):
    assert queries.AUCUN_DROIT.libelle == ""
    with cohort.monde():
        assert queries.droits(compte).libelle == "ARBELIN MENUISERIE 01"
    factories.rattachement(compte, factories.publique(cohort), role=Role.UTILISATEUR)
    with cohort.monde():
        assert queries.droits(compte).libelle == "2 structures"


def test_un_droit_de_consultation_ne_modifie_rien(cohort, compte, structure):
    valmoran = factories.publique(cohort)
    factories.rattachement(
        compte,
        valmoran,
        role=Role.UTILISATEUR,
        profils=[Profil.FACTURES_RECUES],
        niveau=Niveau.CONSULTATION,
    )
    with cohort.monde():
        droits = queries.droits(compte)
    assert droits.peut(Profil.FACTURES_RECUES, valmoran.pk)
    assert not droits.peut(Profil.FACTURES_RECUES, valmoran.pk, modification=True)
    assert droits.peut(Profil.FACTURES_EMISES, structure.pk, modification=True)
    assert not droits.peut(Profil.FACTURES_EMISES, valmoran.pk)
    assert droits.gestionnaire_de == {structure.pk}


@pytest.mark.parametrize("statut", [s for s in StatutRattachement if s != StatutRattachement.VALIDEE])
def test_un_rattachement_qui_n_est_pas_valide_ne_donne_rien(cohort, compte, statut):
    factories.rattachement(compte, factories.publique(cohort), statut=statut)
    with cohort.monde():
        assert queries.droits(compte) == queries.AUCUN_DROIT
        assert not queries.de(compte).exists()


def test_une_structure_inactive_ne_sert_plus(cohort, compte, structure):
    with cohort.monde():
        droits = queries.droits(compte)
        assert list(queries.structures_pour(droits, Profil.FACTURES_EMISES)) == [structure]
        assert list(queries.de(compte)) == [structure]
        Structure.objects.filter(pk=structure.pk).update(etat=EtatStructure.INACTIF)
        assert not queries.structures_pour(droits, Profil.FACTURES_EMISES).exists()


# --- access to a screen


def requete(cohort, compte=None, **entetes):
    r = RequestFactory().get("/portail/facturation/", headers=entetes)
    r.place = 1 if cohort else None
    r.cohort, r.compte = cohort, compte
    return r


def vue(_request, *args, **kwargs):
    return HttpResponse("ouvert")


def test_sans_place_on_rejoint_d_abord(db):
    reponse = acces.place_requise(vue)(requete(None))
    assert (reponse.status_code, reponse.url) == (302, reverse("formation:rejoindre"))


def test_sans_compte_on_se_connecte_et_on_revient(cohort):
    reponse = acces.portail_requis()(vue)(requete(cohort))
    assert (reponse.status_code, reponse.url) == (
        302,
        f"{reverse('accounts:connexion')}?suite=%2Fportail%2Ffacturation%2F",
    )


def test_une_region_htmx_fait_quitter_la_page(cohort):
    reponse = acces.portail_requis()(vue)(requete(cohort, **{"HX-Request": "true"}))
    assert reponse.status_code == 204
    assert reponse["HX-Redirect"].startswith(reverse("accounts:connexion"))


def test_l_habilitation_ouvre_l_ecran(cohort, compte, structure):
    with cohort.monde():
        for profil, modification in ((None, False), (Profil.FACTURES_EMISES, True)):
            protegee = acces.portail_requis(profil, modification=modification)(vue)
            assert protegee(requete(cohort, compte)).content == b"ouvert"


@pytest.mark.parametrize("modification", [False, True])
def test_sans_habilitation_l_ecran_est_interdit(cohort, compte, modification):
    factories.rattachement(
        compte,
        factories.publique(cohort),
        role=Role.UTILISATEUR,
        profils=[Profil.FACTURES_RECUES],
        niveau=Niveau.CONSULTATION,
    )
    profil = Profil.FACTURES_RECUES if modification else Profil.FACTURES_EMISES
    with cohort.monde(), pytest.raises(PermissionDenied, match="habilitation"):
        acces.portail_requis(profil, modification=modification)(vue)(requete(cohort, compte))


def test_les_droits_sont_lus_une_fois_par_requete(cohort, compte, structure, django_assert_num_queries):
    r = requete(cohort, compte)
    with cohort.monde(), django_assert_num_queries(2):
        assert acces.droits_de(r) is acces.droits_de(r)
    assert acces.droits_de(requete(None)) == queries.AUCUN_DROIT
