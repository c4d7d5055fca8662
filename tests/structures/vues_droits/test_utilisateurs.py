"""« Utilisateurs »: list, export, fiche, gestures, transfer, matrix, history (comptes-structures.md §5.3, §5.4)."""

import csv
import io

import openpyxl
import pytest
from django.urls import reverse

from accounts.enums import EtatCompte, Niveau
from accounts.models import Compte, Jeton
from accounts.profils import Profil
from sandbox.cohorts.models import Trace
from structures.enums import Role, StatutRattachement, TypeActe
from structures.models import ActeGestion, Habilitation, Rattachement
from structures.services import gestion, rattachements
from structures.services.actes import noter_acte
from tests import factories
from tests.conftest import client_au_poste, connecter
from tests.structures.vues_droits.conftest import peupler, texte

pytestmark = pytest.mark.django_db
APPLICATION = reverse("structures:application_utilisateurs")
MODIFICATION, CONSULTATION = Niveau.MODIFICATION.value, Niveau.CONSULTATION.value


def url(nom, structure, lien=None):
    return reverse(f"structures:{nom}", args=[structure.pk] if lien is None else [structure.pk, lien.pk])


@pytest.fixture
def lecteur(cohort, structure):
    """Browser of seat 3: « Organisation consultation » only."""
    compte = factories.compte(cohort, 3, prenom="Lea", nom="Lectrice")
    factories.rattachement(
        compte, structure, role=Role.UTILISATEUR, profils=[Profil.ORGANISATION], niveau=Niveau.CONSULTATION
    )
    return connecter(client_au_poste(cohort, 3), compte)


def par_service(cohort, lien, service, profil=Profil.FACTURES_TRAVAUX, niveau=CONSULTATION):
    with cohort.monde():
        Habilitation.objects.create(cohort=cohort, rattachement=lien, profil=profil, niveau=niveau, service=service)


class TestDroits:
    PAGES = ("utilisateurs", "utilisateurs_export", "qui_peut_quoi", "historique", "historique_export")

    @pytest.mark.parametrize("nom", PAGES)
    def test_qui_peut_lire(self, lecteur, chez_camille, lien, structure, nom):
        assert lecteur.get(url(nom, structure)).status_code == 200
        assert chez_camille.get(url(nom, structure)).status_code == 403
        assert lecteur.post(url(nom, structure)).status_code == 405

    def test_qui_lit_ne_gere_pas(self, lecteur, lien, structure, droits_de):
        page = texte(lecteur.get(url("utilisateur", structure, lien)))
        assert "Enregistrer les habilitations" not in page
        assert "Détacher" not in page
        avant = droits_de(lien)
        assert lecteur.post(url("utilisateur", structure, lien), {}).status_code == 403
        for nom in ("utilisateur_agir", "dupliquer_droits"):
            assert lecteur.get(url(nom, structure, lien)).status_code == 403
            assert lecteur.post(url(nom, structure, lien), {"acte": "detacher"}).status_code == 403
        assert lecteur.get(url("rattacher_utilisateur", structure)).status_code == 403
        assert lecteur.get(url("transferer_gestion", structure)).status_code == 403
        assert droits_de(lien) == avant

    def test_seul_le_gestionnaire_transfere(self, cohort, chez_camille, camille, structure):
        factories.rattachement(camille, structure, role=Role.UTILISATEUR, profils=[Profil.ORGANISATION])
        assert chez_camille.get(url("rattacher_utilisateur", structure)).status_code == 200
        reponse = chez_camille.post(url("transferer_gestion", structure), {"vers": "1"})
        assert reponse.status_code == 403
        assert "être gestionnaire principal" in texte(reponse)

    @pytest.mark.parametrize("nom", ["utilisateur", "utilisateur_agir", "dupliquer_droits", "approbation"])
    def test_l_utilisateur_d_une_autre_structure_n_existe_pas_ici(self, cohort, gestionnaire, camille, structure, nom):
        ailleurs = factories.rattachement(camille, factories.structure(cohort, 3))
        assert gestionnaire.get(url(nom, structure, ailleurs), {"acte": "detacher"}).status_code == 404
        assert gestionnaire.post(url(nom, structure, ailleurs), {"acte": "detacher"}).status_code == 404


