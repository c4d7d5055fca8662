"""The simulated mailbox of a seat: the sandbox's own voice, outside the portal (formation.md §4.2)."""

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.requete import Requete
from formation.services.sessions import courriel_du_poste
from sandbox.mail.models import Message
from sandbox.mail.services import mark_read
from sandbox.web.pagination import paginate
from sandbox.web.partials import render_partial
from structures.acces import place_requise


@require_safe
@place_requise
def liste(request: Requete) -> HttpResponse:
    """Messages of the seat, latest first; by address once there are several."""
    numero = request.place.numero
    adresses = list(
        Message.objects.filter(place=numero)
        .values("adresse")
        .annotate(total=Count("pk"), non_lus=Count("pk", filter=Q(lu_le=None)))
        .order_by("adresse")
    )
    choisie = request.GET.get("adresse", "")
    messages = Message.objects.filter(place=numero).defer("corps").order_by("-recu_le", "-pk")
    if choisie in {a["adresse"] for a in adresses}:
        messages = messages.filter(adresse=choisie)
    else:
        choisie = ""
    contexte = {
        "page": paginate(request, messages),
        "adresses": adresses if len(adresses) > 1 else [],
        "total": sum(a["total"] for a in adresses),
        "choisie": choisie,
        "courriel": courriel_du_poste(numero),
    }
    return render_partial(request, "formation/messagerie.html", "messages", contexte)


@require_safe
@place_requise
def message(request: Requete, pk: int) -> HttpResponse:
    """Opening a message marks it as read, as any mailbox does (conditional, so that reloading writes nothing)."""
    recu = get_object_or_404(Message, pk=pk, place=request.place.numero)
    mark_read(recu)
    adresse = request.build_absolute_uri(recu.lien) if recu.lien.startswith("/") else ""
    return render(request, "formation/message.html", {"message": recu, "adresse_lien": adresse})
