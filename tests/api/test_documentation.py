"""The OpenAPI document and its pages: complete, true to the table of operations, valid examples."""

import json
import re

import pytest
from django.urls import reverse
from jsonschema import Draft202012Validator

from api import codes, contrat, documentation, exemples, openapi
from api.registre import OPERATIONS
from sandbox.paths import ROOT
from tests.api.appels import validateur

SIMULEES = sorted(cle for cle, operation in OPERATIONS.items() if operation.executer is not None)


@pytest.fixture(scope="module")
def document():
    return openapi.document("essai")


def _references(valeur):
    if isinstance(valeur, dict):
        if "$ref" in valeur:
            yield valeur["$ref"]
        for element in valeur.values():
            yield from _references(element)
    elif isinstance(valeur, list):
        for element in valeur:
            yield from _references(element)


def _viser(document, reference):
    ou = document
    for pas in reference.removeprefix("#/").split("/"):
        ou = ou[pas]
    return ou


class TestDocument:
    def test_chaque_reference_mene_quelque_part(self, document):
        for reference in set(_references(document)):
            assert _viser(document, reference), reference

    def test_aucun_schema_n_est_oublie(self, document):
        """Every schema serves: a name that nothing points to is a leftover."""
        visees = {r.rpartition("/")[2] for r in _references(document) if "/schemas/" in r}
        assert sorted(set(document["components"]["schemas"]) - visees) == []

    def test_chaque_operation_y_est_avec_son_verbe(self, document):
        ecrites = {(chemin, verbe) for chemin, dit in document["paths"].items() for verbe in dit}
        attendues = {(o.adresse, o.methode.lower()) for o in OPERATIONS.values()}
        assert ecrites == attendues | {("/api/oauth/token", "post")}

    def test_les_noms_ne_se_repetent_pas(self, document):
        noms = [dit["operationId"] for chemin in document["paths"].values() for dit in chemin.values()]
        assert len(noms) == len(set(noms))

    def test_les_deux_acces(self, document):
        schemas = document["components"]["securitySchemes"]
        assert schemas["jeton"]["flows"]["clientCredentials"]["tokenUrl"] == reverse("api:jeton")
        assert (schemas["compteTechnique"]["in"], schemas["compteTechnique"]["name"]) == ("header", "cpro-account")
        for cle in OPERATIONS:
            dite = document["paths"][OPERATIONS[cle].adresse][OPERATIONS[cle].methode.lower()]
            assert dite["security"] == [{"jeton": ["openid"], "compteTechnique": []}]

    def test_non_encore_simulees(self, document):
        for operation in OPERATIONS.values():
            dite = document["paths"][operation.adresse][operation.methode.lower()]
            assert dite.get("x-non-simulee", False) is (operation.executer is None)
            assert ("200" in dite["responses"]) is (operation.executer is not None)

    @pytest.mark.parametrize("cle", SIMULEES)
    def test_l_exemple_de_reponse_est_valide(self, cle):
        validateur(OPERATIONS[cle].modele).validate(exemples.reponse(OPERATIONS[cle]))

    @pytest.mark.parametrize("cle", [cle for cle in SIMULEES if OPERATIONS[cle].methode == "POST"])
    def test_l_exemple_de_requete_est_valide(self, document, cle):
        operation = OPERATIONS[cle]
        corps = document["paths"][operation.adresse]["post"]["requestBody"]["content"]["application/json"]
        Draft202012Validator({**document, **corps["schema"]}).validate(corps["example"])
        operation.entree.model_validate(dict(operation.exemple))
        connus = set(operation.entree.model_fields)
        assert set(operation.exemple) <= connus, "un champ de l'exemple n'est pas lu"

    def test_chaque_statut_documente_a_son_corps(self, document):
        for statut, reponse in document["components"]["responses"].items():
            media = reponse["content"]["application/json"]
            Draft202012Validator({**document, **media["schema"]}).validate(media["example"])
            assert "x-correlationid" in reponse["headers"], statut

    def test_ne_parle_que_francais(self, document):
        """Docstrings of the code are not for the reader."""
        textes = json.dumps(document, ensure_ascii=False)
        assert re.findall(r"\b(?:the|of an|which|answer)\b", textes) == []