class TestApplication:
    def test_mes_structures_et_leurs_rubriques(self, gestionnaire, demande, structure):
        page = texte(gestionnaire.get(APPLICATION))
        assert structure.raison_sociale in page
        for nom in ("approbations", "utilisateurs", "qui_peut_quoi", "historique", "transferer_gestion"):
            assert f'href="{url(nom, structure)}"' in page
        assert "demande en attente" in page

    def test_la_consultation_montre_moins(self, lecteur, structure):
        page = texte(lecteur.get(APPLICATION))
        assert url("utilisateurs", structure) in page
        assert url("approbations", structure) not in page
        assert url("transferer_gestion", structure) not in page

    def test_sans_droit_elle_dit_quoi_faire(self, chez_camille):
        assert "Aucune structure à gérer" in texte(chez_camille.get(APPLICATION))


class TestListe:
    def noms(self, reponse):
        return [u.compte.nom for u, _, _ in reponse.context["lignes"]]

    def test_le_gestionnaire_d_abord_puis_les_autres(self, cohort, gestionnaire, lien, structure):
        service = factories.service(structure, "CHANTIERS")
        par_service(cohort, lien, service)
        page = texte(gestionnaire.get(url("utilisateurs", structure)))
        assert page.index("Nadia Poste01</a>") < page.index("Camille Loriot</a>")
        for mot in ("Gestionnaire principal", "Factures de travaux", "CHANTIERS", "Jamais", "Validé"):
            assert mot in page

    @pytest.mark.parametrize(
        ("criteres", "attendus"),
        [
            ({"q": "loriot"}, ["Loriot"]),
            ({"q": "STAGIAIRE02"}, ["Loriot"]),
            ({"role": "GP"}, ["Poste01"]),
            ({"statut": "REFUSEE"}, ["Ancien"]),
            ({"statut": "TOUS", "role": "UTILISATEUR"}, ["Ancien", "Loriot"]),
            ({"profil": "FACTURES_TRAVAUX"}, ["Poste01"]),
            ({"statut": "inconnu"}, ["Poste01", "Loriot"]),
            ({"q": "personne"}, []),
            ({"q": "\x00"}, ["Poste01", "Loriot"]),
        ],
    )
    def test_filtres(self, cohort, gestionnaire, lien, structure, criteres, attendus):
        ancien = factories.compte(cohort, 3, nom="Ancien")
        factories.rattachement(ancien, structure, role=Role.UTILISATEUR, statut=StatutRattachement.REFUSEE, profils=[])
        assert self.noms(gestionnaire.get(url("utilisateurs", structure), criteres)) == attendus

    def test_filtre_par_service(self, cohort, gestionnaire, lien, structure):
        service = factories.service(structure, "CHANTIERS")
        par_service(cohort, lien, service)
        assert self.noms(gestionnaire.get(url("utilisateurs", structure), {"service": service.pk})) == ["Loriot"]

    @pytest.mark.parametrize("nom", ["utilisateurs", "qui_peut_quoi"])
    def test_requetes_constantes(self, cohort, gestionnaire, structure, nom, django_assert_max_num_queries):
        peupler(cohort, structure, 3)
        with django_assert_max_num_queries(17):
            gestionnaire.get(url(nom, structure))
        peupler(cohort, structure, 300, prefixe="v")
        with django_assert_max_num_queries(17):
            reponse = gestionnaire.get(url(nom, structure))
        assert reponse.context["page"].paginator.count == 304
        assert len(reponse.context["page"].object_list) == 25

    def test_region_seule_pour_htmx(self, gestionnaire, lien, structure):
        page = texte(gestionnaire.get(url("utilisateurs", structure), headers={"HX-Request": "true"}))
        assert page.lstrip().startswith('<div id="utilisateurs"')


