"""The one place that knows every screen."""

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("portail/", include("accounts.urls")),
    path("portail/", include("structures.urls")),
    path("portail/raccordements/", include("edi.urls")),
    path("portail/facturation/", include("invoices.urls")),
    path("portail/facturation/factures-de-travaux/", include("travaux.urls")),
    path("", include("support.urls")),
    path("", include("api.urls")),
    path("", include("formation.urls")),
]
if settings.COMPOSANTS:
    urlpatterns.append(path("composants/", include("sandbox.web.urls")))
