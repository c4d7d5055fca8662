"""What saisie.js shows as one types is what invoices/calculs.py will compute: same roundings, on the same text."""

import random
from decimal import Decimal
from pathlib import Path

import pytest

from invoices import calculs
from invoices.depot import Ligne
from sandbox.web.nombres import parse_decimal

pytestmark = [pytest.mark.e2e, pytest.mark.une_base]

SCRIPT = Path(__file__).parents[2] / "static" / "js" / "saisie.js"
RANG = """<li data-ligne><input name="lignes-{i}-denomination" value="x"><input name="lignes-{i}-quantite" value="{q}">
<input name="lignes-{i}-prix_unitaire" value="{p}"><input name="lignes-{i}-remise" value="{r}">
<select name="lignes-{i}-taux"><option value="autre" selected>Autre</option></select>
<input name="lignes-{i}-taux_manuel" value="{t}">
<b data-ligne-ht></b><b data-ligne-tva></b><b data-ligne-ttc></b></li>"""
PAGE = """<form data-saisie><input name="devise" value="EUR"><input name="cadre" value="A1"><input name="remise_globale"
value="{remise}"><input name="montant_ht"><input name="montant_tva"><input name="montant_ttc">
<input name="montant_a_payer"><ol data-lignes>{rangs}</ol><table><tbody data-recapitulatif></tbody></table></form>"""
TAUX = ("20", "10", "5,5", "2,1", "0", "8.5", "1,05", "99,99")


def ecrit(hasard, decimales, maximum):
    """A number as people type it: comma or point, spaces, sometimes a minus."""
    nombre = Decimal(hasard.randrange(maximum * 10**decimales)).scaleb(-decimales)
    texte = f"{nombre:,.{decimales}f}" if hasard.random() < 0.5 else f"{nombre:f}".replace(".", ",")
    if "," in texte and "." in texte:
        texte = texte.replace(",", hasard.choice([" ", "\u202f", "\u00a0"])).replace(".", ",")
    return ("-" if hasard.random() < 0.15 else "") + texte


def attendus(lignes, remise):
    lues = [
        Ligne(numero=n, denomination="x", unite="u", quantite=q, prix_unitaire=p, remise=r, taux=t)
        for n, (q, p, r, t) in enumerate([tuple(parse_decimal(v) or Decimal(0) for v in ligne) for ligne in lignes], 1)
    ]
    return calculs.totaliser(calculs.recapituler(lues), parse_decimal(remise) or Decimal(0))


@pytest.mark.parametrize("graine", range(6))
def test_le_navigateur_calcule_comme_le_serveur(page, graine):
    hasard = random.Random(graine)
    for _ in range(25):
        lignes = [
            (
                ecrit(hasard, hasard.choice([0, 2, 4]), 5000),
                ecrit(hasard, hasard.choice([2, 3, 6]), 9000),
                ecrit(hasard, 2, 50) if hasard.random() < 0.4 else "",
                hasard.choice(TAUX),
            )
            for _ in range(hasard.randrange(1, 9))
        ]
        remise = ecrit(hasard, 2, 100).lstrip("-") if hasard.random() < 0.5 else ""
        rangs = "".join(RANG.format(i=i, q=q, p=p, r=r, t=t) for i, (q, p, r, t) in enumerate(lignes))
        page.set_content(PAGE.format(rangs=rangs, remise=remise))
        page.add_script_tag(path=SCRIPT)
        page.evaluate("document.dispatchEvent(new Event('DOMContentLoaded'))")
        lus = [parse_decimal(page.input_value(f"[name=montant_{nom}]")) for nom in ("ht", "tva", "ttc")]
        totaux = attendus(lignes, remise)
        assert lus == [totaux.ht, totaux.tva, totaux.ttc], (lignes, remise)