class TestExports:
    @pytest.fixture
    def pieges(self, cohort, lien):
        with cohort.monde():
            Compte.objects.filter(pk=lien.compte_id).update(nom='=HYPERLINK("http://x")', prenom="<b>Zoé</b>")

    def test_csv(self, gestionnaire, pieges, structure):
        reponse = gestionnaire.get(url("utilisateurs_export", structure), {"format": "csv"})
        assert reponse["Content-Disposition"] == f'attachment; filename="utilisateurs-{structure.identifiant}.csv"'
        lignes = list(csv.reader(io.StringIO(reponse.content.decode("utf-8-sig")), delimiter=";"))
        assert lignes[0][:3] == ["Structure", "Identifiant", "Nom"]
        assert len(lignes) == 1 + 9 + 1, "one line a right"
        assert lignes[-1][1] == "\t" + structure.identifiant
        assert lignes[-1][2] == '\'=HYPERLINK("http://x")'
        assert lignes[-1][7:10] == ["Factures émises", "modification", "Toute la structure"]

    def test_xlsx(self, gestionnaire, pieges, structure):
        reponse = gestionnaire.get(url("utilisateurs_export", structure), {"format": "xlsx"})
        assert "spreadsheetml" in reponse["Content-Type"]
        feuille = openpyxl.load_workbook(io.BytesIO(reponse.content)).active
        lignes = list(feuille.iter_rows())
        assert lignes[-1][1].value == structure.identifiant, "text, with its zeros"
        assert all(c.data_type != "f" for ligne in lignes for c in ligne)
        assert not any(str(c.value or "").startswith("=") for ligne in lignes for c in ligne)

    def test_l_export_suit_les_filtres(self, gestionnaire, lien, structure):
        contenu = gestionnaire.get(url("utilisateurs_export", structure), {"q": "loriot"}).content.decode()
        assert "Loriot" in contenu
        assert "Poste01" not in contenu

    def test_un_utilisateur_sans_droit_a_sa_ligne(self, gestionnaire, demande, structure):
        assert "Loriot" in gestionnaire.get(url("utilisateurs_export", structure)).content.decode()

    def test_requetes_constantes(self, cohort, gestionnaire, structure, django_assert_max_num_queries):
        peupler(cohort, structure, 300)
        with django_assert_max_num_queries(12):
            contenu = gestionnaire.get(url("utilisateurs_export", structure)).content
        assert contenu.count(b"\r\n") == 1 + 9 + 600


class TestFiche:
    def test_modifier_les_habilitations(self, gestionnaire, lien, structure, droits_de):
        page = gestionnaire.get(url("utilisateur", structure, lien))
        assert page.context["form"][f"c_tout_{Profil.FACTURES_EMISES}"].value()
        envoi = {f"c_tout_{Profil.ENGAGEMENTS}": "on", f"n_tout_{Profil.ENGAGEMENTS}": CONSULTATION}
        reponse = gestionnaire.post(url("utilisateur", structure, lien), envoi, follow=True)
        assert "sont enregistrées" in texte(reponse)
        assert droits_de(lien) == [(Profil.ENGAGEMENTS, CONSULTATION, None)]
        assert "rien n'a changé" in texte(gestionnaire.post(url("utilisateur", structure, lien), envoi, follow=True))

    def test_par_service(self, cohort, gestionnaire, lien, structure, droits_de):
        service = factories.service(structure, "CHANTIERS")
        par_service(cohort, lien, service)
        page = gestionnaire.get(url("utilisateur", structure, lien))
        assert [b.service for b in page.context["form"].blocs] == [None, service]
        autre = factories.service(structure, "AUTRE")
        ajout = gestionnaire.post(url("utilisateur", structure, lien), {"ajouter": "1", "ajout": autre.pk})
        assert [b.service for b in ajout.context["form"].blocs] == [None, service, autre]
        gestionnaire.post(
            url("utilisateur", structure, lien), {"perimetre": autre.pk, f"c_{autre.pk}_{Profil.ENGAGEMENTS}": "on"}
        )
        assert droits_de(lien) == [(Profil.ENGAGEMENTS, MODIFICATION, autre.pk)]

    def test_ni_soi_ni_le_gestionnaire(self, cohort, gestionnaire, compte, structure):
        with cohort.monde():
            le_sien = Rattachement.objects.get(compte=compte)
        page = gestionnaire.get(url("utilisateur", structure, le_sien))
        assert page.context["form"] is None
        assert "détient tous les profils" in texte(page)
        reponse = gestionnaire.post(url("utilisateur", structure, le_sien), {})
        assert reponse.status_code == 422

    def test_un_niveau_inconnu(self, gestionnaire, lien, structure):
        envoi = {f"n_tout_{Profil.ENGAGEMENTS}": "X"}
        assert gestionnaire.post(url("utilisateur", structure, lien), envoi).status_code == 422

    def test_une_demande_en_attente_mene_a_la_reponse(self, gestionnaire, demande, structure):
        page = texte(gestionnaire.get(url("utilisateur", structure, demande)))
        assert url("approbation", structure, demande) in page


