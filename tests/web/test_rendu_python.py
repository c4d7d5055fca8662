"""Fields drawn in Python give what the templates give, escaping included."""

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.forms.renderers import TemplatesSetting

from sandbox.web import rendu
from sandbox.web.forms import DateField, MontantField, RenduFormulaire

MALIN = '<b>"l\'été" & co</b>'


class Temoin(forms.Form):
    texte = forms.CharField(label=MALIN, help_text=MALIN)
    libre = forms.CharField(widget=forms.Textarea({"rows": 3}), required=False)
    montant = MontantField(label="Montant", devise="€")
    nu = MontantField(label="Quantité", devise="")
    jour = DateField(label="Jour")
    liste = forms.ChoiceField(choices=[("", "Choisissez…"), ("a", MALIN), ("Groupe", [("b", "B"), ("c", "C")])])
    radio = forms.ChoiceField(choices=[("a", MALIN), ("b", "B")], widget=forms.RadioSelect)
    cases = forms.MultipleChoiceField(choices=[("a", "A"), ("b", MALIN)], widget=forms.CheckboxSelectMultiple)
    accord = forms.BooleanField(label="J'accepte")
    cache = forms.CharField(widget=forms.HiddenInput)
    secret = forms.CharField(widget=forms.PasswordInput({"autocomplete": "off", "data-vide": True, "data-non": False}))


class ParGabarits(RenduFormulaire):
    render = TemplatesSetting.render


DONNEES = {"texte": MALIN, "libre": MALIN, "montant": "12,5", "liste": "b", "radio": "b", "cases": ["b"]}


def _arbre(html):
    soupe = BeautifulSoup(html, "html5lib")
    for texte in soupe.find_all(string=True):
        if texte.parent.name != "textarea":
            texte.replace_with(" ".join(texte.split()))
    return str(soupe).replace("> <", "><")


@pytest.mark.parametrize("donnees", [None, {}, DONNEES], ids=["vierge", "vide", "rempli"])
@pytest.mark.parametrize("nom", list(Temoin.base_fields))
def test_meme_html_que_les_gabarits(nom, donnees):
    python, gabarits = Temoin(donnees, renderer=RenduFormulaire()), Temoin(donnees, renderer=ParGabarits())
    assert _arbre(python[nom].as_field_group()) == _arbre(gabarits[nom].as_field_group())


def test_chaque_dessin_a_son_gabarit():
    """A drawing without a template would be compared with nothing."""
    for gabarit in rendu.DESSINS:
        assert RenduFormulaire().get_template(gabarit)


def test_le_reste_passe_par_les_gabarits():
    assert rendu.dessiner("django/forms/widgets/zone_depot.html", {}) is None
