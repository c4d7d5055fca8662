"""« Saisir facture »: what is kept, what is computed, what is refused, and never two invoices."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from invoices.enums import Statut
from invoices.models import Facture, LigneTva, PieceJointe
from structures.models import Mandat
from tests import factories
from tests.invoices.views.conftest import erreurs, url

pytestmark = pytest.mark.django_db


def envoyer(client, champs, **change):
    return client.post(url("saisir"), champs | change | {"action": "envoyer"})


def factures(cohort):
    with cohort.monde():
        return list(Facture.objects.order_by("pk"))


def test_la_page_s_ouvre_avec_une_ligne_et_aucun_brouillon(gestionnaire, cohort):
    reponse = gestionnaire.get(url("saisir"))
    assert reponse.status_code == 200
    html = reponse.content.decode()
    assert 'name="lignes-0-denomination"' in html
    assert "ARBELIN MENUISERIE 01" in html
    for code in ("A1_", "A2_", "A9_", "A12_"):
        assert f'value="{code}' in html
    assert factures(cohort) == []


def test_sans_mandat_la_page_bloque_et_mene_au_mandat(poste, compte, structure):
    from tests.conftest import connecter

    client = connecter(poste, compte)
    reponse = client.get(url("saisir"))
    assert reponse.status_code == 200
    assert "SBX_060" in reponse.content.decode()
    assert url("mandat") in reponse.content.decode()
    assert client.post(url("saisir"), {"action": "enregistrer"}).status_code == 422


def test_le_parcours_sans_script_jusqu_a_l_envoi(gestionnaire, cohort, saisie):
    reponse = envoyer(gestionnaire, saisie)
    (brouillon,) = factures(cohort)
    assert reponse.status_code == 302
    assert reponse.url == url("envoyer", brouillon.pk)
    question = gestionnaire.get(reponse.url)
    assert "3\u202f392,54\u202f€" in question.content.decode()
    envoi = gestionnaire.post(reponse.url, {"version": brouillon.version})
    assert envoi.url == url("facture", brouillon.pk)
    (facture,) = factures(cohort)
    assert facture.statut == Statut.DEPOSEE
    assert (facture.montant_ht, facture.montant_tva, facture.montant_ttc) == (
        Decimal("2845.00"),
        Decimal("547.54"),
        Decimal("3392.54"),
    )
    with cohort.monde():
        assert [(t.taux, t.base, t.montant) for t in LigneTva.objects.all()] == [
            (Decimal("20"), Decimal("2697"), Decimal("539.40")),
            (Decimal("5.5"), Decimal("148"), Decimal("8.14")),
        ]
    assert "Envoyée." in gestionnaire.get(envoi.url).content.decode()


def test_enregistrer_ne_controle_rien_et_garde_tout(gestionnaire, cohort, saisie):
    tape = saisie | {
        "action": "enregistrer",
        "destinataire": "",
        "numero": "un numéro bien trop long et accentué",
        "date_facture": "32/13/2026",
        "montant_a_payer": "beaucoup",
        "lignes-1-quantite": "",
        "commentaire": "x" * 3000,
    }
    reponse = gestionnaire.post(url("saisir"), tape)
    (brouillon,) = factures(cohort)
    assert reponse.url == url("brouillon", brouillon.pk)
    assert brouillon.statut == Statut.BROUILLON
    html = gestionnaire.get(reponse.url).content.decode()
    for texte in ("un numéro bien trop long et accentué", "32/13/2026", "beaucoup", "x" * 3000):
        assert texte in html
    assert "n&#x27;existe pas dans le calendrier" in html


@pytest.mark.parametrize(
    ("change", "champ", "message"),
    [
        ({"numero": ""}, "id_numero", "Le champ « Numéro de facture » est obligatoire."),
        ({"numero": "A" * 21}, "id_numero", "dépasse 20 caractères (21 caractères)"),
        ({"numero": "A" * 60}, "id_numero", "(60 caractères)"),
        ({"numero": "FA 2026*é"}, "id_numero", "caractères refusés : espace * é"),
        ({"date_facture": "08/12/2026"}, "id_date_facture", "ne peut pas être postérieure"),
        ({"date_facture": "31/12/1999"}, "id_date_facture", "ni antérieure à 2000"),
        ({"date_facture": "hier"}, "id_date_facture", "n'est pas une date"),
        ({"destinataire": ""}, "id_recherche", "Le destinataire est introuvable"),
        ({"destinataire": "999999"}, "id_recherche", "Le destinataire est introuvable"),
        ({"montant_a_payer": ""}, "id_montant_a_payer", "« Montant à payer » est obligatoire"),
        ({"montant_a_payer": "3933,52"}, "id_montant_a_payer", "dépasse le montant TTC"),
        ({"cadre": "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE"}, "id_montant_a_payer", "montant à payer nul"),
        ({"cadre": "A4_PROJET_DECOMPTE"}, "id_cadre", "n'est pas reconnue"),
        ({"cadre": "A9_FACTURE_SOUSTRAITANT"}, "id_recherche_valideur", "Le valideur est obligatoire"),
        ({"montant_a_payer": "100,005"}, "id_montant_a_payer", "trop de décimales : 100,005 saisi, 2 au plus"),
        ({"acompte": "-1"}, "id_acompte", "se saisit en positif"),
        ({"acompte": "3392,55"}, "id_acompte", "dépasse le montant TTC (3\u202f392,55 pour 3\u202f392,54 TTC)"),
        ({"remise_globale": "1,234"}, "id_remise_globale", "1,234 saisi, 2 au plus"),
        ({"mode_paiement": "TROC"}, "id_mode_paiement", "n'est pas reconnue"),
        ({"numero_marche": "M" * 51}, "id_numero_marche", "dépasse 50 caractères"),
        ({"type_facture": "AVOIR", "numero_facture_origine": "F" * 21}, "id_numero_facture_origine", "dépasse 20"),
        ({"lignes-0-denomination": ""}, "id_lignes-0-denomination", "« Dénomination » est obligatoire"),
        ({"lignes-0-quantite": "1,00001"}, "id_lignes-0-quantite", "1,00001 saisi, 4 au plus"),
        ({"lignes-0-prix_unitaire": "1,0000001"}, "id_lignes-0-prix_unitaire", "1,0000001 saisi, 6 au plus"),
        ({"lignes-0-taux": ""}, "id_lignes-0-taux", "« Taux de TVA » est obligatoire"),
        ({"lignes-0-taux": "autre"}, "id_lignes-0-taux_manuel", "« Autre taux » est obligatoire"),
        ({"lignes-0-taux": "autre", "lignes-0-taux_manuel": "100"}, "id_lignes-0-taux_manuel", "de 0 à 99,99"),
        ({"devise": "ZZZ"}, "id_devise", "n'est pas reconnue"),
        ({"type_tva": "EXONERATION"}, "id_motif_exoneration", "Motif d'exonération » est obligatoire"),
        ({"type_tva": "SANS_TVA"}, "id_type_tva", "tous les taux sont à 0 %"),
        ({"remise_globale": "10"}, "id_motif_remise", "Motif de la remise globale » est obligatoire"),
        ({"numero_engagement": "E" * 51}, "id_numero_engagement", "dépasse 50 caractères"),
        ({"commentaire": "c" * 2001}, "id_commentaire", "dépasse 2000 caractères"),
        ({"lignes-0-quantite": "huit"}, "id_lignes-0-quantite", "n'est pas un nombre"),
        ({"lignes-0-unite": ""}, "id_lignes-0-unite", "« Unité » est obligatoire"),
        ({"lignes-0-prix_unitaire": "9999999999999"}, "id_lignes-0-prix_unitaire", "dépasse 13 chiffres"),
    ],
)
def test_chaque_erreur_est_dite_a_son_champ(gestionnaire, cohort, saisie, change, champ, message):
    reponse = envoyer(gestionnaire, saisie, **change)
    html = reponse.content.decode().replace("&#x27;", "'")
    assert reponse.status_code == 422
    assert message in html
    assert f'href="#{champ}"' in html
    assert [f.statut for f in factures(cohort)] == [Statut.BROUILLON]
    for valeur in change.values():
        assert valeur in html or not valeur or valeur in ("999999", "ZZZ", "TROC", "A4_PROJET_DECOMPTE")


def test_sans_ligne(gestionnaire, saisie):
    sans = {cle: v for cle, v in saisie.items() if not cle.startswith("lignes-")}
    reponse = envoyer(gestionnaire, sans)
    assert reponse.status_code == 422
    assert any("Au moins une ligne de poste est obligatoire" in e for e in erreurs(reponse))


def test_le_destinataire_impose_service_et_engagement(gestionnaire, cohort, saisie):
    hopital = factories.publique(cohort, factories.HOPITAL)
    reponse = envoyer(gestionnaire, saisie, destinataire=str(hopital.pk))
    html = reponse.content.decode()
    assert reponse.status_code == 422
    assert "Code service et numéro d&#x27;engagement obligatoires." in html
    assert "Le service exécutant est obligatoire" in html
    assert "Le numéro d&#x27;engagement est obligatoire" in html
    reponse = envoyer(
        gestionnaire, saisie, destinataire=str(hopital.pk), code_service="CHM-TECH", numero_engagement="CHM2600731"
    )
    assert reponse.status_code == 302


def test_le_service_reserve_se_saisit_mais_ne_se_choisit_pas(gestionnaire, cohort, saisie):
    hopital = factories.publique(cohort, factories.HOPITAL)
    page = gestionnaire.get(url("destinataires"), {"destinataire": hopital.pk}, headers={"HX-Request": "true"})
    assert "CHM-TECH" in page.content.decode()
    assert "FACTURES_PUBLIQUES" not in page.content.decode()
    reponse = envoyer(
        gestionnaire,
        saisie,
        destinataire=str(hopital.pk),
        code_service="FACTURES_PUBLIQUES",
        numero_engagement="CHM2600731",
    )
    assert any("réservé aux factures entre entités publiques" in e for e in erreurs(reponse))


def test_l_etat_designe_la_seule_structure_de_l_etat(gestionnaire, cohort, saisie):
    etat = factories.publique(cohort, factories.ETAT)
    reponse = gestionnaire.post(
        url("saisir"), saisie | {"destinataire": "", "destinataire_etat": "oui", "action": "choisir"}
    )
    html = reponse.content.decode()
    assert f'name="destinataire" value="{etat.pk}"' in html
    reponse = envoyer(
        gestionnaire,
        saisie,
        destinataire=str(etat.pk),
        code_service="FIC0DSD042",
        numero_engagement="INVENTE",
    )
    assert any("L&#x27;engagement juridique est inconnu" in e for e in erreurs(reponse))


def test_numero_deja_utilise(gestionnaire, structure, destinataire, saisie):
    factories.facture(structure, destinataire, numero="ARB-2026-119", statut=Statut.REJETEE)
    reponse = envoyer(gestionnaire, saisie)
    assert reponse.status_code == 422
    assert any("existe déjà" in e for e in erreurs(reponse))


def test_ajouter_dupliquer_supprimer_sans_script(gestionnaire, cohort, saisie):
    def boutons(action):
        return gestionnaire.post(url("saisir"), saisie | {"action": action}).content.decode()

    html = boutons("ajouter-ligne")
    assert 'name="lignes-4-denomination"' in html
    assert 'name="lignes-5-denomination"' not in html
    assert html.count("Ferme-porte hydraulique") == 1
    html = boutons("dupliquer-ligne-1")
    assert html.count("Ferme-porte hydraulique") == 2
    html = boutons("supprimer-ligne-1")
    assert "Ferme-porte hydraulique" not in html
    assert 'name="lignes-3-denomination"' not in html
    assert factures(cohort) == []


def test_recalculer_remplit_le_montant_a_payer(gestionnaire, saisie):
    html = gestionnaire.post(url("saisir"), saisie | {"action": "recalculer", "montant_a_payer": ""}).content.decode()
    assert 'value="3392,54"' in html
    assert "2\u202f697,00\u202f€" in html


def test_chercher_un_destinataire_sans_script_puis_choisir(gestionnaire, cohort, saisie):
    tape = saisie | {"destinataire": "", "recherche": "montbrisac"}
    html = gestionnaire.post(url("saisir"), tape | {"action": "chercher"}).content.decode()
    hopital = factories.publique(cohort, factories.HOPITAL)
    assert f'name="destinataire" value="{hopital.pk}"' in " ".join(html.split())
    choisi = gestionnaire.post(url("saisir"), tape | {"action": "choisir", "destinataire": str(hopital.pk)})
    assert "CENTRE HOSPITALIER DE MONTBRISAC" in choisi.content.decode()
    html = gestionnaire.post(url("saisir"), tape | {"action": "chercher", "recherche": "zzz"}).content.decode()
    assert "Aucune structure publique active" in html


def test_une_structure_inactive_n_est_pas_proposee_et_refusee(gestionnaire, cohort, saisie):
    inactive = factories.publique(cohort, factories.INACTIVE)
    html = gestionnaire.get(url("destinataires"), {"recherche": "eaux"}, headers={"HX-Trigger-Name": "recherche"})
    assert "SYNDICAT DES EAUX" not in html.content.decode()
    reponse = envoyer(gestionnaire, saisie, destinataire=str(inactive.pk))
    assert any("est désactivée" in e for e in erreurs(reponse))


def test_un_double_clic_fait_un_seul_brouillon(gestionnaire, cohort, saisie):
    for _ in range(3):
        assert gestionnaire.post(url("saisir"), saisie | {"action": "enregistrer"}).status_code == 302
    assert len(factures(cohort)) == 1


def test_envoyer_deux_fois_fait_une_seule_facture(gestionnaire, cohort, saisie):
    envoyer(gestionnaire, saisie)
    (brouillon,) = factures(cohort)
    premier = gestionnaire.post(url("envoyer", brouillon.pk), {"version": brouillon.version})
    second = gestionnaire.post(url("envoyer", brouillon.pk), {"version": brouillon.version})
    assert premier.url == second.url == url("facture", brouillon.pk)
    assert "une seule a été créée" in gestionnaire.get(second.url).content.decode()
    tardif = gestionnaire.post(url("saisir"), saisie | {"action": "enregistrer"})
    assert tardif.status_code == 409
    assert [f.statut for f in factures(cohort)] == [Statut.DEPOSEE]


def test_deux_navigateurs_sur_le_meme_brouillon(gestionnaire, collegue, cohort, saisie):
    gestionnaire.post(url("saisir"), saisie | {"action": "enregistrer"})
    (brouillon,) = factures(cohort)
    adresse = url("brouillon", brouillon.pk)
    du_collegue = saisie | {"cle": "page-2", "version": "1", "commentaire": "Vu par Hugo", "action": "enregistrer"}
    assert collegue.post(adresse, du_collegue).status_code == 302
    en_retard = saisie | {"cle": "page-3", "version": "1", "commentaire": "Vu par Nadia", "action": "enregistrer"}
    reponse = gestionnaire.post(adresse, en_retard)
    html = reponse.content.decode()
    assert reponse.status_code == 409
    assert "Vu par Nadia" in html
    assert "Hugo" in html
    (garde,) = factures(cohort)
    assert garde.commentaire == "Vu par Hugo"
    assert 'name="version" value="2"' in html
    assert gestionnaire.post(adresse, en_retard | {"version": "2"}).status_code == 302
    assert factures(cohort)[0].commentaire == "Vu par Nadia"


def test_confirmer_un_brouillon_change_entre_temps(gestionnaire, cohort, saisie):
    envoyer(gestionnaire, saisie)
    (brouillon,) = factures(cohort)
    reponse = gestionnaire.post(url("envoyer", brouillon.pk), {"version": "0"})
    assert reponse.status_code == 409
    assert factures(cohort)[0].statut == Statut.BROUILLON


def test_enregistrement_automatique(gestionnaire, cohort, saisie):
    reponse = gestionnaire.post(url("saisir"), saisie, headers={"X-Bas-Autosave": "1"})
    (brouillon,) = factures(cohort)
    assert reponse.content.decode().startswith("Brouillon enregistré à ")
    assert reponse.headers["X-Bas-Adresse"] == url("brouillon", brouillon.pk)
    assert gestionnaire.post(url("saisir"), saisie, headers={"X-Bas-Autosave": "1"}).status_code == 200
    assert len(factures(cohort)) == 1


def test_avec_htmx_la_confirmation_s_ouvre_en_dialogue(gestionnaire, saisie):
    entetes = {"HX-Request": "true"}
    reponse = gestionnaire.post(url("saisir"), saisie | {"action": "envoyer"}, headers=entetes)
    assert reponse.headers["HX-Retarget"] == "#dialogue-contenu"
    faux = gestionnaire.post(url("saisir"), saisie | {"action": "envoyer", "numero": ""}, headers=entetes)
    assert faux.status_code == 422
    assert b"<html" not in faux.content


def test_pieces_jointes(gestionnaire, cohort, saisie):
    bon = SimpleUploadedFile("bon de livraison.pdf", b"%PDF-1.4")
    reponse = gestionnaire.post(url("saisir"), saisie | {"action": "joindre", "pieces_jointes": bon})
    (brouillon,) = factures(cohort)
    assert reponse.url == f"{url('brouillon', brouillon.pk)}#bloc-pieces"
    with cohort.monde():
        piece = PieceJointe.objects.get()
    assert gestionnaire.get(url("piece", brouillon.pk, piece.pk)).content == b"%PDF-1.4"
    gestionnaire.post(url("brouillon", brouillon.pk), saisie | {"action": f"retirer-piece-{piece.pk}", "version": "1"})
    with cohort.monde():
        assert not PieceJointe.objects.exists()


@pytest.mark.parametrize(
    ("nom", "contenu", "message"),
    [
        ("virus.exe", b"MZ", "n'est pas autorisé"),
        ("vide.pdf", b"", "est vide"),
        ("x" * 60 + ".pdf", b"%PDF", "est invalide"),
        ("sans-extension", b"abc", "est invalide"),
    ],
)
def test_piece_jointe_refusee(gestionnaire, cohort, saisie, nom, contenu, message):
    reponse = gestionnaire.post(
        url("saisir"), saisie | {"action": "joindre", "pieces_jointes": SimpleUploadedFile(nom, contenu)}
    )
    assert reponse.status_code == 422
    assert message in reponse.content.decode().replace("&#x27;", "'")
    with cohort.monde():
        assert not PieceJointe.objects.exists()
    assert factures(cohort)[0].numero == "ARB-2026-119"


@pytest.mark.parametrize(("octets", "phrase"), [(11, "le maximum d'un PDF est de 10"), (31, "Envoi trop lourd")])
def test_trop_lourd(gestionnaire, cohort, structure, octets, phrase):
    enorme = SimpleUploadedFile("enorme.pdf", b"%PDF-1.4" + bytes(octets * 1024 * 1024))
    champs = {"fichier": enorme, "format": "PDF", "cadre": "A1_FACTURE_FOURNISSEUR", "fournisseur": structure.pk}
    reponse = gestionnaire.post(url("deposer"), champs)
    assert reponse.status_code == 413
    assert phrase in reponse.content.decode().replace("&#x27;", "'")
    assert factures(cohort) == []


def test_caracteres_nuls_et_nombres_geants(gestionnaire, cohort, saisie):
    fou = saisie | {"lignes-TOTAL_FORMS": "99999999999", "version": "9" * 40}
    reponse = envoyer(gestionnaire, fou, numero="A\x00B")
    assert reponse.status_code == 302
    assert factures(cohort)[0].numero == "AB"


def test_consultation_seule_403(lecteur, brouillon):
    assert lecteur.get(url("saisir")).status_code == 403
    assert lecteur.get(url("deposer")).status_code == 403
    assert lecteur.post(url("brouillon", brouillon.pk), {}).status_code == 403
    assert lecteur.get(url("synthese")).status_code == 200
    assert lecteur.get(url("facture", brouillon.pk)).status_code == 200


@pytest.mark.parametrize("nom", ["facture", "brouillon", "envoyer", "supprimer", "pdf", "certificat"])
def test_autre_session_et_autre_structure_404(autre_client, gestionnaire, brouillon, cohort, au_poste, nom):
    from tests.conftest import connecter

    assert autre_client.get(url(nom, brouillon.pk)).status_code == 404
    qui = factories.compte(cohort, 3)
    factories.rattachement(qui, factories.structure(cohort, 3))
    assert connecter(au_poste(3), qui).get(url(nom, brouillon.pk)).status_code == 404


def test_supprimer_un_brouillon(gestionnaire, cohort, brouillon):
    assert "sera supprimé" in gestionnaire.get(url("supprimer", brouillon.pk)).content.decode()
    assert gestionnaire.post(url("supprimer", brouillon.pk)).url == url("synthese")
    assert factures(cohort)[0].statut == Statut.SUPPRIMEE
    assert gestionnaire.get(url("facture", brouillon.pk)).status_code == 404


def test_supprimer_une_facture_envoyee_409(gestionnaire, facture_deposee):
    assert gestionnaire.post(url("supprimer", facture_deposee.pk)).status_code == 409
    assert gestionnaire.post(url("brouillon", facture_deposee.pk), {"action": "enregistrer"}).status_code == 409
    assert gestionnaire.get(url("brouillon", facture_deposee.pk)).url == url("facture", facture_deposee.pk)


def test_un_brouillon_venu_d_ailleurs_se_relit(gestionnaire, brouillon):
    html = gestionnaire.get(url("brouillon", brouillon.pk)).content.decode()
    assert 'value="F-2026-001"' in html
    assert 'value="100,00"' in html
    assert "Fenêtre 1" in html


def test_mandat_retire_entre_temps(gestionnaire, cohort, saisie, structure):
    envoyer(gestionnaire, saisie)
    with cohort.monde():
        Mandat.objects.update(actif=False)
    (brouillon,) = factures(cohort)
    reponse = gestionnaire.post(url("envoyer", brouillon.pk), {"version": brouillon.version})
    assert reponse.status_code == 422
    assert any("Aucun mandat" in e for e in erreurs(reponse))


@pytest.mark.parametrize(("champ", "libelle"), [("quantite", "Quantité"), ("prix_unitaire", "Montant unitaire HT")])
def test_une_ligne_illisible_est_la_seule_erreur_dite(gestionnaire, saisie, champ, libelle):
    """Its consequences on the totals are no mistakes of the person."""
    reponse = envoyer(gestionnaire, saisie | {f"lignes-0-{champ}": "1e30"})
    assert reponse.status_code == 422
    html = reponse.content.decode()
    assert f"Ligne 1 – {libelle}" in html
    assert "dépasse le montant TTC" not in html
    assert "Au moins une ligne" not in html
    assert 'value="1e30"' in html


@pytest.mark.parametrize("efface", [True, False])
def test_une_remise_en_etat_pendant_l_envoi_se_dit_409(gestionnaire, cohort, saisie, monkeypatch, efface):
    """The trainer resets the seat between the reading of the account and the writing: no 500, nothing kept."""
    from django.db import IntegrityError

    from formation.services import remises
    from invoices.services import brouillons

    def trop_tard(*_args, **_nommes):
        if efface:
            remises.reinitialiser(cohort, formateur=None, cle="r")
            raise IntegrityError("FOREIGN KEY constraint failed")
        raise Facture.DoesNotExist

    monkeypatch.setattr(brouillons, "enregistrer", trop_tard)
    if not efface:  # nobody has touched the session: a failure stays a failure
        with pytest.raises(Facture.DoesNotExist):
            gestionnaire.post(url("saisir"), saisie | {"action": "enregistrer"})
        return
    reponse = gestionnaire.post(url("saisir"), saisie | {"action": "enregistrer"})
    assert reponse.status_code == 409
    assert "pendant votre demande" in reponse.content.decode()
    assert factures(cohort) == []


def test_un_octet_nul_ne_passe_nulle_part(gestionnaire, cohort, saisie):
    """PostgreSQL refuses NUL in a text and in a JSON name: neither key, nor name, nor value may carry one."""
    champs = saisie | {"cle": "\x00page", "commentaire": "a\x00b", "lignes-3-\x00": "x", "action": "enregistrer"}
    assert gestionnaire.post(url("saisir"), champs).status_code == 302
    (facture,) = factures(cohort)
    assert facture.cle_envoi == "page"
    assert facture.commentaire == "ab"
    assert not any("\x00" in nom + texte for nom, texte in facture.saisie["champs"].items())
    assert gestionnaire.get("/portail/facturation/suivi-des-flux/%00/").status_code == 404
