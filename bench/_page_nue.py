"""A bare authenticated page listing 25 rows, behind the product's own middleware: the yardstick of ``pages``."""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from accounts.profils import Profil
from invoices.models import Facture
from structures.acces import droits_de, portail_requis

GABARIT = """<!doctype html><html lang="fr"><head><title>Factures</title></head><body><table>
{% for f in factures %}<tr><td>{{ f.numero }}</td><td>{{ f.destinataire }}</td><td>{{ f.date_facture }}</td>
<td>{{ f.montant_ttc }}</td><td>{{ f.get_statut_display }}</td></tr>{% endfor %}</table></body></html>"""
_gabarit = None


@portail_requis(Profil.FACTURES_EMISES)
def page_nue(request: HttpRequest) -> HttpResponse:
    global _gabarit
    if _gabarit is None:
        _gabarit = engines["django"].from_string(GABARIT)
    miennes = droits_de(request).structures(Profil.FACTURES_EMISES)
    factures = Facture.objects.des_structures(miennes).for_list().order_by("-date_depot", "-id")[:25]
    return HttpResponse(_gabarit.render({"factures": factures}, request))


urlpatterns = [path("page-nue/", page_nue), path("", include("sandbox.urls"))]
