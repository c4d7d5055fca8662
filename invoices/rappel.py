"""The window of rejected and suspended invoices: noted at the login, shown by the next page (factures.md §6.5).

The session remembers what the login found, so that no later page has to ask the database.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.profils import Profil
from invoices import queries_retours
from sandbox.web.domaines import Annonce, register_annonce, register_etape
from structures.acces import droits_de

A_MONTRER = "rejets_a_montrer"
OBLIGATOIRES = "rejets_obligatoires"
"""Session: the account whose window cannot be put off any more (A19)."""
LIBRES = frozenset(
    {
        *("invoices:rejets", "invoices:acquitter", "invoices:facture", "invoices:pdf", "invoices:piece"),
        *("invoices:apercu", "invoices:telecharger", "invoices:certificat", "invoices:pieces_zip"),
        *("accounts:connexion", "accounts:deconnexion", "accounts:mes_comptes", "accounts:passer"),
        "accounts:completer",
    }
)
"""Routes that stay open: to read what must be acknowledged, or to leave."""


def _nombres(request: HttpRequest) -> tuple[int, int]:
    """Invoices not acknowledged, and those among them that cannot wait; no query for who issues nothing."""
    droits = droits_de(request)
    if not droits.structures(Profil.FACTURES_EMISES, modification=True):
        return 0, 0
    attendues = queries_retours.a_acquitter(droits)
    total = attendues.count()
    return total, queries_retours.en_retard(attendues).count() if total else 0


def _noter(request: HttpRequest, obligatoires: int) -> None:
    compte = getattr(request, "compte", None)
    if obligatoires and compte is not None:
        request.session[OBLIGATOIRES] = compte.pk
    else:
        request.session.pop(OBLIGATOIRES, None)


def a_la_connexion(request: HttpRequest) -> str:
    """Where to go first: the window as a page when it is mandatory; else the next page opens it over itself."""
    if hasattr(request, "_droits"):
        del request._droits  # those of the account that has just left
    total, obligatoires = _nombres(request)
    _noter(request, obligatoires)
    request.session.pop(A_MONTRER, None)
    if total and not obligatoires:
        request.session[A_MONTRER] = True
    return reverse("invoices:rejets") if obligatoires else ""


def annonce(request: HttpRequest) -> Annonce | None:
    """On the home page, as long as something is not acknowledged: the same window without any script."""
    total, obligatoires = _nombres(request)
    _noter(request, obligatoires)
    if not total:
        return None
    une = total == 1
    return Annonce(
        "Une facture vous revient" if une else f"{total} factures vous reviennent",
        f"{'Rejetée ou suspendue' if une else 'Rejetées ou suspendues'} par le destinataire : lisez le motif, indiquez "
        f"que vous l'avez lu, puis agissez. Après 7 jours, l'acquittement devient obligatoire.",
        reverse("invoices:rejets"),
        "Lire et acquitter",
    )


class RejetsMiddleware:
    """Bring back to the window, as long as its acknowledgement is mandatory and not done."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *args: object) -> HttpResponse | None:
        compte = getattr(request, "compte", None)
        if compte is None or request.session.get(OBLIGATOIRES) != compte.pk:
            return None
        route = request.resolver_match.view_name if request.resolver_match else ""
        du_portail = request.path.startswith("/portail/")
        if request.method != "GET" or not du_portail or route in LIBRES or request.headers.get("HX-Request"):
            return None
        _, obligatoires = _nombres(request)
        _noter(request, obligatoires)
        if not obligatoires:
            return None
        return redirect(f"{reverse('invoices:rejets')}?{urlencode({'suite': request.get_full_path()})}")


register_etape(10, a_la_connexion)
register_annonce(20, annonce)
