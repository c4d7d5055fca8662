"""What a browser, a script or a forger may send to the invoice screens: never a 500, always French (factures.md §2)."""

import gzip
import io
import tarfile

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from invoices.enums import Statut
from invoices.models import Facture, Flux, HistoriqueStatut, PieceJointe
from tests import factories
from tests.conftest import connecter, fermer
from tests.invoices.views.conftest import url
from tests.invoices.views.test_traiter import agent

pytestmark = pytest.mark.django_db
S = Statut

TEXTES = [
    "",
    "\x00",
    "a\x00b",
    "\u202eFR\u202c",
    "é" * 300,
    "x" * 100_000,
    "🧾🇫🇷",
    "²",
    "٣",
    "-1",
    "1e400",
    "NaN",
    "-Infinity",
    "9" * 19,
    "9" * 5000,
    "9" * 60 + ",99",
    "00/00/0000",
    "31/12/9999",
    "<script>",
    "{{ 7 }}",
    "' OR 1=1 --",
    "\ud83d".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
]
"""One of these at a time, in every field."""


@pytest.fixture(autouse=True)
def _dire(gestionnaire, cohort):
    gestionnaire.raise_request_exception = False


@pytest.fixture
def aline(cohort, destinataire, au_poste):
    client = connecter(au_poste(1), agent(cohort, destinataire))
    client.raise_request_exception = False
    return client


@pytest.fixture
def faite(structure, destinataire, compte):
    rangs = iter(range(1, 100))

    def faire(statut=S.MISE_A_DISPOSITION, **champs):
        rang = next(rangs)
        return factories.facture(
            structure, destinataire, compte=compte, statut=statut, numero=f"F-{rang}", cle_envoi=f"{rang}", **champs
        )

    return faire


def tenir(reponse, quoi):
    """No failure, and a page of ours when it is a refusal."""
    if reponse.streaming:
        fermer(reponse)
    assert reponse.status_code < 500, quoi
    if reponse.status_code in (404, 409, 413, 422):
        assert 'lang="fr"' in reponse.content.decode() or reponse.headers.get("HX-Retarget"), quoi


def essayer(client, adresse, champs):
    """Every text in all fields at once and in each of them; then each field missing, and each one repeated."""
    for texte in TEXTES:
        tenir(client.post(adresse, dict.fromkeys(champs, texte)), (adresse, texte[:30]))
    for nom in champs:
        for texte in TEXTES[:: 1 if len(champs) < 6 else 3]:
            tenir(client.post(adresse, champs | {nom: texte}), (adresse, nom, texte[:30]))
        tenir(client.post(adresse, {n: v for n, v in champs.items() if n != nom}), (adresse, nom, "absent"))
        tenir(client.post(adresse, champs | {nom: [champs[nom], "autre"]}), (adresse, nom, "répété"))


def bilan(cohort):
    with cohort.monde():
        return {
            "factures": sorted(Facture.objects.values_list("numero", "statut")),
            "lignes": HistoriqueStatut.objects.count(),
            "pieces": PieceJointe.objects.count(),
        }


def test_traiter(aline, faite, cohort):
    facture = faite()
    with cohort.monde():
        derniere = facture.historique.latest("pk").pk
    champs = {
        "factures": str(facture.pk),
        f"vu-{facture.pk}": f"{facture.statut}:{derniere}",
        "statut": "SUSPENDUE",
        "motif": "JUSTIF_ABS",
        "commentaire": "Il manque le bon.",
        "numero_mandat": "",
        "retour": "",
        "etape": "verifier",
    }
    avant = bilan(cohort)
    essayer(aline, url("recues_traiter"), champs)
    for texte in TEXTES:
        temoin = champs | {f"vu-{facture.pk}": f"{facture.statut}:{texte}", "etape": "confirmer", "statut": "REJETEE"}
        tenir(aline.post(url("recues_traiter"), temoin | {"motif": texte}), texte[:30])
        tenir(aline.get(url("recues_traiter"), champs | {"factures": [facture.pk, texte]}), texte[:30])
    assert bilan(cohort) == avant
    reponse = aline.post(url("recues_traiter"), champs | {"factures": list(range(1, 5001))})
    assert reponse.status_code == 422
    assert "5000" in reponse.content.decode() or "5 000" in reponse.content.decode()


