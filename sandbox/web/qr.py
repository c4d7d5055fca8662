"""QR codes as inline SVG: no image file, no style, sharp at any size on screen and on paper."""

from functools import lru_cache

import qrcode
from django.utils.html import format_html
from django.utils.safestring import SafeString
from qrcode.constants import ERROR_CORRECT_M

MARGE = 2
"""Quiet zone in modules; the page around is white too."""


@lru_cache(maxsize=512)
def _dessin(texte: str) -> tuple[int, str]:
    """Side in modules, and one path of horizontal runs."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=MARGE)
    code.add_data(texte)
    code.make(fit=True)
    morceaux: list[str] = []
    matrice = code.get_matrix()
    for y, rangee in enumerate(matrice):
        x = 0
        while x < len(rangee):
            debut = x
            while x < len(rangee) and rangee[x]:
                x += 1
            if x > debut:
                morceaux.append(f"M{debut} {y}h{x - debut}v1h-{x - debut}z")
            x += 1
    return len(matrice), "".join(morceaux)


def svg(texte: str, libelle: str) -> SafeString:
    """QR code of this text; ``libelle`` says to assistive technology where it leads."""
    cote, chemin = _dessin(texte)
    return format_html(
        '<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" role="img" aria-label="{1}"'
        ' shape-rendering="crispEdges"><rect width="{0}" height="{0}" fill="#fff"/><path fill="#000" d="{2}"/></svg>',
        cote,
        libelle,
        chemin,
    )
