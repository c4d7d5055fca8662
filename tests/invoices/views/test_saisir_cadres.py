"""« Saisir facture »: the four cadres, the validator, the avoir, the autoliquidation (factures.md §1, §2.3, §2.9)."""

from decimal import Decimal

import pytest

from invoices.enums import Statut
from invoices.models import Facture
from structures.enums import EtatStructure
from structures.models import Structure
from tests import factories
from tests.invoices.views.conftest import erreurs, url

pytestmark = pytest.mark.django_db

A2, A9, A12 = "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE", "A9_FACTURE_SOUSTRAITANT", "A12_FACTURE_COTRAITANT"
CORVAN = "00010306900019"


@pytest.fixture
def titulaire(cohort, saisie):
    with cohort.monde():
        deja = Structure.objects.filter(identifiant=CORVAN).first()
    if deja is not None:
        deja.cohort = cohort
        return deja
    return factories.structure(cohort, None, identifiant=CORVAN, raison_sociale="CORVAN BÂTIMENT SAS")


def facture(cohort):
    with cohort.monde():
        return Facture.objects.select_related("valideur", "service_valideur", "service_fournisseur").get()


def poster(client, champs, action="envoyer", **change):
    return client.post(url("saisir"), champs | change | {"action": action})


def texte(reponse):
    return " ".join(reponse.content.decode().replace("&#x27;", "'").split())


@pytest.mark.parametrize("cadre", [A9, A12])
def test_un_sous_traitant_ou_un_cotraitant_nomme_son_valideur(gestionnaire, cohort, saisie, titulaire, cadre):
    service = factories.service(titulaire, "COMPTA")
    champs = saisie | {"cadre": cadre, "valideur": str(titulaire.pk), "service_valideur": str(service.pk)}
    reponse = poster(gestionnaire, champs)
    assert reponse.status_code == 302
    gardee = facture(cohort)
    assert (gardee.cadre, gardee.valideur, gardee.service_valideur) == (cadre, titulaire, service)
    question = texte(gestionnaire.get(reponse.url))
    assert f"Elle passe d'abord par {titulaire}" in question
    assert ("15 jours" in question) is (cadre == A9)
    gestionnaire.post(reponse.url, {"version": gardee.version})
    assert facture(cohort).statut == Statut.DEPOSEE


def test_le_valideur_ne_compte_que_pour_ces_cadres(gestionnaire, cohort, saisie, titulaire):
    poster(gestionnaire, saisie | {"valideur": str(titulaire.pk)}, "enregistrer")
    assert facture(cohort).valideur is None
    page = gestionnaire.get(url("brouillon", facture(cohort).pk)).content.decode()
    assert f'name="valideur" value="{titulaire.pk}"' in page  # the choice is not lost when the cadre comes back


def test_le_valideur_est_cherche_puis_choisi_sans_script(gestionnaire, saisie, titulaire):
    champs = saisie | {"cadre": A9, "recherche_valideur": "corvan"}
    html = texte(poster(gestionnaire, champs, "chercher-valideur"))
    assert f'name="valideur" value="{titulaire.pk}"' in html
    assert "1 structure trouvée" in html
    choisi = texte(poster(gestionnaire, champs | {"valideur": str(titulaire.pk)}, "choisir-valideur"))
    assert f'type="hidden" name="valideur" value="{titulaire.pk}"' in choisi
    assert "Aucun : cette structure n'a pas de service" in choisi
    change = texte(poster(gestionnaire, champs | {"valideur": str(titulaire.pk)}, "changer-valideur"))
    assert 'name="recherche_valideur"' in change
    assert f'value="{titulaire.pk}"' not in change
    assert "Aucune structure active" in texte(
        poster(gestionnaire, champs | {"recherche_valideur": "zzz"}, "chercher-valideur")
    )


def test_le_valideur_avec_htmx(gestionnaire, cohort, structure, titulaire, destinataire):
    def demander(declencheur="", **champs):
        entetes = {"HX-Request": "true"} | ({"HX-Trigger-Name": declencheur} if declencheur else {})
        return texte(gestionnaire.get(url("valideurs"), {"cadre": A9} | champs, headers=entetes))

    assert "CORVAN" in demander("recherche_valideur", recherche_valideur=CORVAN)
    service = factories.service(titulaire, "COMPTA")
    ferme = factories.service(titulaire, "FERME", etat="INACTIF")
    choisi = demander("valideur", valideur=titulaire.pk, fournisseur=structure.pk)
    assert str(service) in choisi
    assert str(ferme) not in choisi
    assert "data-bas-focus" in choisi
    assert "personne ne validera" not in choisi
    assert 'name="recherche_valideur"' in demander(action="changer-valideur", valideur=titulaire.pk)
    soi = demander("valideur", valideur=structure.pk, fournisseur=structure.pk)
    assert "ne peut pas être le fournisseur" in soi
    hopital = factories.publique(cohort, factories.HOPITAL)
    public = demander("valideur", valideur=hopital.pk, fournisseur=structure.pk, destinataire=destinataire.pk)
    assert "est une structure publique : personne ne validera" in public
    lui = demander("valideur", valideur=destinataire.pk, fournisseur=structure.pk, destinataire=destinataire.pk)
    assert "est le destinataire de la facture : personne ne validera" in lui


