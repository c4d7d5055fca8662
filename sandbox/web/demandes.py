"""The portal's request engine: « Type de demande », its fields, « Soumettre », a confirmation.

One component for every request-type application (comptes-structures.md §7.4). A screen declares an ``Application``
and its ``TypeDemande``; each type brings a form and the function that does what is asked. Works without scripts.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode

from sandbox.web.partials import wants_partial

GABARIT = "web/demande.html"
SESSION = "demandes"
GARDEES = 10
"""Confirmations kept in the session: a page reloaded, or a form sent twice, finds its own again."""
RELANCER = "relancer"
MARQUE = "marque"
CLE = "cle"
CHOIX_MAXIMUM = 200


class DemandeRefusee(Exception):
    """What is asked cannot be done; ``champ`` is the field concerned (empty: the whole form), the message is French."""

    def __init__(self, message: str, champ: str = "") -> None:
        super().__init__(message)
        self.champ = champ


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the user reads once his request is done; ``secret`` is shown once, in a red frame."""

    titre: str
    phrase: str = ""
    lignes: tuple[tuple[str, str], ...] = ()
    liens: tuple[tuple[str, str], ...] = ()
    secret: str = ""
    secret_libelle: str = ""


class FormulaireDemande(forms.Form):
    """Form of a type of request.

    ``relance`` names the fields on which others depend: when one changes, the form is drawn again, ``composer`` adds
    and fills the dependent fields from what is chosen so far (``self.choix(nom)``), and what was typed for another
    choice is dropped.
    """

    relance: tuple[str, ...] = ()

    def __init__(
        self,
        data: QueryDict | None = None,
        files: Any = None,
        *,
        request: Any,
        source: QueryDict | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.request = request
        self._source = data if data is not None else source if source is not None else QueryDict()
        self.composer()
        for nom in self.relance:
            if nom in self.fields:
                self.fields[nom].widget.attrs |= self._attributs_relance()
        if data is None:
            self._reprendre()

    def composer(self) -> None:
        """Add the fields that depend on what is chosen. Called once, before anything is validated."""

    def _attributs_relance(self) -> dict[str, str]:
        """With scripts, a change draws the form again at once; without, the button of the page does."""
        return {
            "hx-post": self.request.path,
            "hx-trigger": "change",
            "hx-vals": f'{{"{RELANCER}": "1"}}',
            "hx-target": "#demande",
            "hx-swap": "outerHTML",
        }

    def choix(self, nom: str) -> str:
        """What is chosen so far in a field of ``relance``, else what its link or its own ``initial`` says.

        Empty when the field does not offer it (any more): a service of the structure chosen before.
        """
        champ = self.fields.get(nom)
        vu = self._source.get(self.add_prefix(nom))
        if vu is None:
            vu = self.initial.get(nom, champ.initial if champ else None)
        texte = "" if vu is None else str(vu)[:CHOIX_MAXIMUM]
        if isinstance(champ, forms.ChoiceField) and not champ.valid_value(texte):
            return ""
        return texte

    @property
    def marque(self) -> str:
        """For which choices the form is drawn: typed values are worth nothing for others."""
        return "|".join(self.choix(nom) for nom in self.relance)

    @property
    def a_relancer(self) -> bool:
        """Another choice was made since the form was drawn."""
        vue = self._source.get(MARQUE)
        return vue is not None and vue != self.marque

    def _reprendre(self) -> None:
        """Show again what was typed (form drawn again), or what a link says."""
        dessine = MARQUE in self._source
        for nom, champ in self.fields.items():
            if champ.disabled:  # greyed: shows what is, whatever the link says
                continue
            garde = nom in self.relance or (not self.a_relancer if dessine else self.add_prefix(nom) in self._source)
            if garde and not isinstance(champ, forms.FileField):
                lu = champ.widget.value_from_datadict(self._source, {}, self.add_prefix(nom))
                if lu is not None:
                    self.initial[nom] = lu


def _toujours(_request: HttpRequest) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class TypeDemande:
    """An entry of « Type de demande ».

    ``soumettre`` does what is asked and says what was done; it may raise ``DemandeRefusee``, or answer itself.
    """

    code: str
    libelle: str
    formulaire: type[FormulaireDemande]
    soumettre: Callable[[Any, Any], "Confirmation | HttpResponse"]
    phrase: str = ""
    bouton: str = "Soumettre"
    gabarit: str = "web/_demande_champs.html"
    permis: Callable[[HttpRequest], bool] = _toujours


@dataclass(frozen=True, slots=True)
class Application:
    """A request-type application of the portal: its title, its types of request, in the order of the drop-down."""

    titre: str
    chapeau: str
    types: tuple[TypeDemande, ...]

    def repondre(self, request: HttpRequest, **contexte: Any) -> HttpResponse:
        """Answer a GET or a POST of the application's only address; ``contexte``: trail, tabs…"""
        offerts = [t for t in self.types if t.permis(request)]
        source = request.POST if request.method == "POST" else request.GET
        choisi = next((t for t in offerts if t.code == source.get("type")), None)
        envoi = request.method == "POST" and RELANCER not in request.POST
        if choisi is None and len(offerts) == 1 and not (envoi and source.get("type")):
            choisi = offerts[0]  # but never in the place of another one that was sent
        contexte |= {"application": self, "types": offerts, "choisi": choisi, "titre": self.titre}
        contexte |= {"chapeau": self.chapeau, "url_demande": request.path}
        if envoi:
            return _soumettre(request, choisi, contexte) if choisi else _page(request, None, contexte, 422)
        if (numero := request.GET.get("fait")) is not None:
            return _confirmee(request, numero, contexte)
        form = choisi.formulaire(request=request, source=source) if choisi else None
        return _page(request, form, contexte)


def _page(
    request: HttpRequest, form: FormulaireDemande | None, contexte: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    gabarit = f"{GABARIT}#demande" if wants_partial(request) else GABARIT
    response = render(request, gabarit, {**contexte, "form": form, "cle": uuid4().hex}, status=status)
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    return response


def _soumettre(request: HttpRequest, choisi: TypeDemande, contexte: dict[str, Any]) -> HttpResponse:
    cle = request.POST.get(CLE, "")[:40]
    if cle and cle in request.session.get(SESSION, {}):
        return _vers_confirmation(request, cle)
    form = choisi.formulaire(request.POST, request.FILES, request=request)
    if form.a_relancer:
        redessine = choisi.formulaire(request=request, source=request.POST)
        return _page(request, redessine, contexte | {"redessinee": True}, 422)
    if form.is_valid():
        try:
            fait = choisi.soumettre(request, form)
        except DemandeRefusee as refus:
            form.add_error(refus.champ if refus.champ in form.fields else None, str(refus))
        else:
            if isinstance(fait, HttpResponse):
                return fait
            cle = cle or uuid4().hex
            gardees = dict(list(request.session.get(SESSION, {}).items())[-GARDEES + 1 :])
            request.session[SESSION] = gardees | {cle: asdict(fait)}
            return _vers_confirmation(request, cle)
    return _page(request, form, contexte, 422)


def _vers_confirmation(request: HttpRequest, cle: str) -> HttpResponse:
    return redirect(f"{request.path}?{urlencode({'fait': cle})}")


def _confirmee(request: HttpRequest, numero: str, contexte: dict[str, Any]) -> HttpResponse:
    """The confirmation; its secret is forgotten as soon as it is shown."""
    gardees = request.session.get(SESSION, {})
    faite = gardees.get(numero)
    if faite is None:
        return redirect(request.path)
    if faite["secret"] and request.method == "GET":
        request.session[SESSION] = gardees | {numero: faite | {"secret": "", "secret_deja_vu": True}}
    response = render(request, "web/demande_confirmee.html", contexte | {"confirmation": faite})
    response.headers["Cache-Control"] = "no-store"
    return response