class TestGestes:
    def agir(self, client, structure, lien, acte):
        return texte(client.post(url("utilisateur_agir", structure, lien), {"acte": acte}, follow=True))

    def test_desactiver_puis_reactiver(self, gestionnaire, chez_camille, lien, structure, relire, droits_de):
        question = texte(gestionnaire.get(url("utilisateur_agir", structure, lien), {"acte": "desactiver"}))
        assert "Ses habilitations sont gardées" in question
        assert relire(lien).est_valide
        assert "est désactivé" in self.agir(gestionnaire, structure, lien, "desactiver")
        assert chez_camille.get(reverse("structures:fiche", args=[structure.pk])).status_code == 403
        assert "Gardées, mais sans effet" in texte(gestionnaire.get(url("utilisateur", structure, lien)))
        assert "de nouveau actif" in self.agir(gestionnaire, structure, lien, "reactiver")
        assert droits_de(lien) != []

    def test_detacher_deux_fois(self, gestionnaire, lien, structure, relire, droits_de):
        assert "n'est plus rattaché" in self.agir(gestionnaire, structure, lien, "detacher")
        assert droits_de(lien) == []
        assert "déjà au statut" in self.agir(gestionnaire, structure, lien, "detacher")

    def test_renvoyer_le_lien_d_activation(self, cohort, gestionnaire, lien, structure):
        assert "déjà activé" in self.agir(gestionnaire, structure, lien, "activation")
        with cohort.monde():
            Compte.objects.filter(pk=lien.compte_id).update(etat=EtatCompte.EN_ATTENTE_ACTIVATION)
        assert "Renvoyer le lien" in texte(gestionnaire.get(url("utilisateur", structure, lien)))
        assert "nouveau lien" in self.agir(gestionnaire, structure, lien, "activation")
        with cohort.monde():
            assert Jeton.objects.filter(compte=lien.compte_id).count() == 1

    def test_acte_inconnu(self, gestionnaire, lien, structure):
        assert gestionnaire.get(url("utilisateur_agir", structure, lien)).status_code == 404
        assert gestionnaire.post(url("utilisateur_agir", structure, lien), {"acte": "x"}).status_code == 404

    def test_on_ne_desactive_pas_son_propre_rattachement(self, chez_camille, camille, structure, relire):
        lien = factories.rattachement(camille, structure, role=Role.UTILISATEUR, profils=[Profil.ORGANISATION])
        assert "On ne désactive pas son propre" in self.agir(chez_camille, structure, lien, "desactiver")
        assert relire(lien).est_valide

    def test_rattacher_par_l_adresse(self, cohort, gestionnaire, camille, structure, droits_de):
        service = factories.service(structure, "CHANTIERS")
        adresse = url("rattacher_utilisateur", structure)
        assert f"c_tout_{Profil.FACTURES_EMISES}" in texte(gestionnaire.get(adresse))
        inconnu = gestionnaire.post(adresse, {"login_email": "personne@session.example"})
        assert inconnu.status_code == 422
        assert "Aucun compte" in texte(inconnu)
        assert gestionnaire.post(adresse, {"login_email": "pas une adresse"}).status_code == 422
        redessine = gestionnaire.post(
            adresse, {"login_email": camille.login_email, "ajouter": "1", "ajout": service.pk}
        )
        assert camille.login_email in texte(redessine)
        envoi = {
            "login_email": camille.login_email.upper(),
            "perimetre": service.pk,
            f"c_{service.pk}_{Profil.FACTURES_EMISES}": "on",
        }
        assert "est rattaché à" in texte(gestionnaire.post(adresse, envoi, follow=True))
        with cohort.monde():
            lien = Rattachement.objects.get(compte=camille)
            assert [s.service_id for s in lien.services.all()] == [service.pk]
        assert droits_de(lien) == [(Profil.FACTURES_EMISES, MODIFICATION, service.pk)]
        assert gestionnaire.post(adresse, envoi).status_code == 422

    def test_rattacher_qui_n_a_pas_de_compte_le_cree(
        self, cohort, gestionnaire, structure, django_capture_on_commit_callbacks
    ):
        adresse = url("rattacher_utilisateur", structure)
        envoi = {"login_email": "neuf@session.example", "prenom": "Ali"}
        refus = gestionnaire.post(adresse, envoi)
        assert refus.status_code == 422
        assert "donnez aussi son prénom et son nom" in texte(refus)
        with django_capture_on_commit_callbacks(execute=True):
            page = texte(gestionnaire.post(adresse, envoi | {"nom": "Neuf"}, follow=True))
        assert "Ali Neuf est rattaché" in page
        assert "Renvoyer le lien d'activation" in page
        with cohort.monde():
            assert Trace.objects.filter(verbe="crée le compte d'un utilisateur", place=1).exists()

    def test_dupliquer_les_droits(self, cohort, gestionnaire, lien, structure, droits_de):
        (autre,) = peupler(cohort, structure, 1)
        adresse = url("dupliquer_droits", structure, lien)
        assert "Nom000" in texte(gestionnaire.get(adresse))
        assert "sont remplacées" not in texte(gestionnaire.get(adresse))
        assert gestionnaire.post(adresse, {"vers": ""}).status_code == 422
        assert gestionnaire.post(adresse, {"vers": lien.pk}).status_code == 422, "not to himself"
        page = texte(gestionnaire.post(adresse, {"vers": autre.pk}, follow=True))
        assert "les mêmes habilitations" in page
        assert droits_de(autre) == droits_de(lien)
        assert "détenait déjà" in texte(gestionnaire.post(adresse, {"vers": autre.pk}, follow=True))

    def test_on_ne_duplique_pas_ce_qui_ne_vaut_pas(self, cohort, gestionnaire, lien, structure):
        (autre,) = peupler(cohort, structure, 1)
        with cohort.monde():
            Rattachement.objects.filter(pk=lien.pk).update(statut=StatutRattachement.DESACTIVEE)
        reponse = gestionnaire.post(url("dupliquer_droits", structure, lien), {"vers": autre.pk})
        assert reponse.status_code == 422