def test_les_factures_des_autres(aline, gestionnaire, faite, autre_cohort, cohort):
    """Ids of another session or of another structure: a 404, whatever the button, and nothing moves."""
    la_bas = factories.structure(autre_cohort)
    ailleurs = factories.facture(la_bas, factories.publique(autre_cohort), statut=S.REJETEE)
    chez_un_autre = factories.facture(
        factories.structure(cohort, 3), factories.publique(cohort, factories.BELLECOMBE), statut=S.REJETEE
    )
    avant = bilan(cohort), bilan(autre_cohort)
    for pk in (ailleurs.pk, chez_un_autre.pk, 10**18, 10**30):
        for nom in ("recycler", "completer", "dupliquer", "corriger_valideur", "envoyer", "supprimer", "brouillon"):
            reponse = gestionnaire.post(url(nom, pk), {"action": "confirmer", "etape": "confirmer"})
            assert reponse.status_code in (403, 404), (nom, pk)
        for nom in ("a_valider_repondre", "a_valider_corriger", "telecharger", "recues_telecharger"):
            reponse = gestionnaire.post(url(nom, pk), {"format": "PDF", "cle": "x", "etape": "confirmer"})
            assert reponse.status_code in (403, 404), (nom, pk)
        tenir(gestionnaire.post(url("acquitter"), {"factures": [pk]}), pk)
        tenir(gestionnaire.post(url("traiter_rejets"), {"factures": [pk]}), pk)
        reponse = aline.post(url("recues_traiter"), {"factures": [pk], "statut": "REJETEE", "etape": "confirmer"})
        assert reponse.status_code in (302, 404), pk
        assert gestionnaire.post(url("telecharger_lot"), {"factures": [pk], "format": "PDF"}).status_code in (404, 422)
    assert (bilan(cohort), bilan(autre_cohort)) == avant


def test_recycler_completer_dupliquer(gestionnaire, faite, cohort, destinataire):
    recyclee, suspendue, rejetee = faite(S.A_RECYCLER), faite(S.SUSPENDUE), faite(S.REJETEE)
    avant = bilan(cohort)
    essayer(
        gestionnaire,
        url("recycler", recyclee.pk),
        {
            "destinataire": str(destinataire.pk),
            "destinataire_etat": "non",
            "recherche": "",
            "code_service": "",
            "numero_engagement": "",
            "commentaire": "",
            "vu": "A_RECYCLER",
            "action": "verifier",
        },
    )
    assert bilan(cohort)["lignes"] == avant["lignes"]
    essayer(
        gestionnaire,
        url("completer", suspendue.pk),
        {"commentaire": "x" * 2001, "vu": "SUSPENDUE", "piece_type": "", "piece_designation": ""},
    )
    for texte in TEXTES:
        tenir(gestionnaire.post(url("dupliquer", rejetee.pk), {"cle": texte}), texte[:30])
        tenir(gestionnaire.post(url("acquitter"), {"factures": [texte], "action": texte, "suite": texte}), texte[:30])
        tenir(gestionnaire.post(url("traiter_rejets"), {"factures": [texte], "suite": texte}), texte[:30])
        tenir(gestionnaire.post(url("telecharger", rejetee.pk), {"format": texte, "cle": texte}), texte[:30])
        demande = {"factures": [rejetee.pk, suspendue.pk], "format": "PDF", "cle": texte, "avec_pieces": texte}
        tenir(gestionnaire.post(url("telecharger_lot"), demande), texte[:30])
    assert gestionnaire.post(url("telecharger_lot"), {"factures": list(range(5000))}).status_code in (404, 422)


def test_les_recherches(gestionnaire, aline, faite):
    faite(S.REJETEE)
    ecrans = ("synthese", "rechercher", "exporter", "tableau_de_bord", "flux", "flux_accueil", "flux_tableau")
    criteres = (
        *("q", "numero", "statut", "page", "tri", "structure", "service", "type_facture", "fournisseur", "format"),
        *("destinataire", "montant_min", "montant_max", "date_min", "date_max", "du", "au", "devise", "cadre", "etat"),
        *("depot_du", "depot_au", "facture_du", "facture_au", "ttc_min", "ttc_max", "periode", "engagement"),
    )
    for texte in TEXTES:
        if len(texte) > 5000:
            continue
        for nom in ecrans:
            tenir(gestionnaire.get(url(nom), dict.fromkeys(criteres, texte)), (nom, texte[:30]))
        for nom in ("recues_synthese", "recues_rechercher", "recues_tableau_de_bord"):
            tenir(aline.get(url(nom), dict.fromkeys(criteres, texte)), (nom, texte[:30]))
        for nom in ("destinataires", "valideurs", "indice"):
            tenir(gestionnaire.get(url(nom), dict.fromkeys((*criteres, "recherche"), texte)), (nom, texte[:30]))


