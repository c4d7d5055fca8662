"""The request engine: dependent fields with and without scripts, one effect a form, a secret seen once (§7.4)."""

import re
from typing import ClassVar

import pytest
from django import forms
from django.core.cache import cache
from django.http import HttpResponse
from django.urls import path

from sandbox.urls import urlpatterns as du_site
from sandbox.web.demandes import (
    GARDEES,
    SESSION,
    Application,
    Confirmation,
    DemandeRefusee,
    FormulaireDemande,
    TypeDemande,
)

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
SEULE, PLUSIEURS = "/essai/seule/", "/essai/plusieurs/"
HTMX = {"HX-Request": "true"}
VILLES = {"1": "Valmoran", "2": "Montbrisac"}
SERVICES = {"1": ["VOIRIE"], "2": ["PHARMA", "RESTO"]}


class Formulaire(FormulaireDemande):
    """A structure, then one of its services, then that service's label; the town is greyed."""

    relance: ClassVar[tuple[str, ...]] = ("structure", "service")

    def composer(self):
        self.fields["structure"] = forms.ChoiceField(choices=[("", "Choisissez…"), ("1", "Un"), ("2", "Deux")])
        structure = self.choix("structure")
        if structure:
            self.fields["ville"] = forms.CharField(initial=VILLES[structure], disabled=True, required=False)
            codes = SERVICES[structure]
            self.fields["service"] = forms.ChoiceField(choices=[("", "Choisissez…"), *((c, c) for c in codes)])
            if service := self.choix("service"):
                self.fields["libelle"] = forms.CharField(initial=f"Service {service}", max_length=20)
                self.fields["actif"] = forms.BooleanField(initial=True, required=False)
                self.fields["piece"] = forms.FileField(required=False)


class Simple(FormulaireDemande):
    nom = forms.CharField()


def modifier(request, form):
    if form.cleaned_data["libelle"] == "pris":
        raise DemandeRefusee("Ce libellé est pris.", "libelle")
    if form.cleaned_data["libelle"] == "fermé":
        raise DemandeRefusee("Le guichet est fermé.", "guichet")
    cache.set("fait", cache.get("fait", 0) + 1)
    lu = form.cleaned_data
    return Confirmation(
        "C'est fait", lignes=(("Ville", lu["ville"]), ("Libellé", lu["libelle"])), liens=(("A", "/a/"),)
    )


def generer(request, form):
    return Confirmation("Compte créé", secret="motdepasse-42", secret_libelle="Mot de passe")


def repondre_soi_meme(request, form):
    return HttpResponse("répondu", status=202)


GENERER = TypeDemande("GENERER", "Générer", Simple, generer)
APPLICATION = Application(
    "Essai",
    "Chapeau de l'essai",
    (
        TypeDemande("MODIFIER", "Modifier", Formulaire, modifier),
        GENERER,
        TypeDemande("REPONDRE", "Répondre", Simple, repondre_soi_meme),
        TypeDemande("INTERDITE", "Interdite", Simple, generer, permis=lambda request: False),
    ),
)
urlpatterns = [
    *du_site,
    path("essai/seule/", Application("Seule", "", (GENERER,)).repondre),
    path("essai/plusieurs/", APPLICATION.repondre),
    path("essai/aucune/", Application("Aucune", "", ()).repondre),
]


def texte(reponse):
    return reponse.content.decode().replace("&#x27;", "'")


def champ(reponse, nom):
    return re.search(rf'name="{nom}" value="([^"]*)"', texte(reponse))[1]


def dessinee(client, **choix):
    """What the browser would send back of a form drawn for these choices."""
    reponse = client.get(PLUSIEURS, {"type": "MODIFIER", **choix})
    assert reponse.status_code == 200
    return {"type": "MODIFIER", "cle": champ(reponse, "cle"), "marque": champ(reponse, "marque"), **choix}


def faits():
    return cache.get("fait", 0)


# --- choosing a type


def test_les_types_permis_dans_l_ordre(poste):
    page = texte(poste.get(PLUSIEURS))
    assert re.findall(r'<option value="(\w+)"', page) == ["MODIFIER", "GENERER", "REPONDRE"]
    assert "Chapeau de l'essai" in page
    assert '<form method="post" action="/essai' not in page
    assert "<noscript>" in page  # the button that scripts replace


def test_un_seul_type_est_choisi_d_office(poste):
    page = texte(poste.get(SEULE))
    assert 'name="nom"' in page
    assert "id_type" not in page