def test_le_destinataire_comme_valideur_est_accepte_et_annonce(gestionnaire, cohort, saisie, destinataire):
    reponse = poster(gestionnaire, saisie | {"cadre": A9, "valideur": str(destinataire.pk)})
    assert reponse.status_code == 302
    assert "personne ne validera" in texte(gestionnaire.get(reponse.url))
    gestionnaire.post(reponse.url, {"version": facture(cohort).version})
    assert facture(cohort).statut == Statut.DEPOSEE


def test_soi_meme_bloque(gestionnaire, saisie, structure):
    reponse = poster(gestionnaire, saisie | {"cadre": A9, "valideur": str(structure.pk)})
    assert reponse.status_code == 422
    assert any("ne peut pas être le fournisseur" in e.replace("&#x27;", "'") for e in erreurs(reponse))


def test_un_valideur_desactive_ou_inconnu(gestionnaire, cohort, saisie, titulaire, autre_cohort):
    with cohort.monde():
        Structure.objects.filter(pk=titulaire.pk).update(etat=EtatStructure.INACTIF)
    reponse = poster(gestionnaire, saisie | {"cadre": A12, "valideur": str(titulaire.pk)})
    assert any("Le valideur est inconnu" in e for e in erreurs(reponse))
    ailleurs = factories.structure(autre_cohort, 2)
    for inconnu in (str(ailleurs.pk), "999999", "abc", "9" * 30):
        reponse = poster(gestionnaire, saisie | {"cadre": A12, "valideur": inconnu, "cle": f"c{inconnu[:9]}"})
        assert any("Le valideur est obligatoire" in e for e in erreurs(reponse))
        assert "ARBELIN MENUISERIE 02" not in reponse.content.decode()


def test_le_service_du_valideur_est_le_sien(gestionnaire, cohort, saisie, titulaire, structure):
    du_fournisseur = factories.service(structure, "ATELIER")
    champs = saisie | {"cadre": A9, "valideur": str(titulaire.pk), "service_valideur": str(du_fournisseur.pk)}
    poster(gestionnaire, champs, "enregistrer")
    assert facture(cohort).service_valideur is None


def test_le_service_du_fournisseur(gestionnaire, cohort, saisie, structure):
    service = factories.service(structure, "ATELIER")
    assert "ATELIER – Service ATELIER" in gestionnaire.get(url("saisir")).content.decode()
    poster(gestionnaire, saisie | {"service_fournisseur": str(service.pk)}, "enregistrer")
    assert facture(cohort).service_fournisseur == service
    with cohort.monde():
        service.etat = "INACTIF"
        service.save(update_fields=["etat"])
    reponse = gestionnaire.get(url("envoyer", facture(cohort).pk))
    assert reponse.url == url("brouillon", facture(cohort).pk)  # SBX_014: not ready any more


def test_une_habilitation_limitee_a_un_service_le_nomme_d_office(cohort, structure, mandat, saisie, au_poste):
    """Otherwise the invoice would disappear from the eyes of who has just typed it."""
    from accounts.profils import Profil
    from structures.enums import Role
    from structures.models import Habilitation
    from tests.conftest import connecter

    atelier, autre = factories.service(structure, "ATELIER"), factories.service(structure, "BUREAU")
    qui = factories.compte(cohort, 2)
    factories.rattachement(qui, structure, role=Role.UTILISATEUR)
    with cohort.monde():
        Habilitation.objects.filter(rattachement__compte=qui, profil=Profil.FACTURES_EMISES).update(service=atelier)
    client = connecter(au_poste(2), qui)
    html = client.get(url("saisir")).content.decode()
    assert "ATELIER" in html
    assert "BUREAU" not in html
    poster(client, saisie | {"service_fournisseur": str(autre.pk)}, "enregistrer")
    assert facture(cohort).service_fournisseur == atelier
    assert client.get(url("brouillon", facture(cohort).pk)).status_code == 200


# --- A2


def test_deja_payee_le_montant_a_payer_est_nul(gestionnaire, cohort, saisie):
    html = texte(poster(gestionnaire, saisie | {"cadre": A2}, "actualiser"))
    assert 'name="montant_a_payer" value="0,00"' in html
    assert "Facture déjà payée en entier" in html
    retour = texte(poster(gestionnaire, saisie | {"montant_a_payer": "0,00"}, "actualiser"))
    assert 'name="montant_a_payer" value="3392,54"' in retour
    reponse = poster(gestionnaire, saisie | {"cadre": A2, "montant_a_payer": "0"})
    assert reponse.status_code == 302
    assert facture(cohort).montant_a_payer == 0


