"""Form fields that accept what French people type or paste, and say precisely what is wrong."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from stdnum import exceptions as stdnum_errors
from stdnum.fr import siret

from sandbox.web.dates import short_date
from sandbox.web.nombres import format_decimal, parse_decimal

_BLANCS = re.compile(r"[\s\u00a0\u2000-\u200b\u202f\u205f\u2060\ufeff.\-]+")
_DATE_FR = re.compile(r"(\d{1,2})[/.\-\s](\d{1,2})[/.\-\s](\d{4})")
_DATE_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


class SaisieMontant(forms.TextInput):
    """Right-aligned amount followed by its currency."""

    template_name = "django/forms/widgets/montant.html"

    def __init__(self, attrs: dict[str, Any] | None = None, suffixe: str = "€") -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})
        self.suffixe = suffixe

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, value, attrs) | {"suffixe": self.suffixe}


class MontantField(forms.DecimalField):
    """Amount: « 4 168,80 € », « 4168.8 », « 1.234,50 » are the same number in another coat."""

    widget = SaisieMontant

    def __init__(
        self,
        *,
        devise: str = "€",
        max_digits: int | None = 14,
        decimal_places: int | None = 2,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("widget", SaisieMontant(suffixe=devise))
        super().__init__(max_digits=max_digits, decimal_places=decimal_places, **kwargs)
        self.error_messages |= {
            "invalid": "« %(value)s » n'est pas un montant. Saisissez par exemple 4168,80."
            if devise == "€"
            else "« %(value)s » n'est pas un nombre. Saisissez par exemple 12,5.",
            "max_decimal_places": f"Ce montant a trop de décimales : {decimal_places} au plus.",
        }

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if isinstance(value, Decimal):
            return value
        if value in self.empty_values or not str(value).strip():
            return None
        nombre = parse_decimal(str(value))
        if nombre is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": str(value)[:40]})
        return nombre

    def prepare_value(self, value: Any) -> Any:
        """A stored amount is edited as « 4168,80 »; what was typed comes back untouched."""
        if isinstance(value, Decimal) and value.is_finite():
            decimales = self.decimal_places or 0
            return format_decimal(value, min(2, decimales), decimales).replace("\u202f", "").replace("\u2212", "-")
        return value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}


class SiretField(forms.CharField):
    """SIRET typed or pasted with spaces, dots or no-break spaces; cleaned to 14 digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "SIRET")
        kwargs.setdefault("help_text", "14 chiffres, avec ou sans espaces.")
        super().__init__(max_length=40, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "numeric", "autocomplete": "off", "class": "champ-identifiant", "spellcheck": "false"}

    def to_python(self, value: Any) -> str:
        return _BLANCS.sub("", super().to_python(value) or "")

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value:
            check_siret(value)


def check_siret(numero: str) -> None:
    """Raise a French ValidationError on a compact SIRET that cannot exist."""
    if not (numero.isascii() and numero.isdigit()):
        etrangers = "".join(dict.fromkeys(c for c in numero if not (c.isascii() and c.isdigit())))[:10]
        raise ValidationError(
            "Un SIRET ne contient que des chiffres ; caractères refusés : « %(signes)s ».",
            code="siret_chiffres",
            params={"signes": etrangers},
        )
    if len(numero) != 14:
        raise ValidationError(
            "Un SIRET compte 14 chiffres ; vous en avez saisi %(nombre)d.",
            code="siret_longueur",
            params={"nombre": len(numero)},
        )
    try:
        siret.validate(numero)
    except stdnum_errors.ValidationError:
        raise ValidationError(
            "La clé de ce SIRET est fausse : il contient sans doute une faute de frappe. Vérifiez chaque chiffre.",
            code="siret_cle",
        ) from None


class SaisieDate(forms.TextInput):
    """JJ/MM/AAAA; with JavaScript, a button opens the browser's calendar."""

    template_name = "django/forms/widgets/date_fr.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "numeric", "autocomplete": "off", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        return short_date(value) if isinstance(value, date) else super().format_value(value)