class TestPages:
    def test_le_document_est_servi(self, db, client):
        reponse = client.get(reverse("api:openapi"))
        assert reponse["Content-Type"] == "application/json;charset=UTF-8"
        assert reponse.json()["openapi"] == "3.1.0"
        assert client.get(reverse("api:openapi"), headers={"If-None-Match": reponse["ETag"]}).status_code == 304

    def test_le_sommaire_nomme_tout(self, db, client):
        html = client.get(reverse("api:docs")).content.decode()
        for operation in OPERATIONS.values():
            assert reverse("api:docs_operation", args=[operation.cle]) in html
        assert html.count("non encore simulée") == len(OPERATIONS) - len(SIMULEES)
        assert len(html) < 120_000, "le sommaire reste léger"

    @pytest.mark.parametrize(
        ("demande", "trouve", "absent"),
        [
            ("deposer flux", "factures/v1/deposer/flux", "factures/v1/soumettre"),
            ("TÉLÉCHARGER", "factures/v1/telecharger/groupe", "factures/v1/soumettre"),
            ("consulterCR", "transverses/v1/consulterCRDetaille", "factures/v1/soumettre"),
        ],
        ids=["mots", "accents", "nom"],
    )
    def test_chercher(self, db, client, demande, trouve, absent):
        page = client.get(reverse("api:docs"), {"q": demande})
        morceau = client.get(reverse("api:docs"), {"q": demande}, headers={"HX-Request": "true"})
        for html in (page.content.decode(), morceau.content.decode()):
            assert reverse("api:docs_operation", args=[trouve]) in html
            assert reverse("api:docs_operation", args=[absent]) not in html

    def test_ne_rien_trouver(self, db, client):
        assert "Aucune opération pour" in client.get(reverse("api:docs"), {"q": "zzz"}).content.decode()

    @pytest.mark.parametrize("cle", sorted(OPERATIONS))
    def test_chaque_fiche(self, db, client, cle):
        html = client.get(reverse("api:docs_operation", args=[cle])).content.decode()
        operation = OPERATIONS[cle]
        assert operation.adresse in html
        assert ("Essayer" in html) is (operation.executer is not None)
        if operation.executer is not None:
            champs = contrat.modeles()[operation.modele]["p"]
            assert all(f"<code>{champ}</code>" in html for champ in champs)
            assert all(f"<code>{champ}</code>" in html for champ in operation.entree.model_fields)
        assert len(html) < 150_000

    def test_une_operation_inconnue(self, db, client):
        assert client.get(reverse("api:docs_operation", args=["factures/v1/supprimer"])).status_code == 404

    def test_tous_les_codes(self, db, client):
        """Each SBX code written anywhere in the product is explained."""
        html = client.get(reverse("api:docs_codes")).content.decode()
        sources = [f for dossier in ("api", "invoices") for f in (ROOT / dossier).rglob("*.py")]
        ecrits = {code for f in sources for code in re.findall(r'"(SBX_\d{3})"', f.read_text(encoding="utf-8"))}
        assert ecrits
        expliques = {code.libelle for code in (*codes.OFFICIELS, *codes.sbx())}
        assert sorted(ecrits - expliques) == []
        assert all(code in html for code in ecrits)

    def test_les_differences(self, db, client):
        html = client.get(reverse("api:docs_differences")).content.decode()
        assert "codeRetour 29000 + n" in html
        assert "API et flux" in client.get(reverse("support:differences")).content.decode()


def test_un_champ_dit_ses_valeurs():
    fiche = documentation.fiche("factures/v1/deposer/flux")
    [syntaxe] = [champ for champ in fiche.reponse if champ.nom == "syntaxeFlux"]
    assert len(syntaxe.valeurs) == 11
    [contenu] = [champ for champ in fiche.requete if champ.nom == "fichierFlux"]
    assert "30\xa0Mo" in contenu.aide