def test_l_acompte_se_deduit(gestionnaire, cohort, saisie):
    html = texte(poster(gestionnaire, saisie | {"acompte": "392,54", "montant_a_payer": ""}, "recalculer"))
    assert 'name="montant_a_payer" value="3000,00"' in html
    garde = texte(poster(gestionnaire, saisie | {"acompte": "392,54", "montant_a_payer": "12"}, "recalculer"))
    assert 'name="montant_a_payer" value="12"' in garde
    poster(gestionnaire, saisie | {"acompte": "392,54", "montant_a_payer": "3\u202f000,00"})
    assert (facture(cohort).acompte, facture(cohort).montant_a_payer) == (Decimal("392.54"), Decimal(3000))


def test_les_autres_cadres_sont_a_un_lien(gestionnaire):
    from django.urls import reverse

    for page in ("saisir", "deposer"):
        assert reverse("travaux:cadres") in gestionnaire.get(url(page)).content.decode()


# --- avoir


def test_un_avoir_cite_sa_facture(gestionnaire, cohort, saisie, structure, destinataire):
    factories.facture(structure, destinataire, numero="ARB-2026-118")
    avoir = saisie | {"type_facture": "AVOIR", "numero": "ARB-2026-A004", "numero_facture_origine": "ARB-2026-118"}
    reponse = poster(gestionnaire, avoir)
    assert reponse.status_code == 302
    question = texte(gestionnaire.get(reponse.url))
    assert "Vous envoyez l'avoir ARB-2026-A004" in question
    assert "confirmation-perte" not in question
    with cohort.monde():
        assert Facture.objects.get(numero="ARB-2026-A004").numero_facture_origine == "ARB-2026-118"


@pytest.mark.parametrize(
    ("origine", "phrase"),
    [("", "Recommandé : sans elle"), ("INCONNUE-1", "Aucune facture INCONNUE-1 n'est connue pour ce fournisseur")],
)
def test_l_origine_se_conseille_sans_bloquer(gestionnaire, saisie, origine, phrase, autre_client, autre_cohort):
    with autre_cohort.monde():
        voisine = Structure.objects.get(identifiant=factories.siret_du_poste(1))
    voisine.cohort = autre_cohort
    factories.facture(voisine, factories.publique(autre_cohort), numero="INCONNUE-1")
    avoir = saisie | {"type_facture": "AVOIR", "numero_facture_origine": origine}
    assert phrase in texte(poster(gestionnaire, avoir, "recalculer"))
    indice = texte(gestionnaire.get(url("indice"), avoir))
    assert phrase in indice
    reponse = poster(gestionnaire, avoir)
    assert reponse.status_code == 302
    assert phrase in texte(gestionnaire.get(reponse.url))


def test_une_origine_d_un_autre_client_se_dit(gestionnaire, cohort, saisie, structure):
    factories.facture(structure, factories.publique(cohort, factories.HOPITAL), numero="ARB-2026-118")
    avoir = saisie | {"type_facture": "AVOIR", "numero_facture_origine": "ARB-2026-118"}
    assert "avait un autre destinataire : CENTRE HOSPITALIER" in texte(gestionnaire.get(url("indice"), avoir))
    sans = avoir | {"fournisseur": ""}
    assert "autre destinataire" not in texte(gestionnaire.get(url("indice"), sans))


def test_l_origine_est_ignoree_sur_une_facture(gestionnaire, cohort, saisie):
    poster(gestionnaire, saisie | {"numero_facture_origine": "ARB-2026-118"})
    assert facture(cohort).numero_facture_origine == ""
    assert texte(gestionnaire.get(url("indice"), saisie | {"numero_facture_origine": "X"})).endswith("</p>")


def test_un_avoir_negatif_est_refuse(gestionnaire, saisie):
    reponse = poster(gestionnaire, saisie | {"type_facture": "AVOIR", "lignes-0-quantite": "-800"})
    assert any("doivent être positifs" in e.replace("&#x27;", "'") for e in erreurs(reponse))
    reponse = poster(gestionnaire, saisie | {"lignes-0-quantite": "-800", "cle": "page-9"})
    assert any("se facture par un avoir" in e for e in erreurs(reponse))


# --- autoliquidation, exonération, taux


