"""« Traiter »: one invoice or fifty, in two steps, with what the others did meanwhile (factures.md §4.1, §4.2)."""

import re

import pytest
from django.urls import reverse

from accounts.enums import Niveau
from accounts.profils import Profil
from invoices.enums import Statut, TypeFacture
from invoices.models import DestinatairePrecedent, Facture, HistoriqueStatut
from sandbox.cohorts.enums import Regime
from structures.enums import Role
from structures.models import Structure
from tests import factories
from tests.conftest import connecter
from tests.invoices.views.conftest import erreurs, url

pytestmark = pytest.mark.django_db
TRAITER = reverse("invoices:recues_traiter")


def agent(cohort, structure, place=1, *, service=None, **champs):
    """An account of a public body, « Factures reçues » in modification, on one service only when it is given."""
    prenom = champs.pop("prenom", "Aline")
    qui = factories.compte(
        cohort, place, login_email=f"{prenom.lower()}@valmoran.example", prenom=prenom, nom="Valmoran"
    )
    lien = factories.rattachement(qui, structure, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES], **champs)
    if service is not None:
        with cohort.monde():
            lien.habilitations.update(service=service)
    return qui


@pytest.fixture
def aline(cohort, destinataire, au_poste):
    return connecter(au_poste(1), agent(cohort, destinataire))


@pytest.fixture
def bruno(cohort, destinataire, au_poste):
    """A colleague, in another browser."""
    return connecter(au_poste(2), agent(cohort, destinataire, 2, prenom="Bruno"))


@pytest.fixture
def recue(structure, destinataire):
    def _recue(numero="F-1", statut=Statut.MISE_A_DISPOSITION, **champs):
        return factories.facture(structure, champs.pop("a", destinataire), numero=numero, statut=statut, **champs)

    return _recue


def ouvrir(client, *factures, **criteres):
    return client.get(TRAITER, {"factures": [f.pk for f in factures], **criteres})


def cachees(html):
    """Hidden fields of the page's form: which invoices, in which status it showed them."""
    champs = {}
    for nom, valeur in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html):
        if nom != "csrfmiddlewaretoken":
            champs.setdefault(nom, []).append(valeur)
    for nom, valeur in re.findall(r'<textarea name="(commentaire)"[^>]*hidden[^>]*>(.*?)</textarea>', html, re.DOTALL):
        champs[nom] = [valeur]
    return champs


def envoyer(client, html, etape, **saisie):
    """Send the form of this page."""
    return client.post(TRAITER, cachees(html) | saisie | {"etape": etape})


def verifier(client, *factures, **saisie):
    return envoyer(client, ouvrir(client, *factures).content.decode(), "verifier", **saisie)


def traiter(client, *factures, **saisie):
    """Both steps."""
    confirmation = verifier(client, *factures, **saisie)
    assert confirmation.status_code == 200, confirmation.content.decode()
    return envoyer(client, confirmation.content.decode(), "confirmer")


def statuts(cohort):
    with cohort.monde():
        return dict(Facture.objects.values_list("numero", "statut"))


def historique(cohort, facture):
    with cohort.monde():
        return list(HistoriqueStatut.objects.filter(facture=facture).order_by("pk"))


def options(html):
    """{group: statuses offered} of the drop-down."""
    select = re.search(r'<select\s+name="statut".*?</select>', html, re.DOTALL)[0]
    groupes = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', select, re.DOTALL)
    return {nom: re.findall(r'<option value="([^"]+)"', corps) for nom, corps in groupes}