class DateField(forms.DateField):
    """French date (07/12/2026, 7.12.2026) or ISO date (2026-12-07)."""

    widget = SaisieDate

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "JJ/MM/AAAA, par exemple 07/12/2026.")
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        if not isinstance(value, str):
            return super().to_python(value)
        texte = value.strip()
        if not texte:
            return None
        if trouve := _DATE_FR.fullmatch(texte):
            jour, mois, annee = map(int, trouve.groups())
        elif trouve := _DATE_ISO.fullmatch(texte):
            annee, mois, jour = map(int, trouve.groups())
        else:
            raise ValidationError(
                "« %(value)s » n'est pas une date. Saisissez-la sous la forme JJ/MM/AAAA, par exemple 07/12/2026.",
                code="invalid",
                params={"value": texte[:40]},
            )
        try:
            return date(annee, mois, jour)
        except ValueError:
            raise ValidationError(
                "Le %(value)s n'existe pas dans le calendrier.", code="date_inexistante", params={"value": texte}
            ) from None


class ZoneDepot(forms.FileInput):
    """File input inside a drop zone."""

    template_name = "django/forms/widgets/zone_depot.html"

    def __init__(self, attrs: dict[str, Any] | None = None, consigne: str = "") -> None:
        super().__init__(attrs)
        self.consigne = consigne

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, value, attrs) | {"consigne": self.consigne}


class ZoneDepotMultiple(ZoneDepot):
    allow_multiple_selected = True


def megabytes(octets: int) -> str:
    """« 10 Mo », « 1,5 Mo », « 200 Ko »."""
    if octets < 1_000_000:
        return f"{max(1, octets // 1000)}\u00a0Ko"
    return f"{f'{octets / 1_048_576:.1f}'.replace('.0', '').replace('.', ',')}\u00a0Mo"


def check_upload(fichier: Any, extensions: Sequence[str], taille_max: int) -> None:
    """Look at a file before reading it: weight, emptiness, end of its name."""
    nom = str(getattr(fichier, "name", "") or "")
    if extensions and not nom.lower().endswith(tuple(extensions)):
        raise ValidationError(
            "« %(nom)s » n'est pas d'un type accepté. Types acceptés : %(types)s.",
            code="extension",
            params={"nom": nom[:80], "types": ", ".join(extensions)},
        )
    if fichier.size > taille_max:
        poids, maximum = megabytes(fichier.size), megabytes(taille_max)
        raise ValidationError(
            "« %(nom)s » pèse %(poids)s ; le maximum est de %(max)s. Réduisez-le ou scindez-le.",
            code="taille",
            params={
                "nom": nom[:80],
                "poids": f"un peu plus de {maximum}" if poids == maximum else poids,
                "max": maximum,
            },
        )
    if not fichier.size:
        raise ValidationError(
            "« %(nom)s » est vide : choisissez un autre fichier.", code="empty", params={"nom": nom[:80]}
        )


class FichierField(forms.FileField):
    """One file, weighed before it is read."""

    widget = ZoneDepot

    def __init__(
        self, *, extensions: Sequence[str] = (), taille_max: int = 10 * 1024 * 1024, consigne: str = "", **kwargs: Any
    ) -> None:
        self.extensions = tuple(e.lower() for e in extensions)
        self.taille_max = taille_max
        kwargs.setdefault("widget", self.widget(consigne=consigne))
        types = f"{', '.join(self.extensions)} – " if self.extensions else ""
        kwargs.setdefault("help_text", f"{types}{megabytes(taille_max)} au plus par fichier.")
        super().__init__(allow_empty_file=True, **kwargs)
        self.error_messages["required"] = "Choisissez un fichier."

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        return attrs | {"accept": ",".join(self.extensions)} if self.extensions else attrs

    def clean_one(self, data: Any, initial: Any) -> Any:
        fichier = super().clean(data, initial)
        if fichier and fichier is not initial:
            check_upload(fichier, self.extensions, self.taille_max)
        return fichier

    def clean(self, data: Any, initial: Any = None) -> Any:
        return self.clean_one(data, initial)


class FichiersField(FichierField):
    """Several files at once; cleaned to a list."""

    widget = ZoneDepotMultiple

    def __init__(self, *, nombre_max: int = 20, **kwargs: Any) -> None:
        self.nombre_max = nombre_max
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        fichiers = list(data) if isinstance(data, (list, tuple)) else [data] if data else []
        if not fichiers:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return []
        if len(fichiers) > self.nombre_max:
            raise ValidationError(
                "%(nombre)d fichiers choisis ; le maximum est de %(max)d.",
                code="nombre",
                params={"nombre": len(fichiers), "max": self.nombre_max},
            )
        return [self.clean_one(fichier, initial) for fichier in fichiers]