def test_l_autoliquidation_se_coche_se_relit_et_se_retire(gestionnaire, cohort, saisie):
    html = texte(poster(gestionnaire, saisie | {"autoliquidation": "on", "commentaire": "Lot 3"}, "enregistrer"))
    gardee = facture(cohort)
    assert (gardee.type_tva, gardee.commentaire) == ("SANS_TVA", "Lot 3\nAutoliquidation")
    assert (gardee.montant_tva, gardee.montant_ttc) == (0, Decimal(2845))
    adresse = url("brouillon", gardee.pk)
    html = texte(gestionnaire.get(adresse))
    assert 'name="autoliquidation_vue"' in html
    assert "checked" in html.split('name="autoliquidation"')[1].split(">")[0]
    vue = dict(gardee.saisie["champs"]) | {"cle": "page-1", "autoliquidation_vue": "1", "autoliquidation": "on"}
    gestionnaire.post(adresse, vue | {"action": "enregistrer"})
    assert facture(cohort).commentaire == "Lot 3\nAutoliquidation"  # once
    retiree = {nom: v for nom, v in vue.items() if nom != "autoliquidation"}
    gestionnaire.post(adresse, retiree | {"action": "enregistrer"})
    assert (facture(cohort).type_tva, facture(cohort).commentaire) == ("TVA_SUR_DEBIT", "Lot 3")


def test_changer_le_type_de_tva_decoche_l_autoliquidation(gestionnaire, cohort, saisie):
    champs = saisie | {"autoliquidation": "on", "autoliquidation_vue": "1", "commentaire": "Autoliquidation"}
    poster(gestionnaire, champs | {"type_tva": "EXONERATION"}, "enregistrer")
    assert (facture(cohort).type_tva, facture(cohort).commentaire) == ("EXONERATION", "")


def test_la_mention_dans_une_ligne_suffit(gestionnaire, cohort, saisie):
    champs = saisie | {"autoliquidation": "on", "lignes-0-denomination": "Porte (AUTOLIQUIDATION de la TVA)"}
    champs |= {"montant_a_payer": "2845"}
    reponse = poster(gestionnaire, champs)
    assert reponse.status_code == 302
    assert facture(cohort).commentaire == ""
    assert "autoliquidation_vue" in gestionnaire.get(url("brouillon", facture(cohort).pk)).content.decode()


@pytest.mark.parametrize(
    ("motif", "autre", "garde"),
    [("EXO1", "", "Franchise en base (art. 293 B du CGI)"), ("EXO9", "Accord de siège", "Accord de siège")],
)
def test_le_motif_d_exoneration(gestionnaire, cohort, saisie, motif, autre, garde):
    zeros = {f"lignes-{rang}-taux": "0" if rang else "" for rang in range(4)}
    exoneree = {"type_tva": "EXONERATION", "motif_exoneration": motif, "motif_exoneration_autre": autre}
    reponse = poster(gestionnaire, saisie | zeros | exoneree | {"montant_a_payer": "2845"})
    assert reponse.status_code == 302
    assert facture(cohort).motif_exoneration == garde


def test_le_code_du_taux_est_garde_et_un_taux_tape_n_en_a_pas(gestionnaire, cohort, saisie):
    champs = saisie | {"lignes-3-taux": "autre", "lignes-3-taux_manuel": "15", "montant_a_payer": "3000"}
    reponse = poster(gestionnaire, champs)
    assert "Taux de TVA inhabituel : 15 %" in texte(gestionnaire.get(reponse.url))
    with cohort.monde():
        gardee = Facture.objects.get()
        assert [(ligne.taux, ligne.code_taux) for ligne in gardee.lignes.all()][2:] == [
            (Decimal(20), "TVA5"),
            (Decimal(15), ""),
        ]
        assert [(t.taux, t.code_taux) for t in gardee.lignes_tva.all()] == [(Decimal(20), "TVA5"), (Decimal(15), "")]


def test_toutes_les_devises_sont_offertes(gestionnaire, cohort, saisie):
    from invoices.enums import DEVISES

    html = gestionnaire.get(url("saisir")).content.decode()
    assert all(f'value="{code}"' in html for code in DEVISES)
    assert poster(gestionnaire, saisie | {"devise": "MGA"}).status_code == 302
    assert facture(cohort).devise == "MGA"


def test_l_affactureur_est_marque_et_la_subrogation_rappelee(gestionnaire, cohort, structure):
    from structures.models import CoordonneesBancaires

    page = gestionnaire.get(url("saisir")).content.decode()
    assert "subrogation" not in page
    with cohort.monde():
        CoordonneesBancaires.objects.create(
            cohort=cohort, structure=structure, nom="Compte cédé", iban="FR7699999", affactureur="FACTO SA"
        )
    page = " ".join(gestionnaire.get(url("saisir")).content.decode().split())
    assert "affactureur : FACTO SA" in page
    assert "data-affactureur" in page
    assert "Règlement à l'ordre de FACTO SA, subrogé" in page.replace("&#x27;", "'")
