"""Pictures from outside: drawn again, or refused."""

import io

import pytest
from PIL import Image

from invoices.formats import images
from invoices.formats.erreurs import FichierIllisible
from invoices.formats.images import png_d_image


def image(format_, taille=(60, 30), mode="RGB", **options):
    sortie = io.BytesIO()
    Image.new(mode, taille, "red").save(sortie, format_, **options)
    return sortie.getvalue()


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF"])
def test_une_image_est_redessinee_sans_ce_qu_elle_porte(format_):
    octets = png_d_image(image(format_) + b"<script>alert(1)</script>", 20)
    assert b"script" not in octets
    with Image.open(io.BytesIO(octets)) as lue:
        assert (lue.format, lue.size) == ("PNG", (20, 10))


def test_la_transparence_devient_blanche():
    with Image.open(io.BytesIO(png_d_image(image("PNG", mode="P", transparency=0)))) as lue:
        assert lue.mode == "RGB"


@pytest.mark.parametrize(
    "octets",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><script></script></html>",
        b"\x89PNG\r\n\x1a\n" + b"0" * 40,
        image("BMP"),
        b"",
    ],
    ids=["svg", "html", "png abîmé", "bmp", "vide"],
)
def test_le_reste_est_refuse(octets):
    with pytest.raises(FichierIllisible) as refus:
        png_d_image(octets)
    assert refus.value.code == "IMAGE_ABIMEE"


def test_une_image_demesuree_n_est_pas_decodee(monkeypatch):
    monkeypatch.setattr(images, "PIXELS_MAX", 100)
    with pytest.raises(FichierIllisible) as refus:
        png_d_image(image("PNG"))
    assert refus.value.code == "IMAGE_TROP_GRANDE"
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(FichierIllisible) as refus:
        png_d_image(image("PNG"))
    assert refus.value.code == "IMAGE_ABIMEE"
