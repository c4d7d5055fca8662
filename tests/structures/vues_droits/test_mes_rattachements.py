"""« Mes rattachements », « Demander un rattachement », « Mes habilitations » (comptes-structures.md §5.2, §5.3)."""

import pytest
from django.urls import reverse

from accounts.enums import Niveau
from accounts.profils import Profil
from structures.enums import EtatStructure, Role, StatutRattachement
from structures.models import Habilitation, Rattachement, RattachementService, Structure
from structures.queries_utilisateurs import motif_exact
from structures.services import rattachements
from tests import factories
from tests.structures.vues_droits.conftest import texte

pytestmark = pytest.mark.django_db
MES, DEMANDER = reverse("structures:mes_rattachements"), reverse("structures:demander_rattachement")
HABILITATIONS = reverse("structures:mes_habilitations")


def retirer(lien):
    return reverse("structures:retirer_rattachement", args=[lien.pk])


@pytest.mark.parametrize("url", [MES, DEMANDER, HABILITATIONS])
def test_deconnecte_on_passe_par_la_connexion(poste, url):
    reponse = poste.get(url)
    assert reponse.status_code == 302
    assert reverse("accounts:connexion") in reponse.url


class TestMesRattachements:
    def test_vide_propose_de_demander(self, chez_camille):
        page = texte(chez_camille.get(MES))
        assert "Aucun rattachement" in page
        assert f'href="{DEMANDER}"' in page

    @pytest.mark.parametrize("statut", StatutRattachement)
    def test_chaque_etat_a_son_libelle(self, chez_camille, camille, structure, statut):
        factories.rattachement(camille, structure, role=Role.UTILISATEUR, statut=statut, profils=[])
        assert statut.label in texte(chez_camille.get(MES))

    def test_le_motif_du_refus_qui_et_les_services(self, cohort, chez_camille, camille, compte, structure):
        service = factories.service(structure, "CHANTIERS")
        with cohort.monde():
            demande = rattachements.demander(camille, structure, services=[service.pk])
            rattachements.refuser(demande, par=compte, motif="Inconnue <b>ici</b>")
        page = texte(chez_camille.get(MES))
        assert "Motif : « Inconnue &lt;b&gt;ici&lt;/b&gt; »" in page
        assert f"par {compte}" in page
        assert "CHANTIERS" in page
        assert "Demander à nouveau" in page

    def test_retirer_sa_demande(self, chez_camille, demande, relire):
        question = texte(chez_camille.get(retirer(demande)))
        assert "Retirer votre demande" in question
        assert relire(demande).statut == StatutRattachement.EN_COURS_DE_VALIDATION, "asking changes nothing"
        assert "est retirée" in texte(chez_camille.post(retirer(demande), follow=True))
        assert relire(demande).statut == StatutRattachement.SUPPRIMEE
        assert chez_camille.post(retirer(demande), follow=True).status_code == 200

    def test_se_detacher_ferme_aussitot_la_structure(self, chez_camille, lien, structure, relire):
        fiche = reverse("structures:fiche", args=[structure.pk])
        assert chez_camille.get(fiche).status_code == 200
        assert "Vous perdez aussitôt" in texte(chez_camille.get(retirer(lien)))
        chez_camille.post(retirer(lien))
        assert relire(lien).statut == StatutRattachement.SUPPRIMEE
        reponse = chez_camille.get(fiche)
        assert reponse.status_code == 403
        assert f'href="{MES}"' in texte(reponse)
        assert f'href="{reverse("accounts:accueil")}"' in texte(reponse)
        assert "rattaché à" in texte(reponse)

    def test_le_gestionnaire_ne_se_detache_pas(self, gestionnaire, compte, structure, relire):
        with compte.cohort.monde():
            le_sien = Rattachement.objects.get(compte=compte)
        assert retirer(le_sien) not in texte(gestionnaire.get(MES))
        assert "Transférez d'abord ce rôle" in texte(gestionnaire.post(retirer(le_sien), follow=True))
        assert relire(le_sien).est_valide

    def test_le_rattachement_d_un_autre_n_existe_pas(self, gestionnaire, demande, relire):
        assert gestionnaire.get(retirer(demande)).status_code == 404
        assert gestionnaire.post(retirer(demande)).status_code == 404
        assert relire(demande).en_attente

    def test_nombre_de_requetes_constant(self, chez_camille, camille, lien, django_assert_max_num_queries):
        for n in range(20, 40):
            s = factories.structure(camille.cohort, 1, identifiant=factories.siret_du_poste(n))
            factories.rattachement(camille, s, role=Role.UTILISATEUR, profils=[Profil.FACTURES_EMISES])
        with django_assert_max_num_queries(12):
            chez_camille.get(MES)
        with django_assert_max_num_queries(12):
            chez_camille.get(HABILITATIONS)