class TestTransfert:
    def test_choisir_confirmer_echanger(self, cohort, gestionnaire, compte, lien, structure, relire):
        adresse = url("transferer_gestion", structure)
        assert "Camille Loriot" in texte(gestionnaire.get(adresse))
        question = texte(gestionnaire.get(adresse, {"vers": lien.pk}))
        assert "Camille Loriot devient gestionnaire principal" in question
        assert "Vous devenez utilisateur" in question
        assert relire(lien).role == Role.UTILISATEUR
        page = gestionnaire.post(adresse, {"vers": lien.pk}, follow=True)
        assert page.status_code == 200, "the former one keeps his profiles"
        assert not page.context["peut_transferer"]
        assert relire(lien).est_gestionnaire
        with cohort.monde():
            assert Rattachement.objects.get(compte=compte).role == Role.UTILISATEUR
        assert gestionnaire.post(adresse, {"vers": lien.pk}).status_code == 403

    @pytest.mark.parametrize("etat", [EtatCompte.DESACTIVE, EtatCompte.EN_ATTENTE_ACTIVATION])
    def test_seulement_vers_un_compte_actif(self, cohort, gestionnaire, lien, structure, relire, etat):
        with cohort.monde():
            Compte.objects.filter(pk=lien.compte_id).update(etat=etat)
        adresse = url("transferer_gestion", structure)
        assert "Personne à qui transférer" in texte(gestionnaire.get(adresse))
        assert gestionnaire.post(adresse, {"vers": lien.pk}).status_code == 422
        assert relire(lien).role == Role.UTILISATEUR

    def test_le_service_a_le_dernier_mot(self, gestionnaire, lien, structure, monkeypatch):
        def refuser(*_, **__):
            raise rattachements.DejaTraite("Vous n'êtes plus le gestionnaire principal de cette structure.")

        monkeypatch.setattr(gestion, "transferer", refuser)
        reponse = gestionnaire.post(url("transferer_gestion", structure), {"vers": lien.pk})
        assert reponse.status_code == 422
        assert "n'êtes plus le gestionnaire" in texte(reponse)


