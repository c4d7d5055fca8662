"""« Recycler », « Compléter », « Dupliquer », the window of rejections, « Traiter le rejet » (factures.md §6.5, §7)."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.enums import Niveau
from invoices.enums import Motif, Statut
from invoices.models import ActionUtilisateur, Facture, HistoriqueStatut
from invoices.rappel import A_MONTRER, OBLIGATOIRES
from sandbox import clock
from structures.enums import Role
from tests import factories
from tests.conftest import connecter
from tests.invoices.views.conftest import erreurs, url

pytestmark = pytest.mark.django_db
S = Statut
LE = date(2026, 12, 1)
PDF = b"%PDF-1.7 bon de livraison"


@pytest.fixture
def departement(cohort):
    return factories.publique(cohort, factories.DEPARTEMENT)


@pytest.fixture
def emise(structure, mandat, departement, compte, cohort):
    def faire(statut=S.A_RECYCLER, de=None, **champs):
        jour = champs.get("date_facture", LE)
        faite = factories.facture(
            de or structure,
            departement,
            statut=statut,
            compte=compte,
            depuis=champs.pop("depuis", datetime.combine(jour, time(11), tzinfo=UTC)),
            **({"numero": "ARB-2026-104", "date_facture": jour, "code_service": "DOR-COLLEGES"} | champs),
        )
        with cohort.monde():
            HistoriqueStatut.objects.filter(facture=faite, statut=statut).update(
                motif=Motif.SE_ERR, commentaire="Cette commande relève de DOR-ROUTES.", auteur="Département"
            )
        return faite

    return faire


def relire(facture):
    with facture.cohort.monde():
        return Facture.objects.select_related("destinataire").get(pk=facture.pk)


def texte(reponse):
    return " ".join(re.sub(r"<[^>]+>", " ", reponse.content.decode()).replace("&#x27;", "'").split())


# --- « Recycler »


def recyclage(facture, **champs):
    return {
        "destinataire": str(facture.destinataire_id),
        "destinataire_etat": "non",
        "code_service": "DOR-ROUTES",
        "numero_engagement": "DOR-26-0457",
        "commentaire": "Service corrigé",
        "vu": "A_RECYCLER",
        "action": "verifier",
    } | champs


def test_recycler_montre_le_motif_quatre_champs_et_le_reste_fige(gestionnaire, emise):
    reponse = gestionnaire.get(url("recycler", emise(recyclages=1).pk))
    dit, html = texte(reponse), reponse.content.decode()
    assert "SE incorrect" in dit
    assert "Cette commande relève de DOR-ROUTES." in dit
    assert "Fonctionnalité en cours de suppression" in dit
    assert "déjà été recyclée 1 fois" in dit
    assert "Ce qui ne change pas" in dit
    noms = set(re.findall(r'<(?:input|textarea|select)[^>]* name="([a-z_]+)"', html))
    assert {"destinataire", "code_service", "numero_engagement", "commentaire"} <= noms
    assert "numero" not in noms
    assert 'value="DOR-COLLEGES"' in html


def test_recycler_demande_puis_envoie(gestionnaire, emise):
    """A13, exercise 5."""
    facture = emise()
    question = gestionnaire.post(url("recycler", facture.pk), recyclage(facture, numero="ARB-2026-104B"))
    assert "Code service : DOR-ROUTES" in texte(question)
    assert relire(facture).statut == S.A_RECYCLER
    champs = dict(re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', question.content.decode()))
    champs.pop("csrfmiddlewaretoken", None)
    assert champs["action"] == "confirmer"
    reponse = gestionnaire.post(url("recycler", facture.pk), champs, follow=True)
    apres = relire(facture)
    assert (apres.numero, apres.statut, apres.code_service) == ("ARB-2026-104", S.DEPOSEE, "DOR-ROUTES")
    assert (apres.numero_engagement, apres.recyclages, apres.commentaire) == ("DOR-26-0457", 1, "Service corrigé")
    assert "sous le même numéro" in texte(reponse)
    with facture.cohort.monde():
        assert Facture.objects.count() == 1


@pytest.mark.parametrize(
    ("champs", "dit"),
    [
        ({"numero_engagement": ""}, "Numéro d'engagement : Le numéro d'engagement est obligatoire"),
        ({"code_service": "ZZZ"}, "Code service : Le code service n'existe pas"),
        ({"destinataire": ""}, "Destinataire : Le destinataire est introuvable"),
    ],
)
@pytest.mark.parametrize("action", ["verifier", "confirmer"])
def test_recycler_refuse_a_son_champ_et_garde_tout(gestionnaire, emise, champs, dit, action):
    facture = emise()
    reponse = gestionnaire.post(url("recycler", facture.pk), recyclage(facture, action=action, **champs))
    assert reponse.status_code == 422
    assert any(ligne.replace("&#x27;", "'").startswith(dit) for ligne in erreurs(reponse)), erreurs(reponse)
    assert "Service corrigé" in texte(reponse)
    assert relire(facture).statut == S.A_RECYCLER


@pytest.mark.parametrize(
    ("champs", "attendu"),
    [
        ({"action": "changer"}, "Votre destinataire est-il un service de l'État ?"),
        ({"action": "chercher", "destinataire": "", "recherche": "montbrisac"}, "CENTRE HOSPITALIER DE MONTBRISAC"),
        ({"action": "choisir"}, "DÉPARTEMENT DE L'ORLE"),
        ({"action": "service:DOR-ROUTES", "code_service": ""}, "engagement obligatoire pour ce service"),
    ],
)
def test_recycler_cherche_sans_script(gestionnaire, emise, champs, attendu):
    facture = emise()
    reponse = gestionnaire.post(url("recycler", facture.pk), recyclage(facture, **champs))
    assert reponse.status_code == 200
    assert attendu in texte(reponse)
    assert "Service corrigé" in texte(reponse)


@pytest.mark.parametrize("action", ["verifier", "confirmer"])
def test_recycler_une_facture_qui_a_bouge(gestionnaire, emise, action):
    facture = emise(S.REJETEE)
    reponse = gestionnaire.post(url("recycler", facture.pk), recyclage(facture, action=action))
    assert reponse.status_code == 409
    dit = texte(reponse)
    assert "a changé entre-temps" in dit
    assert "Service corrigé" in dit
    assert 'value="verifier"' not in reponse.content.decode()


def test_recycler_deux_fois_n_en_fait_qu_un(gestionnaire, emise):
    facture = emise()
    envoi = recyclage(facture, action="confirmer")
    assert gestionnaire.post(url("recycler", facture.pk), envoi).status_code == 302
    assert gestionnaire.post(url("recycler", facture.pk), envoi).status_code == 409
    assert relire(facture).recyclages == 1


@pytest.mark.parametrize("nom", ["recycler", "completer"])
def test_une_page_sans_objet_ramene_a_la_facture(gestionnaire, emise, nom):
    facture = emise(S.MISE_A_DISPOSITION)
    reponse = gestionnaire.get(url(nom, facture.pk), follow=True)
    assert reponse.redirect_chain[-1][0] == url("facture", facture.pk)
    assert "rien à faire" in texte(reponse)


@pytest.mark.parametrize("nom", ["recycler", "completer", "dupliquer"])
def test_ni_lecteur_ni_autre_structure_ni_autre_session(lecteur, au_poste, cohort, autre_client, emise, nom):
    facture = emise(S.REJETEE)
    etrangere = factories.structure(cohort, 3)
    voisin = factories.compte(cohort, 3)
    factories.rattachement(voisin, etrangere)
    assert lecteur.get(url(nom, facture.pk)).status_code == 403
    assert connecter(au_poste(3), voisin).get(url(nom, facture.pk)).status_code == 404
    assert autre_client.post(url(nom, facture.pk)).status_code == 404
    assert relire(facture).statut == S.REJETEE


def test_un_droit_limite_a_un_autre_service_n_agit_pas(cohort, structure, au_poste, emise, compte):
    from accounts.profils import Profil
    from structures.enums import StatutRattachement
    from structures.models import Habilitation, RattachementService

    un, deux = factories.service(structure, "S-1"), factories.service(structure, "S-2")
    facture = emise(S.A_RECYCLER, service_fournisseur=un)
    qui = factories.compte(cohort, 2)
    lien = factories.rattachement(qui, structure, role=Role.UTILISATEUR, profils=[])
    with cohort.monde():
        RattachementService.objects.create(
            cohort=cohort, place=2, rattachement=lien, service=deux, statut=StatutRattachement.VALIDEE
        )
        Habilitation.objects.create(
            cohort=cohort,
            place=2,
            rattachement=lien,
            service=deux,
            profil=Profil.FACTURES_EMISES,
            niveau=Niveau.MODIFICATION,
        )
    assert connecter(au_poste(2), qui).get(url("recycler", facture.pk)).status_code == 403


# --- « Compléter »


def complement(**champs):
    return {
        "vu": "SUSPENDUE",
        "piece_type": "BON_LIVRAISON",
        "piece_designation": "BL 109 signé",
        "commentaire": "Voici le bon de livraison.",
        "confirme": "on",
    } | champs


def fichier(nom="BL-109-signe.pdf", contenu=PDF):
    return SimpleUploadedFile(nom, contenu, "application/pdf")


def test_completer_par_deux_pieces(gestionnaire, emise, compte):
    """Exercise 6."""
    facture = emise(S.SUSPENDUE)
    envoi = complement(pieces_jointes=[fichier(), fichier("attestation-109.pdf", PDF + b"2")])
    reponse = gestionnaire.post(url("completer", facture.pk), envoi, follow=True)
    apres = relire(facture)
    assert (apres.statut, apres.commentaire) == (S.COMPLETEE, "Voici le bon de livraison.")
    with facture.cohort.monde():
        pieces = {(p.nom, p.type, p.designation, p.ajoutee_par_id) for p in apres.pieces.all()}
    assert pieces == {
        ("BL-109-signe.pdf", "BON_LIVRAISON", "BL 109 signé", compte.pk),
        ("attestation-109.pdf", "BON_LIVRAISON", "BL 109 signé", compte.pk),
    }
    assert "la retrouve dans ses factures à traiter" in texte(reponse)


def test_la_page_liste_les_pieces_deja_envoyees_sans_les_retirer(gestionnaire, emise):
    facture = emise(S.SUSPENDUE, commentaire="Premier texte")
    gestionnaire.post(url("completer", facture.pk), complement(pieces_jointes=[fichier()]))
    with facture.cohort.monde():
        Facture.objects.update(statut=S.SUSPENDUE)
    reponse = gestionnaire.get(url("completer", facture.pk))
    html = reponse.content.decode()
    assert "BL-109-signe.pdf" in html
    assert "retirer-piece" not in html
    assert "Voici le bon de livraison." in html
    assert "La première suspension arrête le délai" in texte(reponse)


def test_la_deuxieme_suspension_est_expliquee(gestionnaire, emise):
    """D-33."""
    facture = emise(S.SUSPENDUE)
    with facture.cohort.monde():
        ligne = HistoriqueStatut.objects.get(statut=S.SUSPENDUE)
        ligne.pk, ligne._state.adding = None, True
        ligne.save()
    assert "le délai ne s'est pas arrêté" in texte(gestionnaire.get(url("completer", facture.pk)))


@pytest.mark.parametrize(
    ("champs", "dit"),
    [
        ({"confirme": ""}, "Cochez cette case pour confirmer"),
        ({"commentaire": ""}, "rien n'a changé"),
        ({"commentaire": "x" * 2001}, "2000 caractères"),
        ({"pieces_jointes": [fichier("virus.exe")]}, "virus.exe"),
    ],
)
def test_completer_refuse_et_garde_le_texte(gestionnaire, emise, champs, dit):
    facture = emise(S.SUSPENDUE)
    reponse = gestionnaire.post(url("completer", facture.pk), complement(**champs))
    assert reponse.status_code == 422
    assert dit in texte(reponse)
    assert 'value="BL 109 signé"' in reponse.content.decode()
    assert relire(facture).statut == S.SUSPENDUE
    assert ("choisissez-les à nouveau" in texte(reponse)) == ("pieces_jointes" in champs)


def test_completer_une_facture_qui_a_bouge(gestionnaire, emise):
    facture = emise(S.REJETEE)
    reponse = gestionnaire.post(url("completer", facture.pk), complement(pieces_jointes=[fichier()]))
    assert reponse.status_code == 409
    assert "a changé entre-temps" in texte(reponse)
    assert "Voici le bon de livraison." in texte(reponse)
    with facture.cohort.monde():
        assert not facture.pieces.exists()


# --- « Dupliquer »


def test_dupliquer_demande_puis_ouvre_le_brouillon(gestionnaire, emise):
    """Exercise 7; two clicks, one draft."""
    facture = emise(S.REJETEE)
    question = gestionnaire.get(url("dupliquer", facture.pk))
    assert "son numéro" in texte(question)
    cle = re.search(r'name="cle" value="([^"]+)"', question.content.decode())[1]
    reponses = [gestionnaire.post(url("dupliquer", facture.pk), {"cle": cle}) for _ in range(2)]
    with facture.cohort.monde():
        neuve = Facture.objects.exclude(pk=facture.pk).get()
    assert {r.headers["Location"] for r in reponses} == {url("brouillon", neuve.pk)}
    assert (neuve.statut, neuve.numero, neuve.code_service) == (S.BROUILLON, "", "DOR-COLLEGES")
    html = gestionnaire.get(url("brouillon", neuve.pk)).content.decode()
    assert "Fenêtre 1" in html


@pytest.mark.parametrize(("statut", "dit"), [(S.SUSPENDUE, "Seule une facture"), (S.REJETEE, "double facturation")])
def test_ce_qui_ne_se_duplique_pas(gestionnaire, emise, statut, dit):
    facture = emise(statut)
    with facture.cohort.monde():
        HistoriqueStatut.objects.filter(statut=statut).update(motif=Motif.DOUBLE_FACT)
    for reponse in (gestionnaire.get(url("dupliquer", facture.pk)), gestionnaire.post(url("dupliquer", facture.pk))):
        assert reponse.status_code == 409
        assert dit in texte(reponse)
    with facture.cohort.monde():
        assert Facture.objects.count() == 1


# --- the window


@pytest.fixture
def deux(emise):
    return emise(S.REJETEE), emise(S.SUSPENDUE, numero="ARB-2026-109")


def codes(cohort):
    with cohort.monde():
        return sorted(ActionUtilisateur.objects.values_list("facture__numero", "code"))


def test_la_fenetre_dit_ce_qui_revient(gestionnaire, deux, emise, cohort):
    emise(S.REJETEE, de=factories.structure(cohort, 2), numero="AUTRE-STRUCTURE")
    dit = texte(gestionnaire.get(url("rejets")))
    for attendu in ("2 factures vous ont été renvoyées", "ARB-2026-104", "ARB-2026-109", "DÉPARTEMENT DE L'ORLE"):
        assert attendu in dit
    assert "Cette commande relève de DOR-ROUTES." in dit
    assert "SE incorrect" in dit
    assert "01/12/2026" in dit
    assert "Plus tard" in dit
    assert "AUTRE-STRUCTURE" not in dit


def test_acquitter_la_selection_laisse_les_autres(gestionnaire, deux, cohort):
    reponse = gestionnaire.post(url("acquitter"), {"factures": [deux[0].pk], "action": "selection"}, follow=True)
    assert reponse.redirect_chain == [(url("rejets"), 302)]
    assert "1 facture acquittée" in texte(reponse)
    assert codes(cohort) == [("ARB-2026-104", "ACQUITTEMENT_REJET")]
    assert "Une facture vous a été renvoyée" in texte(reponse)
    assert relire(deux[0]).rejet_traite is False


def test_tout_acquitter_et_fermer(gestionnaire, deux, cohort):
    suite = url("facture", deux[0].pk)
    for attendu in ("2 factures acquittées", "déjà acquittées"):
        reponse = gestionnaire.post(url("acquitter"), {"action": "tout", "suite": suite}, follow=True)
        assert reponse.redirect_chain == [(suite, 302)]
        assert attendu in texte(reponse)
    assert len(codes(cohort)) == 2
    assert "Rien à acquitter" in texte(gestionnaire.get(url("rejets")))


def test_acquitter_sans_cocher(gestionnaire, deux, cohort):
    reponse = gestionnaire.post(url("acquitter"), {"action": "selection"})
    assert reponse.status_code == 422
    assert "Aucune facture n'est cochée" in texte(reponse)
    assert codes(cohort) == []


def test_on_n_acquitte_ni_ne_traite_la_facture_d_un_autre(gestionnaire, emise, cohort, departement):
    autre = emise(S.REJETEE, de=factories.structure(cohort, 2), numero="AUTRE")
    for nom in ("acquitter", "traiter_rejets"):
        gestionnaire.post(url(nom), {"factures": [autre.pk, "x", "9" * 30]})
    assert codes(cohort) == []
    assert not relire(autre).rejet_traite


@pytest.mark.parametrize("suite", ["https://ailleurs.example/", "//ailleurs.example", "javascript:x"])
def test_la_suite_reste_sur_le_portail(gestionnaire, deux, suite):
    reponse = gestionnaire.post(url("acquitter"), {"action": "tout", "suite": suite})
    assert reponse.headers["Location"] == url("synthese")


def test_traiter_le_rejet(gestionnaire, deux, cohort):
    """Exercise 7: out of Synthèse, kept in Rechercher."""
    ids = {"factures": [f.pk for f in deux]}
    reponse = gestionnaire.post(url("traiter_rejets"), ids, follow=True)
    assert "1 rejet traité : cette facture quitte Synthèse" in texte(reponse)
    assert relire(deux[0]).rejet_traite
    assert not relire(deux[1]).rejet_traite
    assert codes(cohort) == [("ARB-2026-104", "TRAITEMENT_REJET")]
    assert "Rien à traiter" in texte(gestionnaire.post(url("traiter_rejets"), ids, follow=True))
    assert "cochez" in texte(gestionnaire.post(url("traiter_rejets"), follow=True))


@pytest.mark.parametrize("nom", ["acquitter", "traiter_rejets"])
def test_un_lecteur_n_acquitte_pas(lecteur, deux, cohort, nom):
    assert lecteur.post(url(nom), {"factures": [deux[0].pk], "action": "tout"}).status_code == 403
    assert codes(cohort) == []


# --- at the login


def se_connecter(client, compte):
    from django.urls import reverse

    envoi = {"login_email": compte.login_email, "mot_de_passe": factories.MOT_DE_PASSE}
    return client.post(reverse("accounts:connexion"), envoi)


def vieillir(cohort, jours):
    with cohort.monde():
        Facture.objects.update(statut_depuis=clock.now() - timedelta(days=jours))


def test_a_la_connexion_la_fenetre_s_ouvre_une_fois(poste, compte, deux):
    reponse = se_connecter(poste, compte)
    assert reponse.headers["Location"] == "/portail/"
    accueil = poste.get("/portail/")
    assert "2 factures vous reviennent" in texte(accueil)
    assert f'hx-get="{url("rejets")}"' in accueil.content.decode()
    assert poste.session[A_MONTRER]
    poste.get(url("rejets"), headers={"HX-Request": "true"})
    assert A_MONTRER not in poste.session
    apres = poste.get(url("rechercher")).content.decode()
    assert 'hx-trigger="load"' not in apres
    assert poste.get(url("synthese")).status_code == 200


def test_rien_ne_s_ouvre_quand_rien_ne_revient(poste, compte, emise):
    emise(S.MISE_A_DISPOSITION)
    se_connecter(poste, compte)
    assert A_MONTRER not in poste.session
    assert "vous revien" not in texte(poste.get("/portail/"))


def test_apres_sept_jours_l_acquittement_est_obligatoire(poste, compte, deux, cohort):
    """A19: no page but those that help to read and acknowledge."""
    vieillir(cohort, 7)
    assert se_connecter(poste, compte).headers["Location"] == url("rejets")
    fenetre = poste.get(url("rejets"))
    assert "Plus tard" not in texte(fenetre)
    assert "ne se ferme plus" in texte(fenetre)
    detour = poste.get(url("rechercher"), {"statut": "REJETEE"})
    assert detour.headers["Location"].startswith(f"{url('rejets')}?suite=")
    assert poste.get(url("facture", deux[0].pk)).status_code == 200
    suite = f"{url('rechercher')}?statut=REJETEE"
    reponse = poste.post(url("acquitter"), {"action": "tout", "suite": suite})
    assert reponse.headers["Location"] == suite
    assert poste.get(suite).status_code == 200
    assert OBLIGATOIRES not in poste.session


def test_l_obligation_suit_le_compte(poste, compte, deux, cohort, structure):
    """Another account of the same browser, in consultation only, is not held back."""
    vieillir(cohort, 8)
    se_connecter(poste, compte)
    lecteur = factories.compte(cohort, 1, login_email="lecteur@session.example")
    factories.rattachement(lecteur, structure, role=Role.UTILISATEUR, niveau=Niveau.CONSULTATION)
    se_connecter(poste, lecteur)
    assert OBLIGATOIRES not in poste.session
    assert poste.get(url("rechercher")).status_code == 200


def test_le_temps_qui_passe_rend_obligatoire_a_l_accueil(gestionnaire, deux, cohort):
    gestionnaire.get("/portail/")
    assert gestionnaire.get(url("rechercher")).status_code == 200
    vieillir(cohort, 7)
    gestionnaire.get("/portail/")
    assert gestionnaire.get(url("rechercher")).status_code == 302