class TestFormulaire:
    def test_les_habituels_d_abord(self, aline, recue):
        html = ouvrir(aline, recue()).content.decode()
        offre = options(html)
        assert offre["Statuts habituels"] == ["SUSPENDUE", "A_RECYCLER", "REJETEE", "SERVICE_FAIT"]
        assert set(offre["Autres statuts"]) == {
            *("MANDATEE", "MISE_A_DISPOSITION_COMPTABLE", "COMPTABILISEE", "MISE_EN_PAIEMENT", "MISE_A_DISPOSITION")
        }
        assert "Mise à disposition du destinataire (statut actuel)" in html
        assert "120,00" in html
        assert "ARBELIN MENUISERIE 01" in html

    def test_les_motifs_sont_groupes_par_statut(self, aline, recue):
        html = ouvrir(aline, recue()).content.decode()
        motifs = re.search(r'<select name="motif".*?</select>', html, re.DOTALL)[0]
        groupes = dict(re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', motifs, re.DOTALL))
        assert set(groupes) == {"Suspendue", "À recycler", "Rejetée"}
        assert "MONTANT_ERR" in groupes["Rejetée"]
        assert "MONTANT_ERR" not in groupes["Suspendue"]
        assert "JUSTIF_ABS" in groupes["Suspendue"]
        assert "RETRAIT_MAN_SERV" not in motifs

    @pytest.mark.parametrize(
        ("statut", "presents", "absents"),
        [
            ("SUSPENDUE", ["JUSTIF_ABS", "Listez dans le commentaire"], ["MONTANT_ERR", "numero_mandat", "sautées"]),
            ("REJETEE", ["MONTANT_ERR", "Un rejet est définitif"], ["JUSTIF_ABS", "numero_mandat"]),
            ("SERVICE_FAIT", ["facultatif"], ['name="motif"', "numero_mandat", "sautées"]),
            ("MANDATEE", ["numero_mandat", "Étapes sautées", "Hélios"], ['name="motif"']),
        ],
    )
    def test_le_statut_choisi_precise_la_suite(self, aline, recue, statut, presents, absents):
        """What the drop-down asks the server for: the fields that go with it, the text kept."""
        reponse = aline.get(
            TRAITER,
            {"factures": recue().pk, "statut": statut, "commentaire": "Déjà saisi"},
            headers={"HX-Request": "true"},
        )
        html = reponse.content.decode()
        assert "Déjà saisi" in html
        assert "<html" not in html
        for texte in presents:
            assert texte in html
        for texte in absents:
            assert texte not in html

    def test_apres_la_reforme_on_ne_recycle_plus(self, aline, recue, cohort):
        facture = recue()
        cohort.regime = Regime.REFORME_2026
        cohort.save()
        html = ouvrir(aline, facture).content.decode()
        assert "A_RECYCLER" not in str(options(html))
        assert "SBX_070" in html
        refus = verifier(aline, facture, statut="A_RECYCLER", motif="SE_ERR", commentaire="Voir la régie")
        assert refus.status_code == 422
        assert "recyclage n&#x27;est plus disponible" in refus.content.decode()
        assert statuts(cohort) == {"F-1": "MISE_A_DISPOSITION"}

    @pytest.mark.parametrize("statut", [Statut.REJETEE, Statut.MISE_EN_PAIEMENT])
    def test_rien_d_un_statut_definitif(self, aline, recue, statut):
        html = ouvrir(aline, recue(statut=statut)).content.decode()
        assert "est un statut définitif" in html
        assert 'name="etape"' not in html

    def test_rien_de_coche(self, aline):
        reponse = aline.get(TRAITER, follow=True)
        assert "Cochez d&#x27;abord les factures" in reponse.content.decode()
        assert aline.post(TRAITER, {"factures": "x"}).headers["Location"] == url("recues_synthese")

    def test_plus_de_cinquante(self, aline):
        reponse = aline.get(TRAITER, {"factures": list(range(1, 53))})
        assert reponse.status_code == 422
        html = reponse.content.decode()
        assert "52 factures cochées, 50 au plus" in html
        assert html.count("factures=") == 50


class TestUne:
    def test_suspendre(self, aline, recue, cohort):
        facture = recue()
        reponse = traiter(
            aline, facture, statut="SUSPENDUE", motif="JUSTIF_ABS", commentaire="Bon de livraison <signé>"
        )
        assert reponse.headers["Location"] == url("recues_facture", facture.pk)
        ligne = historique(cohort, facture)[-1]
        assert (ligne.statut, ligne.motif, ligne.auteur) == ("SUSPENDUE", "JUSTIF_ABS", "Aline Valmoran")
        assert statuts(cohort) == {"F-1": "SUSPENDUE"}

    def test_rien_n_est_fait_avant_la_confirmation(self, aline, recue, cohort):
        reponse = verifier(aline, recue(), statut="REJETEE", motif="MONTANT_ERR", commentaire="120 au lieu de 100")
        html = reponse.content.decode()
        assert "Vous allez poser ce statut" in html
        assert "Montant de la facture erroné" in html
        assert "120 au lieu de 100" in html
        assert "Un rejet est définitif" in html
        assert statuts(cohort) == {"F-1": "MISE_A_DISPOSITION"}

    def test_modifier_garde_la_saisie(self, aline, recue):
        html = verifier(aline, recue(), statut="REJETEE", motif="MONTANT_ERR", commentaire="Cent").content.decode()
        retour = envoyer(aline, html, "corriger").content.decode()
        assert ">Cent</textarea>" in retour.replace("\n", "")
        assert re.search(r'<option value="REJETEE"\s+selected', retour)
        assert re.search(r'<option value="MONTANT_ERR"[^>]* selected', retour)

    def test_depuis_la_synthese_on_y_revient(self, aline, recue):
        html = ouvrir(aline, recue(), retour="synthese").content.decode()
        html = envoyer(aline, html, "verifier", statut="SERVICE_FAIT").content.decode()
        reponse = envoyer(aline, html, "confirmer")
        assert reponse.headers["Location"] == url("recues_synthese")
        assert "Facture F-1" in aline.get(url("recues_synthese")).content.decode()

    @pytest.mark.parametrize(
        ("saisie", "attendu"),
        [
            ({}, "Nouveau statut : Choisissez le nouveau statut"),
            ({"statut": "SUSPENDUE", "commentaire": "RIB"}, "Motif : Le motif est obligatoire (SBX_072)"),
            ({"statut": "SUSPENDUE", "motif": "JUSTIF_ABS"}, "Commentaire : Le commentaire est obligatoire"),
            ({"statut": "REJETEE", "motif": "AUTRE"}, "Commentaire : Le commentaire est obligatoire. (SBX_013)"),
            ({"statut": "REJETEE", "motif": "JUSTIF_ABS"}, "Motif : Ce motif n&#x27;est pas proposé"),
            ({"statut": "SERVICE_FAIT", "commentaire": "x" * 256}, "dépasse 255 caractères (256 saisis)"),
            ({"statut": "MANDATEE", "numero_mandat": "1" * 51}, "dépasse 50 caractères (51 saisis)"),
            ({"statut": "DEPOSEE"}, "Nouveau statut : Ce statut n&#x27;est pas proposé"),
        ],
    )
    def test_une_erreur_est_dite_a_son_champ(self, aline, recue, cohort, saisie, attendu):
        """A11, and its neighbours: 422, what was typed stays."""
        reponse = verifier(aline, recue(), **saisie)
        assert reponse.status_code == 422
        assert any(attendu in ligne for ligne in erreurs(reponse)), erreurs(reponse)
        if commentaire := saisie.get("commentaire"):
            assert commentaire in reponse.content.decode()
        assert statuts(cohort) == {"F-1": "MISE_A_DISPOSITION"}

    def test_confirmer_reverifie(self, aline, recue, cohort):
        html = ouvrir(aline, recue()).content.decode()
        assert envoyer(aline, html, "confirmer", statut="REJETEE").status_code == 422
        assert statuts(cohort) == {"F-1": "MISE_A_DISPOSITION"}

    def test_mise_en_paiement_directe(self, aline, recue, cohort):
        """A20: allowed, with the warning."""
        facture = recue()
        html = verifier(aline, facture, statut="MISE_EN_PAIEMENT").content.decode()
        assert "Étapes sautées." in html
        envoyer(aline, html, "confirmer")
        assert statuts(cohort) == {"F-1": "MISE_EN_PAIEMENT"}

    def test_mandatee_avec_son_numero(self, aline, recue, cohort):
        facture = recue(statut=Statut.SERVICE_FAIT)
        html = verifier(aline, facture, statut="MANDATEE", numero_mandat="M-2026-7").content.decode()
        assert "Étapes sautées" not in html
        envoyer(aline, html, "confirmer")
        assert historique(cohort, facture)[-1].numero_mandat == "M-2026-7"

    def test_le_statut_actuel_n_ecrit_que_l_historique(self, aline, recue, cohort):
        facture = recue(statut=Statut.SUSPENDUE)
        avant = len(historique(cohort, facture))
        confirmation = verifier(aline, facture, statut="SUSPENDUE", motif="JUSTIF_ABS", commentaire="RIB aussi")
        assert "une ligne s&#x27;ajoute" in confirmation.content.decode() or "une ligne s'ajoute" in (
            confirmation.content.decode()
        )
        envoyer(aline, confirmation.content.decode(), "confirmer")
        assert statuts(cohort) == {"F-1": "SUSPENDUE"}
        assert len(historique(cohort, facture)) == avant + 1


class TestAvoirs:
    def test_un_avoir_se_prend_en_compte(self, aline, recue, cohort):
        """T30."""
        avoir = recue("AV-1", type_facture=TypeFacture.AVOIR)
        assert "PRISE_EN_COMPTE_DESTINATAIRE" in options(ouvrir(aline, avoir).content.decode())["Statuts habituels"]
        traiter(aline, avoir, statut="PRISE_EN_COMPTE_DESTINATAIRE")
        assert statuts(cohort) == {"AV-1": "PRISE_EN_COMPTE_DESTINATAIRE"}

    def test_une_facture_non(self, aline, recue, cohort):
        reponse = verifier(aline, recue(), statut="PRISE_EN_COMPTE_DESTINATAIRE")
        assert reponse.status_code == 422
        assert "PRISE_EN_COMPTE" not in str(options(reponse.content.decode()))

    def test_rejeter_la_facture_solde_son_avoir(self, aline, recue, cohort):
        """T35: closed by the portal, then nothing moves it."""
        facture = recue()
        avoir = recue("AV-1", type_facture=TypeFacture.AVOIR, numero_facture_origine="F-1")
        traiter(aline, facture, statut="REJETEE", motif="SUPPR_COMP_AVOIR")
        assert statuts(cohort) == {"F-1": "REJETEE", "AV-1": "PRISE_EN_COMPTE_DESTINATAIRE"}
        assert "clos par le portail" in ouvrir(aline, avoir).content.decode()


class TestLot:
    def test_un_statut_pour_toutes(self, aline, recue, cohort):
        reponse = traiter(aline, recue("F-1"), recue("F-2"), recue("F-3"), statut="SERVICE_FAIT")
        html = reponse.content.decode()
        assert reponse.status_code == 200
        assert re.search(r"3\s+factures au statut", html)
        assert set(statuts(cohort).values()) == {"SERVICE_FAIT"}

    def test_des_statuts_melanges(self, aline, recue, cohort):
        """The terminal one is left out, and said why; the order is broken for one of the others only."""
        neuve, faite, rejetee = recue("F-1"), recue("F-2", Statut.SERVICE_FAIT), recue("F-3", Statut.REJETEE)
        html = verifier(aline, neuve, faite, rejetee, statut="MANDATEE", numero_mandat="M-1").content.decode()
        assert "Ne sera pas traitée" in html
        assert "« Rejetée » est un statut définitif" in html
        assert re.search(r"ne suit pas l'ordre habituel\s+pour F-1\.", html)
        bilan = envoyer(aline, html, "confirmer").content.decode()
        assert re.search(r"2\s+factures au statut", bilan)
        assert "Non traitée : « Rejetée » est un statut définitif." in bilan
        assert statuts(cohort) == {"F-1": "MANDATEE", "F-2": "MANDATEE", "F-3": "REJETEE"}

    def test_un_avoir_parmi_des_factures(self, aline, recue):
        html = ouvrir(aline, recue(), recue("AV-1", type_facture=TypeFacture.AVOIR)).content.decode()
        assert "PRISE_EN_COMPTE" not in str(options(html))
        assert "« Prise en compte par le destinataire » n'est pas proposé" in html

    def test_un_lot_dont_une_a_bouge(self, aline, bruno, recue, cohort):
        une, deux = recue("F-1"), recue("F-2")
        html = verifier(aline, une, deux, statut="SERVICE_FAIT").content.decode()
        traiter(bruno, deux, statut="REJETEE", motif="MONTANT_ERR")
        reponse = envoyer(aline, html, "confirmer")
        bilan = reponse.content.decode()
        assert reponse.status_code == 200
        assert "Bruno Valmoran l&#x27;a passée au statut « Rejetée »" in bilan
        assert statuts(cohort) == {"F-1": "SERVICE_FAIT", "F-2": "REJETEE"}

    def test_un_lot_dont_tout_a_bouge(self, aline, bruno, recue, cohort):
        une, deux = recue("F-1"), recue("F-2")
        html = verifier(aline, une, deux, statut="SERVICE_FAIT").content.decode()
        traiter(bruno, une, deux, statut="MANDATEE")
        reponse = envoyer(aline, html, "confirmer")
        assert reponse.status_code == 409
        assert "Reprendre les factures refusées" in reponse.content.decode()
        assert set(statuts(cohort).values()) == {"MANDATEE"}


class TestADeux:
    @pytest.mark.parametrize("etape", ["verifier", "confirmer"])
    def test_le_second_apprend_qui_et_garde_son_texte(self, aline, bruno, recue, cohort, etape):
        facture = recue()
        saisie = {"statut": "SUSPENDUE", "motif": "JUSTIF_ABS", "commentaire": "Mon texte"}
        html = ouvrir(aline, facture).content.decode()
        if etape == "confirmer":
            html = envoyer(aline, html, "verifier", **saisie).content.decode()
        traiter(bruno, facture, statut="SERVICE_FAIT")
        reponse = envoyer(aline, html, etape, **saisie)
        assert reponse.status_code == 409
        suite = reponse.content.decode()
        assert "Bruno Valmoran l&#x27;a passée au statut « Service fait » le 07/12/2026" in suite
        assert "Mon texte" in suite
        assert f'name="vu-{facture.pk}" value="SERVICE_FAIT:' in suite
        assert statuts(cohort) == {"F-1": "SERVICE_FAIT"}
        # From there the same text is sent again, knowingly.
        confirmation = envoyer(aline, suite, "verifier", **saisie)
        envoyer(aline, confirmation.content.decode(), "confirmer")
        assert statuts(cohort) == {"F-1": "SUSPENDUE"}

    def test_apres_un_statut_definitif_le_texte_reste_lisible(self, aline, bruno, recue, cohort):
        facture = recue()
        html = ouvrir(aline, facture).content.decode()
        traiter(bruno, facture, statut="REJETEE", motif="MONTANT_ERR")
        reponse = envoyer(aline, html, "verifier", statut="SERVICE_FAIT", commentaire="Mon texte")
        assert reponse.status_code == 409
        assert "Mon texte" in reponse.content.decode()
        assert "« Rejetée »" in reponse.content.decode()
        assert statuts(cohort) == {"F-1": "REJETEE"}

    @pytest.mark.parametrize("statut", ["SERVICE_FAIT", "MISE_A_DISPOSITION", "MISE_EN_PAIEMENT"])
    def test_un_double_clic_n_ecrit_qu_une_ligne(self, aline, recue, cohort, statut):
        facture = recue()
        html = verifier(aline, facture, statut=statut, commentaire="Vu").content.decode()
        reponses = [envoyer(aline, html, "confirmer") for _ in range(2)]
        assert [r.headers.get("Location") for r in reponses] == [url("recues_facture", facture.pk)] * 2
        assert len(historique(cohort, facture)) == 4

    def test_un_double_clic_sur_un_lot(self, aline, recue, cohort):
        une, deux = recue("F-1"), recue("F-2")
        html = verifier(aline, une, deux, statut="REJETEE", motif="MONTANT_ERR").content.decode()
        for _ in range(2):
            reponse = envoyer(aline, html, "confirmer")
            assert reponse.status_code == 200
            assert re.search(r"2\s+factures au statut", reponse.content.decode())
        assert [len(historique(cohort, f)) for f in (une, deux)] == [4, 4]

    def test_recyclee_entre_temps(self, aline, recue, cohort, destinataire):
        facture = recue(statut=Statut.A_RECYCLER)
        html = ouvrir(aline, facture).content.decode()
        with cohort.monde():
            DestinatairePrecedent.objects.create(cohort=cohort, place=1, facture=facture, structure=destinataire)
            ailleurs = Structure.objects.get(identifiant=factories.HOPITAL)
            Facture.objects.filter(pk=facture.pk).update(statut=Statut.DEPOSEE, destinataire=ailleurs)
        reponse = envoyer(aline, html, "verifier", statut="SERVICE_FAIT")
        assert reponse.status_code == 409
        assert "recyclée vers un autre destinataire" in reponse.content.decode()
        assert statuts(cohort) == {"F-1": "DEPOSEE"}


class TestDroits:
    def test_la_consultation_ne_traite_pas(self, cohort, destinataire, recue, au_poste):
        lecteur = connecter(au_poste(2), agent(cohort, destinataire, 2, niveau=Niveau.CONSULTATION))
        assert ouvrir(lecteur, recue()).status_code == 403

    def test_consultation_ici_modification_ailleurs(self, cohort, destinataire, recue, au_poste):
        """The profile opens the page, the invoice does not: 403 alone, left out of a batch."""
        hopital = factories.publique(cohort, factories.HOPITAL)
        qui = agent(cohort, destinataire, 2, niveau=Niveau.CONSULTATION)
        factories.rattachement(qui, hopital, role=Role.UTILISATEUR, profils=[Profil.FACTURES_RECUES])
        client = connecter(au_poste(2), qui)
        lue, sienne = recue("LUE"), recue("SIENNE", a=hopital)
        refus = ouvrir(client, lue)
        assert refus.status_code == 403
        assert "demandez la modification à son gestionnaire principal" in refus.content.decode()
        assert "votre habilitation la laisse lire, pas traiter" in ouvrir(client, lue, sienne).content.decode()
        traiter(client, lue, sienne, statut="SERVICE_FAIT")
        assert statuts(cohort) == {"LUE": "MISE_A_DISPOSITION", "SIENNE": "SERVICE_FAIT"}

    def test_la_facture_d_un_autre_service(self, cohort, destinataire, recue, au_poste):
        """A22."""
        sien, autre = factories.service(destinataire, "FIN"), factories.service(destinataire, "CULT")
        client = connecter(au_poste(2), agent(cohort, destinataire, 2, service=sien))
        sienne, ailleurs = recue("SIENNE", service=sien), recue("AUTRE", service=autre)
        assert ouvrir(client, ailleurs).status_code == 403
        assert ouvrir(client, sienne, ailleurs).status_code == 403
        traiter(client, sienne, statut="SERVICE_FAIT")
        html = ouvrir(client, sienne).content.decode()
        assert client.post(TRAITER, cachees(html) | {"factures": [ailleurs.pk], "statut": "REJETEE"}).status_code == 403
        assert statuts(cohort) == {"SIENNE": "SERVICE_FAIT", "AUTRE": "MISE_A_DISPOSITION"}

    def test_le_fournisseur_jamais(self, gestionnaire, recue):
        assert ouvrir(gestionnaire, recue()).status_code == 403

    def test_celle_d_une_autre_structure_n_existe_pas(self, aline, recue, cohort):
        ailleurs = recue(a=factories.publique(cohort, factories.HOPITAL))
        assert ouvrir(aline, ailleurs).status_code == 404

    def test_celle_d_une_autre_session_non_plus(self, aline, autre_cohort):
        voisine = factories.facture(
            factories.structure(autre_cohort), factories.publique(autre_cohort), statut=Statut.MISE_A_DISPOSITION
        )
        assert ouvrir(aline, voisine).status_code == 404
        assert aline.post(TRAITER, {"factures": voisine.pk, "statut": "REJETEE"}).status_code == 404

    @pytest.mark.parametrize(
        ("cadre", "statut", "code"),
        [
            ("A12_FACTURE_COTRAITANT", Statut.REFUSEE_1, 404),
            ("A9_FACTURE_SOUSTRAITANT", Statut.REFUSEE_1, 404),
            ("A9_FACTURE_SOUSTRAITANT", Statut.MISE_A_DISPOSITION, 200),
        ],
    )
    def test_ce_qu_un_valideur_a_refuse(self, aline, recue, cadre, statut, code):
        """A15, A16: seen once it is transmitted only."""
        assert ouvrir(aline, recue(cadre=cadre, statut=statut)).status_code == code


class TestDelegation:
    @pytest.fixture
    def delphine(self, cohort, destinataire, au_poste):
        """Of the department, for a service of the commune which delegates."""
        service = factories.service(destinataire, "FIN")
        qui = agent(cohort, destinataire, 2, service=service, prenom="Delphine")
        factories.rattachement(qui, factories.publique(cohort, factories.DEPARTEMENT), role=Role.UTILISATEUR)
        with cohort.monde():
            Structure.objects.filter(pk=destinataire.pk).update(valideur_delegue=True)
        return connecter(au_poste(2), qui), service

    def test_elle_traite_et_l_historique_le_dit(self, delphine, recue, cohort):
        client, service = delphine
        facture = recue(service=service, code_service="FIN")
        assert "par délégation" in client.get(url("recues_synthese")).content.decode()
        html = ouvrir(client, facture).content.decode()
        departement = factories.publique(cohort, factories.DEPARTEMENT).raison_sociale
        assert "par délégation" in html
        traiter(client, facture, statut="SERVICE_FAIT")
        ligne = historique(cohort, facture)[-1]
        assert ligne.auteur == f"Delphine Valmoran ({departement}), par délégation"

    def test_sans_la_case_elle_agit_en_son_nom(self, delphine, recue, cohort, destinataire):
        client, service = delphine
        with cohort.monde():
            Structure.objects.filter(pk=destinataire.pk).update(valideur_delegue=False)
        facture = recue(service=service, code_service="FIN")
        assert "par délégation" not in client.get(url("recues_synthese")).content.decode()
        traiter(client, facture, statut="SERVICE_FAIT")
        assert historique(cohort, facture)[-1].auteur == "Delphine Valmoran"

    def test_pas_hors_de_son_service(self, delphine, recue):
        client, _ = delphine
        assert ouvrir(client, recue()).status_code == 403


def test_requetes_constantes(aline, recue, django_assert_max_num_queries):
    factures = [recue(f"F-{rang:02d}") for rang in range(30)]
    with django_assert_max_num_queries(16):
        html = ouvrir(aline, *factures).content.decode()
    assert html.count(' name="vu-') == 30
