"""« Souscrire un mandat de facturation » (factures.md §2.2). Mounted by the invoices, in the domaine Facturation."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.acces import suite_sure
from accounts.profils import Profil
from accounts.requete import Requete
from sandbox.web.partials import wants_partial
from structures import queries
from structures.acces import droits_de, portail_requis
from structures.forms.structures import MandatForm
from structures.models import Mandat, Structure
from structures.services import structures

GABARIT = "structures/mandat.html"


def _choisie(form: MandatForm, offertes: list[Structure]) -> Structure | None:
    """The structure whose address is shown: the one chosen, else the first."""
    valeur = str(form["structure"].value() or "")
    return next((s for s in offertes if str(s.pk) == valeur), offertes[0] if offertes else None)


@require_http_methods(["GET", "HEAD", "POST"])
@portail_requis(Profil.FACTURES_EMISES, modification=True)
def souscrire(request: Requete) -> HttpResponse:
    """Choose the structure, name the mandate; the other blocks are filled in and cannot be changed."""
    miennes = queries.structures_pour(droits_de(request), Profil.FACTURES_EMISES)
    signes = list(Mandat.objects.filter(structure__in=miennes, actif=True).select_related("structure").order_by("pk"))
    a_signer = miennes.exclude(pk__in=[m.structure_id for m in signes])
    offertes = list(a_signer)
    poste = request.method == "POST"
    # A second sending of the same form finds its mandate signed: the choice must still be known to be recognised.
    form = MandatForm(
        request.POST if poste else None,
        structures=miennes if poste else a_signer,
        initial={"structure": request.GET.get("structure", "")[:12] or (offertes[0].pk if offertes else None)},
    )
    suite = suite_sure(request.POST.get("suite") or request.GET.get("suite", ""))
    if form.is_bound and form.is_valid():
        structure = form.cleaned_data["structure"]
        structures.souscrire_mandat(structure, compte=request.compte, nom=form.cleaned_data["nom"])
        messages.success(
            request,
            f"Le mandat de facturation de {structure.raison_sociale} est souscrit : vous pouvez saisir vos factures.",
        )
        return redirect(suite or reverse("structures:fiche", args=[structure.pk]))
    contexte = {
        "form": form,
        "structure": _choisie(form, offertes),
        "offertes": offertes,
        "signes": signes,
        "suite": suite,
        "fil": [
            ("Accueil", reverse("accounts:accueil")),
            ("Facturation", reverse("invoices:domaine")),
            ("Souscrire un mandat de facturation", None),
        ],
    }
    gabarit = f"{GABARIT}#blocs" if wants_partial(request) and not poste else GABARIT
    return render(request, gabarit, contexte, status=422 if form.is_bound else 200)