class TestRecherche:
    def trouves(self, reponse):
        return [s.raison_sociale for s, _ in reponse.context["lignes"]]

    def test_par_debut_de_siret(self, chez_camille, structure):
        assert self.trouves(chez_camille.get(DEMANDER, {"identifiant": "000 101 014"})) == [structure.raison_sociale]

    def test_trois_caracteres_au_moins(self, chez_camille, structure):
        reponse = chez_camille.get(DEMANDER, {"identifiant": "00"})
        assert reponse.status_code == 422
        assert "il en faut au moins 3" in texte(reponse)

    def test_rien_de_saisi(self, chez_camille):
        assert chez_camille.get(DEMANDER, {"identifiant": "", "raison_sociale": " "}).status_code == 422

    @pytest.mark.parametrize(
        ("saisi", "trouve"),
        [
            ("DÉPARTEMENT DE L'ORLE", True),
            ("departement  de l’orle", True),
            ("Département de l'Orle ", True),
            ("DÉPARTEMENT", False),
            ("DÉPARTEMENT DE L'ORLE ET DU RESTE", False),
            (".*", False),
        ],
    )
    def test_la_raison_sociale_est_complete_et_exacte(self, chez_camille, saisi, trouve):
        noms = self.trouves(chez_camille.get(DEMANDER, {"raison_sociale": saisi}))
        assert noms == (["DÉPARTEMENT DE L'ORLE"] if trouve else [])

    @pytest.mark.parametrize("valeur", ["a\x00bc", "é" * 5000, "(((", "'; --", "\u202e🧾🧾", "[a-"])
    def test_une_recherche_hostile_ne_casse_rien(self, chez_camille, valeur):
        for champ in ("identifiant", "raison_sociale", "structure"):
            assert chez_camille.get(DEMANDER, {champ: valeur}).status_code in (200, 422)

    def test_une_demande_en_cours_ne_se_coche_pas(self, chez_camille, demande, structure):
        page = texte(chez_camille.get(DEMANDER, {"identifiant": structure.identifiant}))
        assert "En cours de validation" in page
        assert f'value="{structure.pk}" id="s{structure.pk}" disabled' in page

    def test_une_structure_inactive_est_dite(self, cohort, chez_camille, structure):
        with cohort.monde():
            Structure.objects.filter(pk=structure.pk).update(etat=EtatStructure.INACTIF)
        page = texte(chez_camille.get(DEMANDER, {"identifiant": structure.identifiant}))
        assert "on ne peut pas s'y rattacher" in page


def test_motif_exact_ne_laisse_passer_aucun_joker():
    assert motif_exact("A.B*") == f"^[{'aàáâäãåAÀÁÂÄÃÅ'}]\\.b\\*$"


class TestDemander:
    def test_plusieurs_structures_d_un_coup(self, cohort, chez_camille, camille, structure, destinataire):
        service = factories.service(structure, "CHANTIERS")
        etape = chez_camille.get(DEMANDER, {"structure": [structure.pk, destinataire.pk]})
        assert "CHANTIERS" in texte(etape)
        envoi = {
            "structure": [structure.pk, destinataire.pk],
            f"services_{structure.pk}": [service.pk],
            "commentaire": "Bonjour",
        }
        reponse = chez_camille.post(DEMANDER, envoi, follow=True)
        assert "Votre demande est envoyée" in texte(reponse)
        with cohort.monde():
            liens = list(Rattachement.objects.filter(compte=camille).order_by("pk"))
            assert {lien.structure_id for lien in liens} == {structure.pk, destinataire.pk}
            assert all(lien.en_attente and lien.commentaire == "Bonjour" for lien in liens)
            assert RattachementService.objects.get().service_id == service.pk

    def test_un_second_envoi_ne_fait_rien_de_plus(self, cohort, chez_camille, camille, structure):
        chez_camille.post(DEMANDER, {"structure": structure.pk})
        reponse = chez_camille.post(DEMANDER, {"structure": structure.pk, "commentaire": "Je garde ceci"})
        assert reponse.status_code == 422
        assert "déjà en cours de validation" in texte(reponse)
        assert "Je garde ceci" in texte(reponse)
        with cohort.monde():
            assert Rattachement.objects.filter(compte=camille).count() == 1

    def test_tout_ou_rien(self, cohort, chez_camille, camille, demande, structure, destinataire):
        reponse = chez_camille.post(DEMANDER, {"structure": [destinataire.pk, structure.pk]})
        assert reponse.status_code == 422
        with cohort.monde():
            assert list(Rattachement.objects.filter(compte=camille)) == [demande]

    def test_aucune_structure(self, chez_camille):
        reponse = chez_camille.post(DEMANDER, {"structure": ["x", "999999"]}, follow=True)
        assert "Choisissez au moins une structure" in texte(reponse)

    def test_un_service_qui_n_est_pas_de_la_structure(self, chez_camille, structure, destinataire):
        factories.service(structure, "CHANTIERS")
        etranger = factories.service(destinataire, "AUTRE")
        envoi = {"structure": structure.pk, f"services_{structure.pk}": [etranger.pk]}
        reponse = chez_camille.post(DEMANDER, envoi)
        assert reponse.status_code == 422
        assert "n'existe plus" in texte(reponse)

    def test_un_commentaire_trop_long(self, chez_camille, structure):
        reponse = chez_camille.post(DEMANDER, {"structure": structure.pk, "commentaire": "x" * 300})
        assert reponse.status_code == 422
        assert "abrégez-le" in texte(reponse)

    def test_deja_rattache_on_demande_des_services(self, cohort, chez_camille, lien, structure):
        service = factories.service(structure, "CHANTIERS")
        assert "sur des services de plus" in texte(chez_camille.get(DEMANDER, {"structure": structure.pk}))
        assert chez_camille.post(DEMANDER, {"structure": structure.pk}).status_code == 422
        chez_camille.post(DEMANDER, {"structure": structure.pk, f"services_{structure.pk}": [service.pk]})
        with cohort.monde():
            assert RattachementService.objects.get(rattachement=lien).en_attente

    def test_deja_rattache_et_aucun_service(self, chez_camille, lien, structure):
        assert "aucun service actif" in texte(chez_camille.get(DEMANDER, {"structure": structure.pk}))
        assert chez_camille.post(DEMANDER, {"structure": structure.pk}).status_code == 422