def test_aucun_type(poste):
    assert "Aucune demande ne vous est ouverte" in texte(poste.get("/essai/aucune/"))


@pytest.mark.parametrize("code", ["INTERDITE", "INCONNUE", "", "a\x00b"])
def test_type_refuse_ne_fait_rien(poste, code):
    assert 'name="nom"' not in texte(poste.get(PLUSIEURS, {"type": code}))
    reponse = poste.post(PLUSIEURS, {"type": code, "nom": "x"})
    assert reponse.status_code == 422
    assert SESSION not in poste.session


def test_un_autre_type_que_le_seul_permis_n_est_pas_pris_pour_lui(poste):
    assert poste.post(SEULE, {"type": "MODIFIER", "nom": "x"}).status_code == 422
    assert poste.post(SEULE, {"type": "GENERER", "nom": "x"}).status_code == 302


def test_htmx_recoit_la_region_seule(poste):
    reponse = poste.get(PLUSIEURS, {"type": "MODIFIER"}, headers=HTMX)
    assert texte(reponse).lstrip().startswith('<div id="demande"')
    assert "HX-Request" in reponse["Vary"]
    assert "Cookie" in reponse["Vary"]


# --- dependent fields


def test_les_champs_dependants_viennent_avec_leur_choix(poste):
    assert "service" not in poste.get(PLUSIEURS, {"type": "MODIFIER"}).context["form"].fields
    form = poste.get(PLUSIEURS, {"type": "MODIFIER", "structure": "2", "service": "RESTO"}).context["form"]
    assert list(form.fields) == ["structure", "ville", "service", "libelle", "actif", "piece"]
    assert form["libelle"].value() == "Service RESTO"
    assert form.marque == "2|RESTO"


def test_un_lien_preremplit_mais_pas_un_champ_grise(poste):
    lien = {"type": "MODIFIER", "structure": "1", "service": "VOIRIE", "libelle": "Routes", "ville": "Ailleurs"}
    form = poste.get(PLUSIEURS, lien).context["form"]
    assert (form["libelle"].value(), form["ville"].value()) == ("Routes", "Valmoran")


@pytest.mark.parametrize("entetes", [{}, HTMX])
def test_relancer_redessine_et_oublie_ce_qui_valait_pour_un_autre_choix(poste, entetes):
    envoi = dessinee(poste, structure="1", service="VOIRIE") | {"libelle": "tapé", "structure": "2", "relancer": "1"}
    reponse = poste.post(PLUSIEURS, envoi, headers=entetes)
    form = reponse.context["form"]
    assert reponse.status_code == 200
    assert form["ville"].value() == "Montbrisac"
    assert list(form.fields) == ["structure", "ville", "service"]
    # the service of the other structure is not offered: it is no longer a choice
    assert form.marque == "2|"
    assert faits() == 0


def test_relancer_sans_rien_changer_garde_la_saisie(poste):
    envoi = dessinee(poste, structure="1", service="VOIRIE") | {"libelle": "tapé", "relancer": "1"}
    form = poste.post(PLUSIEURS, envoi).context["form"]
    assert form["libelle"].value() == "tapé"
    assert form["actif"].value() is False  # an unticked box sends nothing


def test_choix_change_sans_relance_rien_n_est_fait(poste):
    envoi = dessinee(poste, structure="1", service="VOIRIE")
    envoi |= {"structure": "2", "service": "RESTO", "libelle": "pour l'autre"}
    reponse = poste.post(PLUSIEURS, envoi)
    assert reponse.status_code == 422
    assert "rien n'a été envoyé" in texte(reponse)
    assert reponse.context["form"]["libelle"].value() == "Service RESTO"
    assert faits() == 0
    # drawn again for these choices, it goes through
    suite = envoi | {"cle": champ(reponse, "cle"), "marque": champ(reponse, "marque")}
    assert poste.post(PLUSIEURS, suite).status_code == 302
    assert faits() == 1


def test_sans_marque_le_formulaire_vaut_pour_ce_qu_il_contient(poste):
    envoi = {"type": "MODIFIER", "structure": "1", "service": "VOIRIE", "libelle": "Routes"}
    assert poste.post(PLUSIEURS, envoi).status_code == 302