class TestQuiPeutQuoi:
    def test_niveau_par_profil_et_par_service(self, cohort, gestionnaire, lien, structure):
        service = factories.service(structure, "CHANTIERS")
        par_service(cohort, lien, service)
        reponse = gestionnaire.get(url("qui_peut_quoi", structure))
        lignes = {ligne.lien.compte.nom: dict(ligne.cases) for ligne in reponse.context["lignes"]}
        assert [d.niveau for d in lignes["Loriot"]["Factures émises"]] == ["modification"]
        assert [(d.niveau, d.codes) for d in lignes["Loriot"]["Factures de travaux"]] == [
            ("consultation", ("CHANTIERS",))
        ]
        assert lignes["Loriot"]["Organisation"] == ()
        assert len(lignes["Poste01"]) == 9
        page = texte(reponse)
        assert url("utilisateur", structure, lien) in page
        assert 'data-label="Factures de travaux"' in page
        assert '<span class="visually-hidden">modification</span>' in page

    def test_ce_qui_ne_vaut_pas_n_y_est_pas(self, gestionnaire, demande, structure):
        lignes = gestionnaire.get(url("qui_peut_quoi", structure)).context["lignes"]
        assert [ligne.lien.compte.nom for ligne in lignes] == ["Poste01"]


class TestHistorique:
    @pytest.fixture
    def acte(self, cohort, structure, compte):
        structure.cohort = cohort
        with cohort.monde():
            return noter_acte(
                structure,
                TypeActe.SERVICE_MODIFIE,
                par=compte,
                objet="CHANTIERS",
                avant={"libelle": "Vieux", "engagement_obligatoire": False, "liste": ["a", "b"], "pareil": ["x"]},
                apres={"libelle": "<b>Neuf</b>", "engagement_obligatoire": True, "liste": ["b", "c"], "pareil": ["x"]},
            )

    def test_avant_et_apres_en_francais(self, gestionnaire, acte, structure):
        reponse = gestionnaire.get(url("historique", structure))
        (_, changements) = reponse.context["lignes"][0]
        assert [str(c) for c in changements] == [
            "Libellé : Vieux → <b>Neuf</b>",
            "Liste – ajout : c ; retrait : a",
            "N° d'engagement obligatoire : non → oui",
        ]
        page = texte(reponse)
        assert "&lt;b&gt;Neuf&lt;/b&gt;" in page
        assert "{&" not in page

    def test_un_acte_sans_avant_et_des_valeurs_imbriquees(self, cohort, gestionnaire, structure):
        structure.cohort = cohort
        with cohort.monde():
            noter_acte(
                structure,
                TypeActe.RACCORDEMENT,
                par=None,
                apres={"motif": "Refus", "zzz_inconnu": {"siret": "1"}, "vide": None, "services": ["A"]},
            )
        (acte, changements) = gestionnaire.get(url("historique", structure)).context["lignes"][0]
        assert acte.acteur_nom == "Le portail"
        assert [str(c) for c in changements] == [
            "Motif : Refus",
            "Services – ajout : A",
            "Zzz inconnu : SIRET : 1",
        ]

    def test_filtres(self, gestionnaire, acte, demande, compte, structure):
        def types(**criteres):
            return [a.type for a, _ in gestionnaire.get(url("historique", structure), criteres).context["lignes"]]

        assert types() == [TypeActe.RATTACHEMENT_DEMANDE, TypeActe.SERVICE_MODIFIE]
        assert types(type="SERVICE_MODIFIE") == [TypeActe.SERVICE_MODIFIE]
        assert types(acteur="Camille Loriot") == [TypeActe.RATTACHEMENT_DEMANDE]
        assert types(acteur="Camille Loriot", type="SERVICE_MODIFIE") == []
        assert len(types(type="inconnu")) == 2

    def test_export_csv(self, gestionnaire, acte, structure, compte):
        contenu = gestionnaire.get(url("historique_export", structure), {"type": "SERVICE_MODIFIE"}).content
        lignes = list(csv.reader(io.StringIO(contenu.decode("utf-8-sig")), delimiter=";"))
        assert lignes[0] == ["Date", "Acteur", "Acte", "Objet", "Détail"]
        assert lignes[1][1:4] == [str(compte), "Service modifié", "CHANTIERS"]
        assert "N° d'engagement obligatoire : non → oui" in lignes[1][4]

    def test_requetes_constantes(self, cohort, gestionnaire, compte, structure, django_assert_max_num_queries):
        with cohort.monde():
            ActeGestion.objects.bulk_create(
                ActeGestion(
                    cohort=cohort, structure=structure, acteur=compte, acteur_nom="X", type=TypeActe.HABILITATIONS
                )
                for _ in range(60)
            )
        with django_assert_max_num_queries(14):
            assert len(gestionnaire.get(url("historique", structure)).context["lignes"]) == 25

    def test_une_structure_neuve(self, gestionnaire, structure):
        assert "Aucun acte de gestion" in texte(gestionnaire.get(url("historique", structure)))
