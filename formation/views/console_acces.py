"""Who may open which session, and what every page of the console shows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from formation import queries
from formation.forms.console import nouvelle_cle
from formation.services import sauts
from sandbox.cohorts.enums import ModeHorloge
from sandbox.cohorts.models import Cohort, Participant
from sandbox.events import battement

Vue = Callable[..., HttpResponse]
LOCALES = ("localhost", "127.", "[::1]")


def sessions_visibles(request: HttpRequest) -> "QuerySet[Cohort]":
    """A trainer sees his own sessions, an administrator all of them."""
    sessions = Cohort.objects.select_related("formateur")
    user: Any = request.user
    return sessions if user.est_admin else sessions.filter(formateur_id=user.pk)


def session_requise(vue: Vue) -> Vue:
    """Logged in, and this session is his: the view gets it, its world open. Another trainer's code: 404."""

    @login_required
    @never_cache
    @wraps(vue)
    def gardee(request: HttpRequest, code: str, *args: Any, **kwargs: Any) -> HttpResponse:
        cohort = get_object_or_404(sessions_visibles(request), code=code.upper())
        with cohort.monde():
            return vue(request, cohort, *args, **kwargs)

    return gardee


def poste_requis(vue: Vue) -> Vue:
    """As ``session_requise``, with the seat."""

    @session_requise
    @wraps(vue)
    def gardee(request: HttpRequest, cohort: Cohort, numero: int, *args: Any, **kwargs: Any) -> HttpResponse:
        participant = get_object_or_404(Participant, numero=numero)
        participant.cohort = cohort
        return vue(request, cohort, participant, *args, **kwargs)

    return gardee


@dataclass(frozen=True, slots=True)
class Horloge:
    """Clock of the header. ``etat`` changes when its buttons must be drawn again, ``jeton`` with anything shown."""

    date: datetime
    jour: int
    mode: str
    mode_libelle: str
    vitesse: int
    en_cours: bool
    annulable: bool
    silence: bool
    etat: str
    jeton: str

    @property
    def modes(self) -> list[tuple[str, str]]:
        return list(ModeHorloge.choices)


def horloge(cohort: Cohort) -> Horloge:
    """2 queries. Inside the world."""
    date = cohort.simulated_now().astimezone(cohort.zone)
    silence = battement.silencieux()
    annulable = sauts.dernier_saut(cohort) is not None
    etat = f"{cohort.horloge_mode}-{cohort.horloge_vitesse}-{cohort.cible is not None:d}{annulable:d}{silence:d}"
    return Horloge(
        date=date,
        jour=cohort.jour,
        mode=cohort.horloge_mode,
        mode_libelle=str(ModeHorloge(cohort.horloge_mode).label),
        vitesse=cohort.horloge_vitesse,
        en_cours=cohort.cible is not None,
        annulable=annulable,
        silence=silence,
        etat=etat,
        jeton=f"{date:%Y%m%d%H%M}-{etat}",
    )


def url_participation(request: HttpRequest, cohort: Cohort, participant: Participant | None = None) -> str:
    """Address given to trainees, on the host that the trainer himself uses (a LAN address, in a classroom)."""
    url = request.build_absolute_uri(reverse("formation:rejoindre_code", args=[cohort.code]))
    if participant is None:
        return url
    return f"{url}?{urlencode({'poste': participant.numero, 'pin': participant.pin})}"


def contexte(request: HttpRequest, cohort: Cohort, actif: str, *fil: tuple[str, str | None]) -> dict[str, Any]:
    """What the frame of a session needs."""
    accueil = reverse("formation:session", args=[cohort.code])
    onglets = [
        ("classe", "La classe", accueil),
        ("rattachements", "Rattachements", reverse("formation:rattachements", args=[cohort.code])),
        ("raccordements", "Raccordements", reverse("formation:raccordements", args=[cohort.code])),
        ("api", "API", reverse("formation:api", args=[cohort.code])),
        ("instantanes", "Instantanés", reverse("formation:instantanes", args=[cohort.code])),
        ("projecteur", "Projecteur", reverse("formation:projecteur", args=[cohort.code])),
    ]
    return {
        "session": cohort,
        "horloge": horloge(cohort),
        "avancement": sauts.avancement(cohort),
        "arrive": sauts.vient_d_arriver(cohort),
        "url_participation": url_participation(request, cohort),
        "hote_local": request.get_host().startswith(LOCALES),
        "jalons": queries.JALONS,
        "onglets": [{"label": libelle, "url": url, "actif": nom == actif} for nom, libelle, url in onglets],
        "fil": [
            ("Mes sessions", reverse("formation:accueil")),
            (cohort.titre, accueil if fil else None),
            *fil,
        ],
        "cle": nouvelle_cle(),
    }


def cle_recue(request: HttpRequest) -> str:
    """Key of a button without a form class, such as a database can hold."""
    return str(request.POST.get("cle", ""))[:40].replace("\x00", "")


def conflit(request: HttpRequest, cohort: Cohort, message: str) -> HttpResponse:
    """Too late, or too early: 409, with the way back."""
    url = reverse("formation:session", args=[cohort.code])
    return render(request, "formation/console/conflit.html", {"message": message, "url_retour": url}, status=409)