def test_saisir(gestionnaire, saisie, cohort):
    plus = {
        "acompte": "0",
        "valideur": "",
        "service_valideur": "",
        "service_fournisseur": "",
        "recherche": "",
        "recherche_valideur": "",
        "lignes-0-remise": "",
        "lignes-0-reference": "",
        "piece_type": "",
        "piece_designation": "",
        "piece_ligne": "",
        "action": "envoyer",
    }
    champs = saisie | plus
    seuls = ("version", "fournisseur", "destinataire", "lignes-TOTAL_FORMS")  # the others are not read without them
    libres = {n for n in champs if n not in (*seuls, "action", "lignes-INITIAL_FORMS")}
    entete = {n for n in libres if not n.startswith("lignes")}
    for rang, texte in enumerate(TEXTES):
        for groupe in (entete - {"cle"}, libres - entete, {"cle"}, *({n} for n in seuls)):
            cle = f"{rang}-{min(groupe)}"[:40]
            reponse = gestionnaire.post(url("saisir"), champs | {"cle": cle} | dict.fromkeys(groupe, texte))
            tenir(reponse, (groupe, texte[:30]))
    with cohort.monde():
        refusees = Facture.objects.filter(statut="BROUILLON").count()
        envoyees = Facture.objects.envoyees().count()
    assert refusees
    assert not envoyees


# --- files


def _pdf(editer=None):
    sortie = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        if editer:
            editer(document)
        document.save(sortie)
    return sortie.getvalue()


def _javascript(document):
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def _executable(document):
    document.attachments["virus.exe"] = pikepdf.AttachedFileSpec(document, b"MZ\x90\x00")


def _tar(*membres):
    sortie = io.BytesIO()
    with tarfile.open(fileobj=sortie, mode="w:gz") as archive:
        for nom, genre in membres:
            info = tarfile.TarInfo(nom)
            info.type = genre
            if genre == tarfile.REGTYPE:
                info.size = 3
                archive.addfile(info, io.BytesIO(b"<a>"))
            else:
                info.linkname = "/etc/passwd"
                archive.addfile(info)
    return sortie.getvalue()


FICHIERS = {
    "vide.pdf": b"",
    "lourd.pdf": b"%PDF-1.7" + b"0" * (11 << 20),
    "programme.pdf": b"MZ\x90\x00" * 100,
    "programme.exe": b"MZ\x90\x00",
    "javascript.pdf": _pdf(_javascript),
    "executable.pdf": _pdf(_executable),
    "tronque.pdf": _pdf()[:200],
    "doctype.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "milliard.xml": b'<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;&b;">]><a>&c;&c;</a>',
    "dehors.tar.gz": _tar(("../../dehors.xml", tarfile.REGTYPE)),
    "lien.tar.gz": _tar(("lien.xml", tarfile.SYMTYPE), ("dur.xml", tarfile.LNKTYPE)),
    "bombe.tar.gz": gzip.compress(b"\x00" * (200 << 20), 9),
    "nul\x00.pdf": _pdf(),
    "../../../etc/cron.pdf": _pdf(),
    f"{'é' * 300}.pdf": _pdf(),
    "\u202efdp.exe": b"%PDF-1.7",
}


@pytest.mark.parametrize("nom", FICHIERS)
def test_fichiers_hostiles(nom, gestionnaire, faite, saisie, structure, cohort):
    contenu = FICHIERS[nom]
    suspendue = faite(S.SUSPENDUE)

    def fichier(genre="application/octet-stream"):
        return SimpleUploadedFile(nom, contenu, genre)

    for genre in ("application/pdf", "text/html", "", "x" * 300):
        importation = {"fichier": fichier(genre), "fournisseur": structure.pk, "format": "PDF", "cle": genre[:40]}
        tenir(gestionnaire.post(url("deposer"), importation | {"cadre": "A1_FACTURE_FOURNISSEUR"}), genre)
    tenir(
        gestionnaire.post(
            url("flux_deposer"), {"fichier": fichier(), "fournisseur": structure.pk, "syntaxe": "", "nom_flux": nom}
        ),
        "flux",
    )
    tenir(gestionnaire.post(url("saisir"), saisie | {"pieces_jointes": fichier(), "action": "enregistrer"}), "saisie")
    complement = {
        "vu": "SUSPENDUE",
        "commentaire": "Voici.",
        "pieces_jointes": fichier(),
        "piece_type": "DIVERS",
        "confirme": "on",
    }
    reponse = gestionnaire.post(url("completer", suspendue.pk), complement)
    tenir(reponse, "complément")
    if reponse.status_code == 422:
        assert "Voici." in reponse.content.decode()
    with cohort.monde():
        from invoices.services import integration

        for flux in Flux.objects.all():
            integration.integrer(flux.pk)
        assert not Facture.objects.filter(flux__isnull=False).exists()