class TestMesHabilitations:
    def test_profil_niveau_et_perimetre(self, cohort, chez_camille, lien, structure):
        service = factories.service(structure, "CHANTIERS")
        with cohort.monde():
            Habilitation.objects.create(
                cohort=cohort,
                rattachement=lien,
                profil=Profil.FACTURES_TRAVAUX,
                niveau=Niveau.CONSULTATION,
                service=service,
            )
        page = texte(chez_camille.get(HABILITATIONS))
        assert structure.raison_sociale in page
        for mot in ("Factures émises", "Factures de travaux", "consultation", "CHANTIERS", "Toute la structure"):
            assert mot in page

    def test_sans_rattachement_valide(self, chez_camille, demande):
        assert "Aucune habilitation" in texte(chez_camille.get(HABILITATIONS))

    def test_rattache_sans_droit(self, chez_camille, camille, structure):
        factories.rattachement(camille, structure, role=Role.UTILISATEUR, profils=[])
        assert "sans aucune habilitation" in texte(chez_camille.get(HABILITATIONS))


class TestPeriodes:
    """First and last day, service by service (§5.3)."""

    @pytest.fixture
    def service(self, structure):
        return factories.service(structure, "CHANTIERS")

    def envoyer(self, client, structure, service, debut, fin, coche=True, **suite):
        champs = {"structure": structure.pk, f"debut_{service.pk}": debut, f"fin_{service.pk}": fin}
        if coche:
            champs[f"services_{structure.pk}"] = service.pk
        return client.post(DEMANDER, champs, **suite)

    def test_les_dates_se_demandent_et_se_relisent(
        self, cohort, chez_camille, gestionnaire, camille, structure, service
    ):
        page = texte(chez_camille.get(DEMANDER, {"structure": structure.pk}))
        assert f'name="debut_{service.pk}"' in page
        assert self.envoyer(chez_camille, structure, service, "01/06/2030", "30/06/2030").status_code == 302
        attendu = "du 01/06/2030 au 30/06/2030"
        assert attendu in texte(chez_camille.get(MES))
        with cohort.monde():
            lien = Rattachement.objects.get(compte=camille)
        assert attendu in texte(gestionnaire.get(reverse("structures:approbation", args=[structure.pk, lien.pk])))
        with cohort.monde():
            rattachements.valider(lien, [], par=None)
        assert f"{attendu} – hors période" in texte(chez_camille.get(MES))
        assert "sans effet aujourd'hui" in texte(chez_camille.get(HABILITATIONS))

    @pytest.mark.parametrize(
        ("debut", "fin", "coche", "dit"),
        [
            ("30/06/2030", "01/06/2030", True, "La fin (01/06/2030) précède le début (30/06/2030)."),
            ("", "01/06/2030", False, "Cochez aussi le service CHANTIERS, ou videz la date."),
            ("31/02/2030", "", True, "n'existe pas dans le calendrier"),
            ("", "01/06/2001", True, "déjà finie (01/06/2001)"),
        ],
    )
    def test_une_date_impossible_se_corrige_sans_rien_perdre(
        self, cohort, chez_camille, camille, structure, service, debut, fin, coche, dit
    ):
        reponse = self.envoyer(chez_camille, structure, service, debut, fin, coche)
        assert reponse.status_code == 422
        assert dit in texte(reponse)
        assert f'value="{debut or fin}"' in texte(reponse)
        with cohort.monde():
            assert not Rattachement.objects.filter(compte=camille).exists()
