"""Tags, filters, forms and frames as they reach the browser."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from sandbox import clock, paths
from sandbox.web.echantillons import FormulaireExemple
from sandbox.web.erreurs import listed_errors
from sandbox.web.templatetags import bas

INSTANT = datetime(2026, 12, 7, 8, 0, tzinfo=UTC)


def rendu(gabarit: str, **contexte: object) -> str:
    return Template(gabarit).render(Context(contexte))


def soupe(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html5lib")


def test_filters() -> None:
    assert rendu("{{ x|montant }}", x=Decimal("4168.8")) == "4\u202f168,80\u202f€"
    assert rendu("{{ x|montant:'USD' }}{{ y|montant }}", x=1, y=None) == "1,00\u202fUSD"
    assert rendu("{{ x|prix }}", x=Decimal("0.125")) == "0,125\u202f€"
    assert rendu("{{ x|nombre }}", x=1250) == "1\u202f250"
    with timezone.override("Europe/Paris"):
        assert rendu("{{ x|horodatage }}", x=INSTANT) == "07/12/2026 à 09\u00a0h\u00a000"
        assert rendu("{{ x|jour }}|{{ x|jour_abrege }}|{{ x|heure }}", x=INSTANT) == (
            "lundi 7 décembre 2026|lun. 7 déc. 2026|09\u00a0h\u00a000"
        )
    with timezone.override("Pacific/Noumea"):
        assert rendu("{{ x|date_courte }}", x=datetime(2026, 12, 7, 20, tzinfo=UTC)) == "08/12/2026"
    assert rendu("{{ x|horodatage }}{{ y|jour }}", x=date(2026, 12, 7), y=None) == "07/12/2026"


def test_age_is_counted_in_simulated_time() -> None:
    assert rendu("{{ x|depuis }}", x=INSTANT) == ""
    with clock.at(datetime(2026, 12, 10, 8, 0, tzinfo=UTC)):
        assert rendu("{{ x|depuis }}", x=INSTANT) == "depuis 3\u00a0j"


def test_siret_is_grouped_and_copied_whole() -> None:
    balise = soupe(rendu("{{ x|siret }}", x="00010101400017")).span
    assert balise is not None
    assert balise.text == "000\u00a0101\u00a0014\u00a000017"
    assert balise["data-copie"] == "00010101400017"
    assert rendu("{{ x|siret }}", x="<b>") == '<span class="siret">&lt;b&gt;</span>'


def test_icons_are_inlined_and_silent() -> None:
    svg = soupe(rendu("{% icone 'search' 'grand' %}")).svg
    assert svg is not None
    assert svg["aria-hidden"] == "true"
    assert svg["class"] == ["icone", "grand"]
    assert not svg.has_attr("style")
    assert rendu("{% icone nom %}", nom="../../etc/passwd") == ""


def test_a_missing_icon_is_an_error_for_the_developer(settings: object) -> None:
    settings.DEBUG = True  # type: ignore[attr-defined]
    bas._svg.cache_clear()
    with pytest.raises(TemplateSyntaxError, match="nexiste"):
        rendu("{% icone 'nexiste-pas' %}")


def test_every_icon_named_in_a_template_is_vendored() -> None:
    texte = "".join(p.read_text(encoding="utf-8") for p in Path(paths.TEMPLATES_DIR).rglob("*.html"))
    noms = set(re.findall(r"{% icone \"([a-z0-9-]+)\"", texte)) | set(bas.ICONES_FAMILLES.values())
    vendues = {p.stem for p in (Path(paths.STATIC_DIR) / "vendor/bootstrap-icons").glob("*.svg")}
    assert noms - vendues == set()


@pytest.mark.parametrize("famille", list(bas.ICONES_FAMILLES))
def test_badge_says_its_status_in_words(famille: str) -> None:
    badge = soupe(rendu("{% badge_statut s %}", s=SimpleNamespace(label="À recycler", famille=famille))).span
    assert badge is not None
    assert badge.get_text(strip=True) == "À recycler"
    assert f"statut-{famille}" in badge["class"]
    assert badge.svg is not None


def test_path_marks_the_present_step() -> None:
    etapes = [
        SimpleNamespace(label="Déposée", date=INSTANT, etat="passe", famille=""),
        SimpleNamespace(label="Suspendue", date=INSTANT, etat="branche", famille="retour"),
        SimpleNamespace(label="Complétée", date=None, etat="present", famille="attente"),
        SimpleNamespace(label="Mandatée", date=None, etat="futur", famille=""),
    ]
    page = soupe(rendu("{% chemin etapes %}", etapes=etapes))
    assert [li["class"][0] for li in page.select("li")] == [
        "chemin-passe",
        "chemin-branche",
        "chemin-present",
        "chemin-futur",
    ]
    assert [li.select_one(".chemin-libelle").text for li in page.select("[aria-current=step]")] == ["Complétée"]


def test_form_ties_every_error_to_its_field() -> None:
    formulaire = FormulaireExemple({"siret": "123", "date_facture": "x", "montant": "y"})
    page = soupe(str(formulaire))
    liens = {a["href"].lstrip("#") for a in page.select(".resume-erreurs a")}
    assert liens == {"id_raison_sociale", "id_siret", "id_date_facture", "id_montant", "id_type_facture_0"}
    identifiants = {e["id"] for e in page.select("[id]")}
    assert liens <= identifiants
    for nom in ("siret", "date_facture", "montant"):
        champ = page.select_one(f"#id_{nom}")
        assert champ is not None
        assert champ["aria-invalid"] == "true"
        assert champ["aria-required"] == "true"
        assert not champ.has_attr("required")
        assert set(str(champ["aria-describedby"]).split()) <= identifiants
        assert "(obligatoire)" in page.select_one(f"label[for=id_{nom}]").text


def test_form_keeps_what_was_typed_escaped() -> None:
    html = str(FormulaireExemple({"montant": "<script>"}))
    assert "<script>" not in html
    assert soupe(html).select_one("#id_montant")["value"] == "<script>"


def test_summary_of_a_formset_names_the_line() -> None:
    class Ligne(forms.Form):
        quantite = forms.IntegerField(label="Quantité")

    donnees = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0", "form-0-quantite": "1", "form-1-quantite": "x"}
    formset = forms.formset_factory(Ligne)(donnees)
    (erreur,) = listed_errors(formset)
    assert erreur.libelle == "Ligne 2 \u2013 Quantité"
    assert erreur.cible == "id_form-1-quantite"
    assert listed_errors(Ligne()) == []


@pytest.mark.urls("sandbox.web.urls")
@pytest.mark.parametrize("nom", ["400.html", "403.html", "404.html", "409.html", "500.html", "403_csrf.html"])
def test_error_pages_need_no_context_and_offer_a_way_out(nom: str) -> None:
    page = soupe(render_to_string(nom))
    assert page.html["lang"] == "fr"
    assert len(page.select("h1")) == 1
    assert page.select_one("main a[href='/']") is not None
    assert "Environnement de formation – données fictives – site non officiel" in page.text


@pytest.mark.django_db
@pytest.mark.urls("sandbox.web.urls")
@pytest.mark.parametrize("voix", ["", "console", "publique"])
def test_style_guide_has_no_inline_style_or_script(client: Client, settings: object, voix: str) -> None:
    settings.COMPOSANTS_VISIBLES = True  # type: ignore[attr-defined]
    page = soupe(client.get("/", {"voix": voix}).content.decode())
    assert page.select("[style]") == []
    assert [s for s in page.select("script") if not s.get("src")] == []
    assert [e for e in page.select("*") if any(a.startswith(("on", "hx-on")) for a in e.attrs)] == []
    assert [e["src"] for e in page.select("[src]") if not str(e["src"]).startswith("/static/")] == []
    assert len(page.select("h1")) == 1
    assert page.select_one("meta[name=robots]")["content"].startswith("noindex")
    identifiants = [e["id"] for e in page.select("[id]")]
    assert len(identifiants) == len(set(identifiants))


@pytest.mark.django_db
@pytest.mark.urls("sandbox.web.urls")
def test_style_guide_is_hidden_in_production(client: Client, settings: object) -> None:
    settings.COMPOSANTS_VISIBLES = False  # type: ignore[attr-defined]
    assert client.get("/").status_code == 404


@pytest.mark.django_db
@pytest.mark.urls("sandbox.web.urls")
def test_htmx_gets_the_region_of_the_full_page(client: Client, settings: object) -> None:
    settings.COMPOSANTS_VISIBLES = True  # type: ignore[attr-defined]
    url = "/?tri=-montant&page=2"
    region, page = client.get(url, headers={"HX-Request": "true"}), client.get(url)
    assert "HX-Request" in region["Vary"]
    assert soupe(region.content.decode()).select_one("#resultats") == soupe(page.content.decode()).select_one(
        "#resultats"
    )
    assert "<html" not in region.content.decode()
