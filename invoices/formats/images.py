"""Pictures received from outside, drawn again before anybody sees them: what they carry besides pixels stays behind."""

from __future__ import annotations

import io
import warnings

from invoices.formats.erreurs import FichierIllisible

ACCEPTEES = ("PNG", "JPEG", "GIF")
PIXELS_MAX = 40_000_000


def png_d_image(data: bytes, largeur: int = 1000) -> bytes:
    """The picture as PNG, ``largeur`` pixels wide at most. FichierIllisible when it is none that we show."""
    from PIL import Image, ImageOps  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=ACCEPTEES) as lue:
                if lue.width * lue.height > PIXELS_MAX:
                    raise FichierIllisible("IMAGE_TROP_GRANDE", "L'image est trop grande pour être montrée ici.")
                image = ImageOps.exif_transpose(lue).convert("RGBA")
    except FichierIllisible:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as erreur:
        raise FichierIllisible("IMAGE_ABIMEE", "L'image n'est pas lisible.", detail=str(erreur)) from None
    image.thumbnail((largeur, 2 * largeur))
    fond = Image.new("RGB", image.size, "white")
    fond.paste(image, mask=image)
    sortie = io.BytesIO()
    fond.save(sortie, "PNG")
    return sortie.getvalue()