def test_un_champ_grise_ne_se_force_pas(poste):
    envoi = dessinee(poste, structure="1", service="VOIRIE") | {"libelle": "Routes", "ville": "Ailleurs"}
    page = texte(poste.get(poste.post(PLUSIEURS, envoi).url))
    assert "Valmoran" in page
    assert "Ailleurs" not in page


# --- refusals


@pytest.mark.parametrize(
    ("champs", "nom", "message"),
    [
        ({"libelle": "pris"}, "libelle", "Ce libellé est pris."),
        ({"libelle": "fermé"}, "__all__", "Le guichet est fermé."),
        ({"libelle": ""}, "libelle", "obligatoire"),
        ({"libelle": "x" * 21}, "libelle", "20"),
    ],
)
def test_refus_au_champ_saisie_gardee(poste, champs, nom, message):
    reponse = poste.post(PLUSIEURS, dessinee(poste, structure="1", service="VOIRIE") | champs)
    assert reponse.status_code == 422
    assert message in str(reponse.context["form"].errors[nom])
    assert reponse.context["form"]["libelle"].value() == champs["libelle"]
    assert "<title>Erreur" in texte(reponse)
    assert texte(reponse).count('class="resume-erreurs"') == 1
    assert faits() == 0


@pytest.mark.parametrize("valeur", ["a\x00b", "é" * 10_000, "<script>", "\u202e", "-1"])
@pytest.mark.parametrize("nom", ["structure", "service", "libelle", "marque", "cle"])
def test_jamais_500(poste, nom, valeur):
    envoi = {"type": "MODIFIER", "structure": "1", "service": "VOIRIE", "libelle": "L", nom: valeur}
    reponse = poste.post(PLUSIEURS, envoi)
    assert reponse.status_code in {302, 422}
    assert "<script>" not in texte(reponse).replace("<script src", "")


# --- confirmation


def test_confirmation_apres_redirection(poste):
    reponse = poste.post(PLUSIEURS, dessinee(poste, structure="1", service="VOIRIE") | {"libelle": "Routes"})
    assert reponse.status_code == 302
    page = poste.get(reponse.url)
    assert "C'est fait" in texte(page)
    assert "Routes" in texte(page)
    assert 'href="/a/"' in texte(page)
    assert page["Cache-Control"] == "no-store"
    assert "C'est fait" in texte(poste.get(reponse.url))  # reloaded


def test_double_envoi_un_seul_effet(poste):
    envoi = dessinee(poste, structure="1", service="VOIRIE") | {"libelle": "Routes"}
    reponses = [poste.post(PLUSIEURS, envoi) for _ in range(2)]
    assert [r.status_code for r in reponses] == [302, 302]
    assert reponses[0].url == reponses[1].url
    assert faits() == 1


def test_deux_demandes_semblables_deux_effets(poste):
    for _ in range(2):
        poste.post(PLUSIEURS, dessinee(poste, structure="1", service="VOIRIE") | {"libelle": "Routes"})
    assert faits() == 2


def test_le_secret_se_voit_une_fois(poste):
    url = poste.post(SEULE, {"nom": "x", "cle": "abc"}).url
    assert "motdepasse-42" in poste.session[SESSION]["abc"]["secret"]
    assert poste.head(url).status_code == 200  # a probe does not consume it
    premiere, seconde = texte(poste.get(url)), texte(poste.get(url))
    assert "motdepasse-42" in premiere
    assert "il ne sera plus jamais affiché" in premiere
    assert "motdepasse-42" not in seconde
    assert "affiché qu'une fois" in seconde
    assert "motdepasse" not in str(dict(poste.session))
    # sent again: the same confirmation, no other secret
    assert "motdepasse-42" not in texte(poste.get(poste.post(SEULE, {"nom": "x", "cle": "abc"}).url))


def test_confirmation_inconnue_revient_au_formulaire(poste):
    assert poste.get(SEULE, {"fait": "inconnue"}).url == SEULE
    assert poste.get(SEULE, {"fait": "a\x00b"}).url == SEULE


def test_les_confirmations_gardees_sont_bornees(poste):
    for n in range(GARDEES + 3):
        poste.post(SEULE, {"nom": "x", "cle": f"c{n}"})
    assert list(poste.session[SESSION]) == [f"c{n}" for n in range(3, GARDEES + 3)]


def test_la_demande_peut_repondre_elle_meme(poste):
    reponse = poste.post(PLUSIEURS, {"type": "REPONDRE", "nom": "x"})
    assert (reponse.status_code, texte(reponse)) == (202, "répondu")
